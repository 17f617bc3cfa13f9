//! What the program says of itself.

use snapbox::{assert_data_eq, str};

use crate::Terminal;

#[test]
fn all_commands() {
    assert_data_eq!(
        Terminal::new().run("-h"),
        str![[r#"
$ stats-provider -h
Runs producers of stats in a sandbox and answers polls over NATS with signed replies

Usage: stats-provider [OPTIONS] <COMMAND>

Commands:
  run          Serve until SIGTERM
  once         Take one reading and print the reply that a poll would get
  check        Say what a file is, what it asks for and gets, and take one reading of it
  new          Write the package of a producer that builds, is tested, and passes `check`
  identity     Print the node's public key, and make the identity if there is none
  completions  Print the completions of a shell
  man-pages    Write the man pages of stats-provider and each of its commands
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
fn each_command() {
    assert_data_eq!(
        Terminal::new().run("run -h"),
        str![[r#"
$ stats-provider run -h
Serve until SIGTERM

Usage: stats-provider run [OPTIONS]

Options:
      --config <FILE>        The configuration [env: STATSGRID_PROVIDER_CONFIG=] [default: provider.toml]
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --nickname <NAME>      What people call the node [env: STATSGRID_NICKNAME=]
      --identity <FILE>      The seed file [env: STATSGRID_PROVIDER_IDENTITY=]
      --gatherer <ADDRESS>   A gatherer's address; may be given more than once [env: STATSGRID_GATHERER=]
      --listen <ADDRESS>     Serve the node's own /statistics and /metrics over HTTP here, as `127.0.0.1:9464` or `9464` [env: STATSGRID_PROVIDER_LISTEN=]
      --listen-name <NAME>   A name under which readers reach these pages, beside addresses and localhost [env: STATSGRID_PROVIDER_LISTEN_NAMES=]
      --check-config         Check the configuration, say what is wrong, and end
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("once -h"),
        str![[r#"
$ stats-provider once -h
Take one reading and print the reply that a poll would get

Usage: stats-provider once [OPTIONS]

Options:
      --config <FILE>        The configuration [env: STATSGRID_PROVIDER_CONFIG=] [default: provider.toml]
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --nickname <NAME>      What people call the node [env: STATSGRID_NICKNAME=]
      --identity <FILE>      The seed file [env: STATSGRID_PROVIDER_IDENTITY=]
      --gatherer <ADDRESS>   A gatherer's address; may be given more than once [env: STATSGRID_GATHERER=]
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("identity -h"),
        str![[r#"
$ stats-provider identity -h
Print the node's public key, and make the identity if there is none

Usage: stats-provider identity [OPTIONS]

Options:
      --config <FILE>        The configuration [env: STATSGRID_PROVIDER_CONFIG=] [default: provider.toml]
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --nickname <NAME>      What people call the node [env: STATSGRID_NICKNAME=]
      --identity <FILE>      The seed file [env: STATSGRID_PROVIDER_IDENTITY=]
      --gatherer <ADDRESS>   A gatherer's address; may be given more than once [env: STATSGRID_GATHERER=]
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
}

#[test]
fn each_command_of_an_author() {
    assert_data_eq!(
        Terminal::new().run("check -h"),
        str![[r#"
$ stats-provider check -h
Say what a file is, what it asks for and gets, and take one reading of it

Usage: stats-provider check [OPTIONS] <FILE>

Arguments:
  <FILE>  The component

Options:
      --config <FILE>             Take grants and config from the section of this file that runs the component [env: STATSGRID_PROVIDER_CONFIG=]
      --log <FILTER>              How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --log-format <FORMAT>       How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
      --section <NAME>            Take the section of this name, whatever it runs: for a file that is to replace another
      --grant-file <PATH>         Grant this file too; may be given more than once, as all that follow
      --grant-folder <PATH>       Grant this folder too
      --grant-env <VARIABLE>      Grant this environment variable too
      --grant-http <HOST:PORT>    Grant HTTP requests to this host and port too
      --config-value <KEY=VALUE>  Tell its `init` this, over what the section tells
      --watch                     Check again each time the file or the configuration changes, until Ctrl-C
      --json                      Print one JSON object instead of text
  -h, --help                      Print help (see more with '--help')
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("new -h"),
        str![[r#"
$ stats-provider new -h
Write the package of a producer that builds, is tested, and passes `check`

Usage: stats-provider new [OPTIONS] <NAME>

Arguments:
  <NAME>  Its name, and that of the folder that is made here: letters, digits, `-` and `_`

Options:
      --log <FILTER>         How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas [env: STATSGRID_LOG=] [default: info]
      --sdk-path <FOLDER>    Take the SDK from this folder instead of the registry
      --log-format <FORMAT>  How the log is written [env: STATSGRID_LOG_FORMAT=] [default: text] [possible values: text, json]
  -h, --help                 Print help (see more with '--help')
exit 0

"#]]
    );
}

#[test]
fn version() {
    assert_data_eq!(
        Terminal::new().run("--version"),
        str![[r#"
$ stats-provider --version
stats-provider [..]
exit 0

"#]]
    );
}

#[test]
fn wrong_usage() {
    assert_data_eq!(
        Terminal::new().run("rum"),
        str![[r#"
$ stats-provider rum
error: unrecognized subcommand 'rum'

  tip: a similar subcommand exists: 'run'

Usage: stats-provider [OPTIONS] <COMMAND>

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("run --gatherers x"),
        str![[r#"
$ stats-provider run --gatherers x
error: unexpected argument '--gatherers' found

  tip: a similar argument exists: '--gatherer'

Usage: stats-provider run --gatherer <ADDRESS>

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("check"),
        str![[r#"
$ stats-provider check
error: the following required arguments were not provided:
  <FILE>

Usage: stats-provider check <FILE>

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("--log-format xml identity"),
        str![[r#"
$ stats-provider --log-format xml identity
error: invalid value 'xml' for '--log-format <FORMAT>'
  [possible values: text, json]

For more information, try '--help'.
exit 2

"#]]
    );
}

/// A word that is no level would switch the whole log off, for it is read as the name of a target.
#[test]
fn a_level_that_is_none() {
    let printed = Terminal::new().run("--log loud identity");
    assert!(printed.ends_with("exit 2\n") && printed.contains("'loud' for '--log <FILTER>'"), "{printed}");
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
  stats-provider run --config /etc/statsgrid/provider.toml
          Answers polls until it is told to stop.
  stats-provider once
          Prints what a poll would get now.
  stats-provider check load_monitor.wasm
          Says what a producer is and what it asks for.

Files:
  provider.toml     The configuration. share/statsgrid has an example with every key.
  gatherer.address  Beside it: whom the node answers, a line each.
  identity.seed     The node's identity. Whoever holds it is the node.
  counters.json     With persist_counters: the node's counters.
  native/           Native code of producers, so that a restart need not compile them.

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
}

/// What is in them is tested with all programs in the package `statsgrid-tests`.
#[test]
fn completions_and_man_pages() {
    let terminal = Terminal::new();
    assert!(terminal.run("completions bash").contains("complete -F _stats__provider "));
    assert_data_eq!(
        terminal.run("man-pages share/man1"),
        str![[r#"
$ stats-provider man-pages share/man1
exit 0

"#]]
    );
    assert!(terminal.folder.path().join("share/man1/stats-provider-check.1").is_file());
    assert_data_eq!(
        Terminal::new().with("man1", "").run("man-pages man1"),
        str![[r#"
$ stats-provider man-pages man1
stats-provider: folder man1: cannot be made: File exists (os error 17)
exit 7

"#]]
    );
}
