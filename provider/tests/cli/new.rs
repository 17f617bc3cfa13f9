//! `stats-provider new`: what it says, and what it refuses. That its files build is tested in the package
//! `statsgrid-tests`.

use snapbox::{assert_data_eq, str};

use crate::Terminal;

#[test]
fn a_package_is_written_and_the_next_steps_are_named() {
    let terminal = Terminal::new();
    assert_data_eq!(
        terminal.run("new my-monitor"),
        str![[r#"
$ stats-provider new my-monitor
my-monitor/ is a producer. Next:

  cd my-monitor && cargo test
  cargo build --release --target wasm32-wasip2
  stats-provider check --watch target/wasm32-wasip2/release/my_monitor.wasm
exit 0

"#]]
    );
    // Nothing is written over.
    assert_data_eq!(
        terminal.run("new my-monitor"),
        str![[r#"
$ stats-provider new my-monitor
stats-provider: folder my-monitor: cannot be made: File exists (os error 17)
exit 7

"#]]
    );
}

#[test]
fn names_that_are_refused() {
    assert_data_eq!(
        Terminal::new().run("new app"),
        str![[r#"
$ stats-provider new app
error: invalid value 'app' for '<NAME>': `app` (the statsd socket's prefix) and `statsgrid` (the daemons' own stats) are taken

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("new loop"),
        str![[r#"
$ stats-provider new loop
error: invalid value 'loop' for '<NAME>': `loop` is a word of Rust, which cargo refuses as a name

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("new ../up"),
        str![[r#"
$ stats-provider new ../up
error: invalid value '../up' for '<NAME>': a name begins with a letter

For more information, try '--help'.
exit 2

"#]]
    );
}

#[test]
fn an_sdk_that_is_none() {
    assert_data_eq!(
        Terminal::new().run("new a --sdk-path nowhere"),
        str![[r#"
$ stats-provider new a --sdk-path nowhere
stats-provider: --sdk-path nowhere: No such file or directory (os error 2)
exit 2

"#]]
    );
    let terminal = Terminal::new().with_folder("other").with("other/Cargo.toml", "name = \"other\"");
    assert_data_eq!(
        terminal.run("new a --sdk-path other"),
        str![[r#"
$ stats-provider new a --sdk-path other
stats-provider: --sdk-path other: not the package statsgrid-producer; give the folder producer-sdk of the project
exit 2

"#]]
    );
}
