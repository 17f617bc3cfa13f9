//! How the plugin is called, and what it says where it gives nothing.

use std::fs::{self, File};

use snapbox::data::Inline;
use snapbox::str;
use statsgrid_gatherer::snapshot::SCHEMA;

use super::{ALPHA, Munin, check};

#[test]
fn before_the_first_snapshot_there_is_a_graph_and_no_values() {
    let munin = Munin::without_snapshot();
    check(
        munin.prints("tahoe_storage_allocated", &["config"]),
        str![[r#"
graph_title Storage allocated to unfinished uploads
graph_vlabel bytes
graph_category fs
graph_args --base 1024 -l 0
graph_info The size of uploads that have not ended, and are not stored yet.

"#]],
    );
    check(
        munin.fails("tahoe_storage_allocated", &[]),
        str![[r#"
there is no snapshot at FOLDER/stats.json yet: the gatherer writes it at the end of its first round

"#]],
    );
}

#[test]
fn a_name_that_is_no_graphs_gets_the_list_of_those_that_are() {
    let munin = Munin::with_snapshot();
    check(
        munin.fails("tahoe_nonsense", &[]),
        str![[r#"
no graph is called "nonsense", and no node has a stat of that name: `munin-run statsgrid_all suggest` lists what there is

"#]],
    );
    check(
        munin.fails("tahoe_nonsense", &["config"]),
        str![[r#"
no graph is called "nonsense", and no node has a stat of that name: `munin-run statsgrid_all suggest` lists what there is

"#]],
    );
    check(
        munin.fails("statsgrid_", &["config"]),
        str![[r#"
this plugin draws what its link is named for: link it into /etc/munin/plugins as statsgrid_all, or as one of the names that `munin-node-configure --suggest` shows

"#]],
    );
}

#[test]
fn arguments() {
    let munin = Munin::with_snapshot();
    let link = "tahoe_storage_consumed";
    assert_eq!(munin.prints(link, &["config", "cap", "more"]), munin.prints(link, &["config"]));
    assert_eq!(munin.prints(link, &["", "more"]), munin.prints(link, &[]));
    check(
        munin.fails(link, &["configure"]),
        str![[r#"
unknown argument "configure": give none for the values, or config, autoconf or suggest

"#]],
    );
}

/// Whatever it is called as, and whatever the environment holds.
#[test]
fn help_says_what_there_is() {
    let munin = Munin::without_snapshot().with("warning", "high");
    assert_eq!(munin.prints("statsgrid_all", &["-h"]), munin.prints("statsgrid_", &["--help"]));
    check(
        munin.prints("statsgrid_", &["--help"]),
        str![[r#"
Draws a snapshot of stats-gatherer in munin, as the name of its link says

Usage: LINK [ARGUMENT]

Prints, by its argument:
  (none)                 the values of the graphs that the link's name asks for
  config                 how these graphs are drawn
  autoconf               whether the plugin is of use here: `yes`, or `no` and why
  suggest                the links that the snapshot has something for, one a line
  --help                 this text

Links:
  statsgrid_all          Everything that the snapshot holds, a graph each, in one call.
  statsgrid_GRAPH        One graph, a line a node: storage_consumed, host__load1, or one of your own.
  ..._fleet              The fleet's minimum, median, 95th percentile and maximum, and its sum.
  ..._top10              The ten nodes with the highest values, or rates.
  statsgrid_node_KEY     One node, by the first 8 characters of its key or more.
  tahoe_GRAPH            The graphs of Tahoe-LAFS's stats gatherer, under its own names.

Environment:
  statsfile              The snapshot that stats-gatherer writes.
  graphs                 The file of your own graphs, graphs.toml.
  host_name              With statsgrid_node_KEY: the host that the node is shown as.
  warning                What munin warns of, for all lines of a graph: MAX, MIN: or MIN:MAX.
  critical               The same, for what is critical.
  FIELD_warning          The same for one line. FIELD_critical too.
  MUNIN_STATEFILE        Where the plugin keeps what rates need. munin-node sets it.
  MUNIN_CAP_DIRTYCONFIG  1: values come with `config`. munin-node sets it.

"#]],
    );
}

#[test]
fn autoconf_is_one_line_whatever_there_is() {
    check(
        Munin::with_snapshot().prints("statsgrid_", &["autoconf"]),
        str![[r#"
yes

"#]],
    );
    let munin = Munin::without_snapshot();
    let unset = munin.command("statsgrid_").arg("autoconf").env_remove("statsfile").output().unwrap();
    assert!(unset.status.success() && unset.stderr.is_empty(), "{unset:?}");
    check(
        String::from_utf8(unset.stdout).unwrap(),
        str![[r#"
no (statsfile is not set: name the snapshot in munin's plugin-conf.d, as `env.statsfile PATH`)

"#]],
    );
    check(
        Munin::with_snapshot().with("warning", "high").prints("statsgrid_", &["autoconf"]),
        str![[r#"
no (warning="high" is no range: write it as `MAX`, `MIN:` or `MIN:MAX`)

"#]],
    );
    check(
        Munin::with_snapshot().with("graphs", "/nowhere/graphs.toml").prints("statsgrid_", &["autoconf"]),
        str![[r#"
no (there is no configuration /nowhere/graphs.toml: name one that is there, or begin with the example in share/statsgrid)

"#]],
    );
}

#[test]
fn a_snapshot_that_is_none_is_a_failure_of_every_call() {
    let check_text = |text: &str, expected: Inline| {
        let munin = Munin::with_text(text);
        let line = munin.fails("tahoe_storage_consumed", &[]);
        assert_eq!(munin.fails("tahoe_storage_consumed", &["config"]), line);
        check(line, expected);
    };
    check_text(
        "",
        str![[r#"
FOLDER/stats.json is not JSON, as a snapshot would be: EOF while parsing a value at line 1 column 0

"#]],
    );
    check_text(
        "\u{1b}[2J",
        str![[r#"
FOLDER/stats.json is not JSON, as a snapshot would be: expected value at line 1 column 1

"#]],
    );
    check_text(
        "{\"alpha\":\n{}}",
        str![[r#"
FOLDER/stats.json is JSON, but no snapshot: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum at line 1 column 8

"#]],
    );
    let newer = SCHEMA + 1;
    check_text(
        &format!(r#"{{"{ALPHA}":{{"timestamp":1,"nickname":"","stats":{{}},"schema":{newer}}}}}"#),
        str![[r#"
the snapshot FOLDER/stats.json has schema 2, and this version reads 1 at most: update it

"#]],
    );
}

#[test]
fn files_and_environment() {
    let munin = Munin::without_snapshot();
    fs::create_dir(munin.statsfile()).unwrap();
    check(
        munin.fails("tahoe_storage_consumed", &["config"]),
        str![[r#"
cannot read the snapshot FOLDER/stats.json: Is a directory (os error 21)

"#]],
    );
    let unset = munin.command("tahoe_storage_consumed").arg("config").env_remove("statsfile").output().unwrap();
    check(
        munin.line_of_failure(&unset),
        str![[r#"
statsfile is not set: name the snapshot in munin's plugin-conf.d, as `env.statsfile PATH`

"#]],
    );
}

#[test]
fn output_that_nobody_takes_is_a_failure() {
    let munin = Munin::with_snapshot();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = munin.command("tahoe_storage_consumed").stdout(full).output().unwrap();
    check(
        munin.line_of_failure(&output),
        str![[r#"
cannot print: No space left on device (os error 28)

"#]],
    );
}
