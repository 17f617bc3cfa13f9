//! `stats-provider once`: the reply that a poll would get, on a node without any gatherer. Producers that cannot run are
//! named in it.

use snapbox::{assert_data_eq, str};

use crate::Terminal;

#[test]
fn a_node_without_producers() {
    let terminal = Terminal::new().with("provider.toml", "nickname = \"alpha\"");
    assert_data_eq!(
        terminal.run("once"),
        str![[r#"
$ stats-provider once
{
  "poll": "0000000000000000000000000000000000000000000000000000000000000000",
  "instance": "[..]",
  "nickname": "alpha",
  "answer": {
    "sample": {
      "sequence": 1,
      "age_ms": [..],
      "counters_age_ms": [..],
      "counters": {},
      "stats": {
        "statsgrid.uptime": 0
      },
      "producers": {}
    }
  }
}
exit 0

"#]]
    );
}

#[test]
fn producers_that_cannot_run() {
    let refused = |section: &str| {
        let section = format!("[producers.bad]\ncomponent = \"bad.wasm\"\n{section}");
        report(&Terminal::new().with("provider.toml", section).with("bad.wasm", b"\0asm\x01\0\0\0"))
    };
    assert_data_eq!(
        refused(""),
        str![[r#"
"outcome": "refused",
"message": "component bad.wasm: a core module, not a component; build it with `--target wasm32-wasip2`"

"#]]
    );
    assert_data_eq!(
        refused("folders = [\"/proc\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant /proc: refused, for it lies in procfs"

"#]]
    );
    assert_data_eq!(
        refused("folders = [\"/\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant /: refused, for it holds the provider's own secret identity.seed, or a hard link to it"

"#]]
    );
    assert_data_eq!(
        refused("folders = [\"/nowhere\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant /nowhere: cannot be found: No such file or directory (os error 2)"

"#]]
    );
    assert_data_eq!(
        refused("folders = [\"srv\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant srv: give an absolute path without `..`"

"#]]
    );
    assert_data_eq!(
        refused("files = [\"/proc/self/environ\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant /proc/self/environ: refused, for it holds a process's secrets"

"#]]
    );
    assert_data_eq!(
        refused("files = [\"/dev/mem\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant /dev/mem: refused, for it holds a device"

"#]]
    );
    assert_data_eq!(
        refused("files = [\"/proc/../etc/shadow\"]"),
        str![[r#"
"outcome": "refused",
"message": "grant /proc/../etc/shadow: give an absolute path without `..`"

"#]]
    );
}

#[test]
fn the_nodes_own_secret_is_no_grant() {
    let terminal = Terminal::new();
    let folder = terminal.folder.path().display().to_string();
    let section = format!("[producers.bad]\ncomponent = \"bad.wasm\"\nfolders = [\"{folder}\"]");
    let report = report(&terminal.with("provider.toml", section)).replace(&folder, "FOLDER");
    assert_data_eq!(
        report,
        str![[r#"
"outcome": "refused",
"message": "grant FOLDER: refused, for it holds the provider's own secret identity.seed, or a hard link to it"

"#]]
    );
}

/// What the reply says of the one producer.
fn report(terminal: &Terminal) -> String {
    let printed = terminal.run("--log off once");
    assert!(printed.ends_with("\nexit 0\n"), "{printed}");
    let of_producer = |line: &&str| ["\"outcome\"", "\"message\""].iter().any(|key| line.trim().starts_with(key));
    printed.lines().filter(of_producer).map(|line| line.trim().to_owned() + "\n").collect()
}
