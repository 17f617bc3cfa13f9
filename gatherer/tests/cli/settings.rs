//! Settings that are missing, malformed or wrong: one clear line each, and exit code 3.

use snapbox::{assert_data_eq, str};

use crate::{Terminal, configured};

#[test]
fn a_configuration_that_is_not_there_or_no_toml() {
    assert_data_eq!(
        Terminal::new().run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: there is no configuration gatherer.toml: name one that is there, or begin with the example in share/statsgrid
exit 3

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("gatherer.toml").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml: cannot be read: Is a directory (os error 21)
exit 3

"#]]
    );
    assert_data_eq!(
        configured("snapshot = stats.json").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml, line 1: string values must be quoted, expected literal string
exit 3

"#]]
    );
    assert_data_eq!(
        configured("\nsnapshots = \"stats.json\"").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml, line 2: unknown key `snapshots`; did you mean `snapshot`?
exit 3

"#]]
    );
    assert_data_eq!(
        configured("interval = 60").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml, line 1: invalid type: integer `60`, expected a string
exit 3

"#]]
    );
    assert_data_eq!(
        configured("interval = \"soon\"").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml, line 1: duration "soon": expected number at 0; write it as `60s` or `5m`
exit 3

"#]]
    );
    assert_data_eq!(
        configured("enrol = \"everybody\"").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml, line 1: unknown variant `everybody`, expected `approve` or `open`
exit 3

"#]]
    );
    assert_data_eq!(
        configured("nats = \"nats://127.0.0.1\"").run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml, line 1: invalid type: string "nats://127.0.0.1", expected a sequence
exit 3

"#]]
    );
}

#[test]
fn settings_that_are_missing() {
    let run = |flags: &str| Terminal::new().run(&format!("run {flags}"));
    assert_data_eq!(
        run(""),
        str![[r#"
$ stats-gatherer run
stats-gatherer: no snapshot is named: give --config gatherer.toml with `snapshot` set in it, or --snapshot PATH
exit 3

"#]]
    );
    assert_data_eq!(
        run("--enrol open"),
        str![[r#"
$ stats-gatherer run --enrol open
stats-gatherer: no snapshot is named: give --config gatherer.toml with `snapshot` set in it, or --snapshot PATH
exit 3

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("address"),
        str![[r#"
$ stats-gatherer address
stats-gatherer: no snapshot is named: give --config gatherer.toml with `snapshot` set in it, or --snapshot PATH
exit 3

"#]]
    );
}

#[test]
fn settings_that_are_wrong() {
    let run = |flags: &str| Terminal::new().run(&format!("run --snapshot stats.json --enrol open {flags}"));
    assert_data_eq!(
        run("--interval 500ms"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --interval 500ms
stats-gatherer: an interval of 500ms: give 1s to 1day
exit 3

"#]]
    );
    assert_data_eq!(
        run("--interval 5s --deadline 5s"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --interval 5s --deadline 5s
stats-gatherer: a deadline of 5s with an interval of 5s: a round must end before the next begins
exit 3

"#]]
    );
    assert_data_eq!(
        run("--deadline 0s"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --deadline 0s
stats-gatherer: a deadline of 0ns with an interval of 60s: a round must end before the next begins
exit 3

"#]]
    );
    assert_data_eq!(
        run("--nats http://127.0.0.1"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --nats http://127.0.0.1
stats-gatherer: NATS server "http://127.0.0.1": give nats://host:port or tls://host:port, without a login
exit 3

"#]]
    );
    assert_data_eq!(
        run("--nats nats://user:secret@127.0.0.1"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --nats nats://user:secret@127.0.0.1
stats-gatherer: NATS server "nats://user:secret@127.0.0.1": give nats://host:port or tls://host:port, without a login
exit 3

"#]]
    );
    assert_data_eq!(
        run("--advertise nowhere"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --advertise nowhere
stats-gatherer: NATS server "nowhere": give nats://host:port or tls://host:port, without a login
exit 3

"#]]
    );
    assert_data_eq!(
        run("--prefix stats.>"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --prefix stats.>
stats-gatherer: subject prefix "stats.>": give tokens of letters, digits, `_` and `-`, parted by dots, as in `stats.v1`
exit 3

"#]]
    );
}

/// What a run would refuse, a check of the configuration refuses.
#[test]
fn a_check_finds_what_a_run_would() {
    let wrong = ["--interval 500ms", "--deadline 0s", "--nats nowhere", "--advertise nowhere", "--prefix stats.>"];
    for flags in wrong {
        let printed = Terminal::new().run(&format!("run --snapshot stats.json --enrol open {flags} --check-config"));
        assert!(printed.ends_with("\nexit 3\n"), "{printed}");
    }
}

/// The neutral element, under which every signature passes: a server that was given it would let in anybody.
#[test]
fn a_weak_key_is_handed_to_no_server() {
    let weak = "UAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABVBG";
    let terminal = Terminal::new().with("gatherer.trust", format!("{weak} trusted\n"));
    let printed = terminal.run("bus-config --snapshot stats.json");
    assert!(!printed.contains(&format!("nkey: {weak}")), "{printed}");
    let told = format!("trust file gatherer.trust, {weak}: an nkey that no honest key pair has; it is left out");
    assert!(printed.contains(&told), "{printed}");
    assert_data_eq!(
        terminal.run("run --snapshot stats.json --check-config"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --check-config
stats-gatherer: trust file gatherer.trust, UAAQ[..]: an nkey that no honest key pair has; it is left out
stats-gatherer: 1 lines of gatherer.trust trust nobody
exit 3

"#]]
    );
}

#[test]
fn settings_that_are_right() {
    let run = "run --snapshot stats.json --enrol open --nickname g --check-config";
    assert_data_eq!(
        Terminal::new().run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --nickname g --check-config
g: a round each 60s over nats://127.0.0.1:4222 into stats.json
exit 0

"#]]
    );
    let terminal = configured("nickname = \"g\"\nsnapshot = \"stats.json\"\nenrol = \"open\"\ninterval = \"2m\"\n");
    assert_data_eq!(
        terminal.run("run --config gatherer.toml --check-config --interval 5s"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml --check-config --interval 5s
g: a round each 5s over nats://127.0.0.1:4222 into stats.json
exit 0

"#]]
    );
    // And the one in the working folder need not be named.
    assert_data_eq!(
        terminal.run("run --check-config"),
        str![[r#"
$ stats-gatherer run --check-config
g: a round each 120s over nats://127.0.0.1:4222 into stats.json
exit 0

"#]]
    );
}
