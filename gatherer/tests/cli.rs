//! The command line of stats-gatherer as its users see it: what they type, what they read, the exit code.
//!
//! Each case is a text that looks like a terminal. `SNAPSHOTS=overwrite cargo test` writes the texts anew; read the
//! difference before you believe it. What needs a bus is tested in the package `statsgrid-tests`.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has failed, in its helpers too")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use snapbox::{assert_data_eq, str};
use tempfile::TempDir;

/// A folder that commands run in.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a file in it.
    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    /// With a folder in it.
    fn with_folder(self, name: &str) -> Self {
        fs::create_dir(self.folder.path().join(name)).unwrap();
        self
    }

    /// With another mode of a file in it.
    fn with_mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.folder.path().join(name), Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Runs stats-gatherer with these arguments; gives what stands in the terminal then.
    fn run(&self, arguments: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stats-gatherer"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STATSGRID_")) {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        let code = output.status.code().expect("no signal ended it");
        format!("$ stats-gatherer {}\n{stdout}{stderr}exit {code}\n", arguments.trim_end())
    }
}

fn configured(text: &str) -> Terminal {
    Terminal::new().with("gatherer.toml", text)
}

#[test]
fn help() {
    assert_data_eq!(
        Terminal::new().run("-h"),
        str![[r#"
$ stats-gatherer -h
Polls all providers over NATS, verifies their signed replies and writes one snapshot

Usage: stats-gatherer [OPTIONS] <COMMAND>

Commands:
  run      Gather until SIGTERM
  address  Print the gatherer's address, one line that a provider takes, and write it to its file
  show     Print a snapshot as a table
  help     Print this message or the help of the given subcommand(s)

Options:
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
  -h, --help                 Print help (see more with '--help')
  -V, --version              Print version
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("run -h"),
        str![[r#"
$ stats-gatherer run -h
Gather until SIGTERM

Usage: stats-gatherer run [OPTIONS]

Options:
      --config <FILE>        The configuration [env: STATSGRID_GATHERER_CONFIG=]
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --snapshot <PATH>      The snapshot [env: STATSGRID_SNAPSHOT=]
      --nats <URL>           The NATS servers, parted by commas [env: STATSGRID_NATS=]
      --advertise <URL>      The NATS servers as providers reach them [env: STATSGRID_ADVERTISE=]
      --prefix <TOKENS>      The first tokens of all subjects [env: STATSGRID_PREFIX=]
      --identity <FILE>      The seed file; by default gatherer.seed beside the snapshot [env: STATSGRID_GATHERER_IDENTITY=]
      --address-file <FILE>  Where the address is written; by default gatherer.address beside the snapshot [env: STATSGRID_ADDRESS_FILE=]
      --nickname <NAME>      What people call the gatherer [env: STATSGRID_NICKNAME=]
      --enrol <WHO>          Who is taken in [env: STATSGRID_ENROL=] [possible values: open]
      --interval <TIME>      Between two rounds, as `60s` [env: STATSGRID_INTERVAL=]
      --deadline <TIME>      How long a round waits for who is missing [env: STATSGRID_DEADLINE=]
      --once                 Poll once, wait to the deadline, write the snapshot, and end
      --print                Print who comes, who goes and what they say
      --check-config         Check the configuration, say what is wrong, and end
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("address -h"),
        str![[r#"
$ stats-gatherer address -h
Print the gatherer's address, one line that a provider takes, and write it to its file

Usage: stats-gatherer address [OPTIONS]

Options:
      --config <FILE>        The configuration [env: STATSGRID_GATHERER_CONFIG=]
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --snapshot <PATH>      The snapshot [env: STATSGRID_SNAPSHOT=]
      --nats <URL>           The NATS servers, parted by commas [env: STATSGRID_NATS=]
      --advertise <URL>      The NATS servers as providers reach them [env: STATSGRID_ADVERTISE=]
      --prefix <TOKENS>      The first tokens of all subjects [env: STATSGRID_PREFIX=]
      --identity <FILE>      The seed file; by default gatherer.seed beside the snapshot [env: STATSGRID_GATHERER_IDENTITY=]
      --address-file <FILE>  Where the address is written; by default gatherer.address beside the snapshot [env: STATSGRID_ADDRESS_FILE=]
      --nickname <NAME>      What people call the gatherer [env: STATSGRID_NICKNAME=]
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("show -h"),
        str![[r#"
$ stats-gatherer show -h
Print a snapshot as a table

Usage: stats-gatherer show [OPTIONS] <SNAPSHOT>

Arguments:
  <SNAPSHOT>  The snapshot

Options:
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --watch                Print it again after each round
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --rounds <N>           With --watch: end after so many rounds
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
}

#[test]
fn wrong_usage() {
    assert_data_eq!(
        Terminal::new().run("ran"),
        str![[r#"
$ stats-gatherer ran
error: unrecognized subcommand 'ran'

  tip: a similar subcommand exists: 'run'

Usage: stats-gatherer [OPTIONS] <COMMAND>

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("run --interval soon"),
        str![[r#"
$ stats-gatherer run --interval soon
error: invalid value 'soon' for '--interval <TIME>': expected number at 0

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("run --enrol everybody"),
        str![[r#"
$ stats-gatherer run --enrol everybody
error: invalid value 'everybody' for '--enrol <WHO>'
  [possible values: open]

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("show"),
        str![[r#"
$ stats-gatherer show
error: the following required arguments were not provided:
  <SNAPSHOT>

Usage: stats-gatherer show <SNAPSHOT>

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("show stats.json --rounds 3"),
        str![[r#"
$ stats-gatherer show stats.json --rounds 3
error: the following required arguments were not provided:
  --watch

Usage: stats-gatherer show --watch --rounds <N> <SNAPSHOT>

For more information, try '--help'.
exit 2

"#]]
    );
}

#[test]
fn a_configuration_that_is_not_there_or_no_toml() {
    assert_data_eq!(
        Terminal::new().run("run --config gatherer.toml"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml
stats-gatherer: configuration gatherer.toml: cannot be read: No such file or directory (os error 2)
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
stats-gatherer: configuration gatherer.toml, line 1: unknown variant `everybody`, expected `open`
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
fn settings_that_are_missing_or_wrong() {
    let run = |flags: &str| Terminal::new().run(&format!("run {flags}"));
    assert_data_eq!(
        run(""),
        str![[r#"
$ stats-gatherer run
stats-gatherer: who is taken in is not said: give --enrol open, or set `enrol = "open"`, if only trusted nodes reach the bus
exit 3

"#]]
    );
    assert_data_eq!(
        run("--enrol open"),
        str![[r#"
$ stats-gatherer run --enrol open
stats-gatherer: no snapshot is named: give --snapshot PATH, or set `snapshot` in gatherer.toml
exit 3

"#]]
    );
    assert_data_eq!(
        run("--snapshot stats.json"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json
stats-gatherer: who is taken in is not said: give --enrol open, or set `enrol = "open"`, if only trusted nodes reach the bus
exit 3

"#]]
    );
    let run = |flags: &str| run(&format!("--snapshot stats.json --enrol open {flags}"));
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
stats-gatherer: NATS server "http://127.0.0.1": give nats://host:port, tls://, ws:// or wss://, without a login
exit 3

"#]]
    );
    assert_data_eq!(
        run("--nats nats://user:secret@127.0.0.1"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --nats nats://user:secret@127.0.0.1
stats-gatherer: NATS server "nats://user:secret@127.0.0.1": give nats://host:port, tls://, ws:// or wss://, without a login
exit 3

"#]]
    );
    assert_data_eq!(
        run("--advertise nowhere"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --advertise nowhere
stats-gatherer: NATS server "nowhere": give nats://host:port, tls://, ws:// or wss://, without a login
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
    assert_data_eq!(
        Terminal::new().run("address"),
        str![[r#"
$ stats-gatherer address
stats-gatherer: no snapshot is named: give --snapshot PATH, or set `snapshot` in gatherer.toml
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
}

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
stats-gatherer: seed file gatherer.seed holds no seed: restore it, or remove it for a new identity: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU
exit 4

"#]]
    );
    let run = "run --snapshot stats.json --enrol open --identity /nowhere/gatherer.seed";
    assert_data_eq!(
        Terminal::new().run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --identity /nowhere/gatherer.seed
stats-gatherer: seed file /nowhere/gatherer.seed: cannot be created: No such file or directory (os error 2)
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
stats-gatherer: cannot lock /nowhere/stats.json.lock: No such file or directory (os error 2)
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
