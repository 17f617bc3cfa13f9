//! `stats-provider check` on files that are no producers: it says what they are instead.

use snapbox::{assert_data_eq, str};

use crate::Terminal;

/// The first bytes of a core module and of a component, which are a whole one that holds nothing.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

#[test]
fn files_that_are_no_producers() {
    let check = |content: &[u8]| Terminal::new().with("file.wasm", content).run("check file.wasm");
    assert_data_eq!(
        Terminal::new().run("check file.wasm"),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
result       component file.wasm: cannot be read: No such file or directory (os error 2)
stats-provider: component file.wasm: cannot be read: No such file or directory (os error 2)
exit 5

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("file.wasm").run("check file.wasm"),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
result       component file.wasm: cannot be read: not a regular file
stats-provider: component file.wasm: cannot be read: not a regular file
exit 5

"#]]
    );
    assert_data_eq!(
        check(b""),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
kind         an empty file
size         0 bytes
sha256       e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
result       component file.wasm: not WASM; build a producer with `cargo build --target wasm32-wasip2`
stats-provider: component file.wasm: not WASM; build a producer with `cargo build --target wasm32-wasip2`
exit 5

"#]]
    );
    assert_data_eq!(
        check(b"#!/bin/sh\n"),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
kind         a script
size         10 bytes
sha256       a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf
result       component file.wasm: not WASM; build a producer with `cargo build --target wasm32-wasip2`
stats-provider: component file.wasm: not WASM; build a producer with `cargo build --target wasm32-wasip2`
exit 5

"#]]
    );
    assert_data_eq!(
        check(CORE_MODULE),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
kind         a core module of WASM
size         8 bytes
sha256       93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476
result       component file.wasm: a core module, not a component; build it with `--target wasm32-wasip2`
stats-provider: component file.wasm: a core module, not a component; build it with `--target wasm32-wasip2`
exit 5

"#]]
    );
    assert_data_eq!(
        check(COMPONENT),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
kind         a component
size         8 bytes
sha256       24eaf3439a60c96764c4f2c92a0a81b52bd4fe5d5b91f090184a0f6486b1bf29
result       component file.wasm: exports no statsgrid:producer/stats-producer@0.1.0 but nothing; implement the trait Producer of statsgrid-producer and call export!
stats-provider: component file.wasm: exports no statsgrid:producer/stats-producer@0.1.0 but nothing; implement the trait Producer of statsgrid-producer and call export!
exit 5

"#]]
    );
    // A section of 5 bytes, of which there is none.
    assert_data_eq!(
        check(&[COMPONENT, b"\x01\x05"].concat()),
        str![[r#"
$ stats-provider check file.wasm
file         file.wasm
kind         a component
size         10 bytes
sha256       dddac8ebb14e896101fcb92f19798838f0fb72675edaa07122383805408a28ca
result       component file.wasm: does not compile: section range 10..15 is out of bounds (bound = 10)
stats-provider: component file.wasm: does not compile: section range 10..15 is out of bounds (bound = 10)
exit 5

"#]]
    );
}

#[test]
fn a_configuration_that_does_not_fit() {
    let terminal = Terminal::new().with("file.wasm", COMPONENT);
    assert_data_eq!(
        terminal.run("check file.wasm --config nowhere.toml"),
        str![[r#"
$ stats-provider check file.wasm --config nowhere.toml
stats-provider: there is no configuration nowhere.toml: name one that is there, or begin with the example in share/statsgrid
exit 3

"#]]
    );
    assert_data_eq!(
        terminal.run("check file.wasm --section a"),
        str![[r#"
$ stats-provider check file.wasm --section a
error: the following required arguments were not provided:
  --config <FILE>

Usage: stats-provider check --config <FILE> --section <NAME> <FILE>

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        terminal.run("check file.wasm --config-value root"),
        str![[r#"
$ stats-provider check file.wasm --config-value root
error: invalid value 'root' for '--config-value <KEY=VALUE>': write it as KEY=VALUE

For more information, try '--help'.
exit 2

"#]]
    );
    let terminal = terminal.with("provider.toml", "[producers.a]\ncomponent = \"another.wasm\"");
    assert_data_eq!(
        terminal.run("check file.wasm --config provider.toml"),
        str![[r#"
$ stats-provider check file.wasm --config provider.toml
stats-provider: provider.toml: no section of it runs file.wasm; there are `a`: choose one with `--section NAME` to check the file under its grants
exit 3

"#]]
    );
}
