//! Identity, address, snapshot: what is made, what is refused, and what cannot be shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use snapbox::{assert_data_eq, str};

use crate::Terminal;

#[test]
fn the_address_is_printed_and_written() {
    let terminal = Terminal::new();
    let printed = terminal.run("address --snapshot stats.json");
    assert_data_eq!(
        printed.clone(),
        str![[r#"
$ stats-gatherer address --snapshot stats.json
nats://127.0.0.1:4222/stats.v1/U[..]
exit 0

"#]]
    );
    let file = fs::read_to_string(terminal.folder.path().join("gatherer.address")).unwrap();
    assert_eq!(printed.lines().nth(1), file.lines().next());
    assert_eq!(file.lines().count(), 1);
    let seed = fs::metadata(terminal.folder.path().join("gatherer.seed")).unwrap();
    assert_eq!(seed.permissions().mode() & 0o777, 0o600);
    // The same identity, as other machines reach it.
    let key = file.trim().rsplit('/').next().unwrap().to_owned();
    let elsewhere = terminal.run("address --snapshot stats.json --advertise nats://a:1,tls://b:2 --prefix my.stats");
    assert_eq!(elsewhere.lines().nth(1), Some(format!("nats://a:1,tls://b:2/my.stats/{key}").as_str()));
}

/// It may be asked for while a gatherer starts, which writes the same file.
#[test]
fn many_that_ask_for_the_address_at_once_agree() {
    let terminal = Terminal::new();
    let printed: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| terminal.run("address --snapshot stats.json"))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(printed.iter().all(|other| other.ends_with("\nexit 0\n") && *other == printed[0]), "{printed:?}");
}

/// Standard output of a daemon is a log at most places.
#[test]
fn a_run_prints_its_address_without_the_password() {
    let terminal = Terminal::new();
    let flags = "--snapshot stats.json --nats nats://127.0.0.1:1 --enrolment enrol:s3cret";
    let printed = terminal.run(&format!("run {flags} --once --deadline 100ms"));
    let (_, printed) = printed.split_once('\n').unwrap();
    assert!(printed.starts_with("address nats://enrol:***@127.0.0.1:1/stats.v1/U"), "{printed}");
    assert!(!printed.contains("s3cret"), "{printed}");
    // Who asks for it gets it whole, as the nodes need it.
    assert!(terminal.run(&format!("address {flags}")).contains("\nnats://enrol:s3cret@127.0.0.1:1/stats.v1/U"));
    let file = fs::read_to_string(terminal.folder.path().join("gatherer.address")).unwrap();
    assert!(file.starts_with("nats://enrol:s3cret@"), "{file}");
}

#[test]
fn an_identity_that_is_not_safe_or_none() {
    let with_seed = |text: &str, mode| {
        let terminal = Terminal::new().with("gatherer.seed", text).with_mode("gatherer.seed", mode);
        terminal.run("run --snapshot stats.json --enrol open")
    };
    assert_data_eq!(
        with_seed("", 0o640),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open
stats-gatherer: seed file gatherer.seed has mode 640, and others may read it: run `chmod 600 gatherer.seed`
exit 4

"#]]
    );
    assert_data_eq!(
        with_seed("seed", 0o600),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open
stats-gatherer: seed file gatherer.seed holds no seed: restore it, or remove it for a new identity: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum
exit 4

"#]]
    );
    let run = "run --snapshot stats.json --enrol open --identity /nowhere/gatherer.seed";
    assert_data_eq!(
        Terminal::new().run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --identity /nowhere/gatherer.seed
stats-gatherer: seed file /nowhere/gatherer.seed: its folder is not there: mkdir -p /nowhere
exit 4

"#]]
    );
}

#[test]
fn files_that_cannot_be_read_or_written() {
    let run = "run --snapshot stats.json --enrol open";
    assert_data_eq!(
        Terminal::new().run("run --snapshot /nowhere/stats.json --enrol open"),
        str![[r#"
$ stats-gatherer run --snapshot /nowhere/stats.json --enrol open
stats-gatherer: the folder of the snapshot, /nowhere, is not there: mkdir -p /nowhere
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("stats.json").run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open
stats-gatherer: cannot read the snapshot stats.json: Is a directory (os error 21)
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("stats.json.lock").run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open
stats-gatherer: cannot lock stats.json.lock: Is a directory (os error 21)
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("stats.json.catalogue").run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open
stats-gatherer: cannot read the catalogue stats.json.catalogue: Is a directory (os error 21)
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("gatherer.address").run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open
stats-gatherer: the address cannot be written to a file: cannot put a new file in the place of gatherer.address: Is a directory (os error 21)
exit 7

"#]]
    );
}

#[test]
fn snapshots_that_cannot_be_shown() {
    let show = |content: &str| Terminal::new().with("stats.json", content).run("show stats.json");
    assert_data_eq!(
        Terminal::new().run("show stats.json"),
        str![[r#"
$ stats-gatherer show stats.json
stats-gatherer: there is no snapshot at stats.json yet: the gatherer writes it at the end of its first round
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("stats.json").run("show stats.json"),
        str![[r#"
$ stats-gatherer show stats.json
stats-gatherer: cannot read the snapshot stats.json: Is a directory (os error 21)
exit 7

"#]]
    );
    assert_data_eq!(
        show(""),
        str![[r#"
$ stats-gatherer show stats.json
stats-gatherer: stats.json is not JSON, as a snapshot would be: EOF while parsing a value at line 1 column 0
exit 7

"#]]
    );
    assert_data_eq!(
        show("{\"UA"),
        str![[r#"
$ stats-gatherer show stats.json
stats-gatherer: stats.json is not JSON, as a snapshot would be: EOF while parsing a string at line 1 column 4
exit 7

"#]]
    );
    assert_data_eq!(
        show("[]"),
        str![[r#"
$ stats-gatherer show stats.json
stats-gatherer: stats.json is JSON, but no snapshot: invalid type: sequence, expected an object of records by provider key at line 1 column 0
exit 7

"#]]
    );
    assert_data_eq!(
        show("{}"),
        str![[r#"
$ stats-gatherer show stats.json
no provider has been heard of yet

exit 0

"#]]
    );
}
