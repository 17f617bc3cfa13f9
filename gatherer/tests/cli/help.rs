//! What the program says of itself, and of a command line that is none.

use snapbox::{assert_data_eq, str};

use crate::Terminal;

#[test]
fn help() {
    assert_data_eq!(
        Terminal::new().run("-h"),
        str![[r#"
$ stats-gatherer -h
Polls all providers over NATS, verifies their signed replies and writes one snapshot

Usage: stats-gatherer [OPTIONS] <COMMAND>

Commands:
  run          Gather until SIGTERM
  address      Print the gatherer's address, one line that a provider takes, and write it to its file
  providers    List the providers that are trusted, pending or revoked
  approve      Trust providers: their stats are taken from the next round on
  revoke       Trust providers no more: their records leave the snapshot, and what they send is refused
  bus-config   Print the users and permissions that the NATS server needs, made from the trust file
  status       Print what is wrong, one line a problem; ends with code 9 if stats are missing that should be there
  show         Print a snapshot as a table, as JSON or as CSV
  merge        Join the snapshots of shards into one, for munin, `show` and others
  verify       Check a journal again, with nothing but the keys
  completions  Print the completions of a shell
  man-pages    Write the man pages of stats-gatherer, each of its commands, and the munin plugin
  help         Print this message or the help of the given subcommand(s)

Options:
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
  -h, --help                 Print help (see more with '--help')
  -V, --version              Print version
exit 0

"#]]
    );
}

#[test]
fn help_of_run() {
    assert_data_eq!(
        Terminal::new().run("run -h"),
        str![[r#"
$ stats-gatherer run -h
Gather until SIGTERM

Usage: stats-gatherer run [OPTIONS]

Options:
      --config <FILE>              The configuration; by default gatherer.toml of the working folder, if it is there [env: STATSGRID_GATHERER_CONFIG=]
      --log <FILTER>               How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>        How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --snapshot <PATH>            The snapshot [env: STATSGRID_SNAPSHOT=]
      --nats <URL>                 The NATS servers, parted by commas [env: STATSGRID_NATS=]
      --advertise <URL>            The NATS servers as providers reach them [env: STATSGRID_ADVERTISE=]
      --prefix <TOKENS>            The first tokens of all subjects [env: STATSGRID_PREFIX=]
      --identity <FILE>            The seed file; by default gatherer.seed beside the snapshot [env: STATSGRID_GATHERER_IDENTITY=]
      --address-file <FILE>        Where the address is written; by default gatherer.address beside the snapshot [env: STATSGRID_ADDRESS_FILE=]
      --trust <FILE>               Whom people trust and have revoked; by default gatherer.trust beside the snapshot [env: STATSGRID_TRUST=]
      --enrol <WHO>                Who is taken in beside those that are trusted by name [env: STATSGRID_ENROL=] [possible values: approve, open]
      --enrolment <USER:PASSWORD>  The server's login under which a new node may announce itself [env: STATSGRID_ENROLMENT]
      --nickname <NAME>            What people call the gatherer [env: STATSGRID_NICKNAME=]
      --shard <I/N>                Ask only the Ith of N parts of all providers, as `2/8`: N gatherers of one identity ask a fleet together [env: STATSGRID_SHARD=]
      --interval <TIME>            Between two rounds, as `60s` [env: STATSGRID_INTERVAL=]
      --deadline <TIME>            How long a round waits for who is missing [env: STATSGRID_DEADLINE=]
      --journal <FILE>             Append each accepted reply with its poll, as they came and signed, to this file [env: STATSGRID_JOURNAL=]
      --journal-size <SIZE>        Rotate the journal at this size, as `64MiB` [env: STATSGRID_JOURNAL_SIZE=]
      --journal-keep <N>           Keep so many older files of the journal, FILE.1 to FILE.N [env: STATSGRID_JOURNAL_KEEP=]
      --listen <ADDRESS>           Serve a status page, /metrics for Prometheus and JSON over HTTP here, as `127.0.0.1:9464` or `9464` [env: STATSGRID_LISTEN=]
      --listen-name <NAME>         A name under which readers reach these pages, beside addresses and localhost [env: STATSGRID_LISTEN_NAMES=]
      --creds <FILE>               Log in at the NATS server with this .creds file, in place of the identity [env: STATSGRID_CREDS=]
      --tls-ca <FILE>              Take only servers whose certificate comes from this CA, and require TLS [env: STATSGRID_TLS_CA=]
      --tls-cert <FILE>            Show the server this certificate [env: STATSGRID_TLS_CERT=]
      --tls-key <FILE>             The key of that certificate [env: STATSGRID_TLS_KEY=]
      --once                       Poll once, wait to the deadline, write the snapshot, and end
      --print                      Print who comes, who goes and what they say
      --check-config               Check the configuration, say what is wrong, and end
  -h, --help                       Print help (see more with '--help')
exit 0

"#]]
    );
}

#[test]
fn help_of_address() {
    assert_data_eq!(
        Terminal::new().run("address -h"),
        str![[r#"
$ stats-gatherer address -h
Print the gatherer's address, one line that a provider takes, and write it to its file

Usage: stats-gatherer address [OPTIONS]

Options:
      --config <FILE>              The configuration; by default gatherer.toml of the working folder, if it is there [env: STATSGRID_GATHERER_CONFIG=]
      --log <FILTER>               How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>        How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --snapshot <PATH>            The snapshot [env: STATSGRID_SNAPSHOT=]
      --nats <URL>                 The NATS servers, parted by commas [env: STATSGRID_NATS=]
      --advertise <URL>            The NATS servers as providers reach them [env: STATSGRID_ADVERTISE=]
      --prefix <TOKENS>            The first tokens of all subjects [env: STATSGRID_PREFIX=]
      --identity <FILE>            The seed file; by default gatherer.seed beside the snapshot [env: STATSGRID_GATHERER_IDENTITY=]
      --address-file <FILE>        Where the address is written; by default gatherer.address beside the snapshot [env: STATSGRID_ADDRESS_FILE=]
      --trust <FILE>               Whom people trust and have revoked; by default gatherer.trust beside the snapshot [env: STATSGRID_TRUST=]
      --enrol <WHO>                Who is taken in beside those that are trusted by name [env: STATSGRID_ENROL=] [possible values: approve, open]
      --enrolment <USER:PASSWORD>  The server's login under which a new node may announce itself [env: STATSGRID_ENROLMENT]
      --nickname <NAME>            What people call the gatherer [env: STATSGRID_NICKNAME=]
  -h, --help                       Print help (see more with '--help')
exit 0

"#]]
    );
}

#[test]
fn help_of_show() {
    assert_data_eq!(
        Terminal::new().run("show -h"),
        str![[r#"
$ stats-gatherer show -h
Print a snapshot as a table, as JSON or as CSV

Usage: stats-gatherer show [OPTIONS] [SNAPSHOT]

Arguments:
  [SNAPSHOT]  The snapshot; by default that of the configuration [env: STATSGRID_SNAPSHOT=]

Options:
      --config <FILE>        The configuration, where no snapshot is named; by default gatherer.toml of the working folder [env: STATSGRID_GATHERER_CONFIG=]
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --node <NODE>          Only nodes of this nickname, in which `*` stands for anything, or whose key begins so; may be given more than once
      --stat <NAME>          Only values of this full name, in which `*` stands for anything; may be given more than once
      --json                 As JSON, for programs: an array of objects, one a value
      --csv                  As CSV, for spreadsheets and scripts: one line a value, with the columns of --json
      --watch                Print it again after each round
      --rounds <N>           With --watch: end after so many rounds
      --sandbox              Only what producers use of their limits, which the table leaves out otherwise
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
  [possible values: approve, open]

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

/// What flags do not tell stands below them.
#[test]
fn the_long_help_has_examples_files_and_exit_codes() {
    let printed = Terminal::new().run("--help");
    let (_, chapters) = printed.split_once("Print version\n").unwrap();
    assert_data_eq!(
        chapters,
        str![[r#"

Examples:
  stats-gatherer run --config /etc/statsgrid/gatherer.toml
          Gathers until it is told to stop.
  stats-gatherer status
          Says what is wrong, one line a problem.
  stats-gatherer show
          Prints what was gathered last.

Files:
  gatherer.toml
          The configuration. share/statsgrid has an example with every key.
  stats.json
          The snapshot: the last record of each node, by its key.
  stats.json.catalogue
          What the producers say of their stats: kinds, units, help.
  stats.json.pending
          The keys that wait for a decision.
  stats.json.lock
          Keeps a second gatherer off.
  gatherer.seed
          The gatherer's identity. Whoever holds it is the gatherer.
  gatherer.address
          The line that goes to every node.
  gatherer.trust
          Lines `KEY trusted|revoked # remark`: whose stats are taken.

Exit status:
  0   it did what it was asked
  1   it failed in a way that has no code of its own
  2   the command line is wrong, or names what is not there
  3   a configuration file or an address is missing, unreadable or wrong
  4   the seed file is missing, unreadable, readable to others, or no seed
  5   a component would not run
  6   the bus cannot be used: not reached in time, or the server denies what the role needs
  7   a snapshot or another state file cannot be read or written
  8   another process holds the lock of a state file
  9   not all providers answered (`run --once`), stats are missing (`status`), or a snapshot is missing or old (`merge`)
  10  a journal holds an entry that is not what it should be (`verify`)
exit 0

"#]]
    );
    let printed = Terminal::new().run("show --help");
    let (_, chapters) = printed.split_once("(see a summary with '-h')\n").unwrap();
    assert_data_eq!(
        chapters,
        str![[r#"

Examples:
  stats-gatherer show /var/lib/stats-gatherer/stats.json
          Every value of a few nodes, or figures over many.
  stats-gatherer show --stat host.load1
          The load of each node.
  stats-gatherer show --node 'web*' --node UAJ6T4B4
          Some nodes, by nickname and by key.
  stats-gatherer show --json --stat 'storage_server.*' | jq 'map(select(.stale | not))'
          Fresh values, for programs.
  stats-gatherer show --csv >stats.csv
          Everything, for a spreadsheet.
exit 0

"#]]
    );
}

/// What is in them is tested with all programs in the package `statsgrid-tests`.
#[test]
fn completions_and_man_pages() {
    let terminal = Terminal::new();
    assert!(terminal.run("completions bash").contains("complete -F _stats__gatherer "));
    assert_data_eq!(
        terminal.run("completions csh"),
        str![[r#"
$ stats-gatherer completions csh
error: invalid value 'csh' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

  tip: a similar value exists: 'zsh'

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        terminal.run("man-pages share/man1"),
        str![[r#"
$ stats-gatherer man-pages share/man1
exit 0

"#]]
    );
    assert!(terminal.folder.path().join("share/man1/stats-gatherer-show.1").is_file());
    assert_data_eq!(
        Terminal::new().with("man1", "").run("man-pages man1"),
        str![[r#"
$ stats-gatherer man-pages man1
stats-gatherer: folder man1: cannot be made: File exists (os error 17)
exit 7

"#]]
    );
}
