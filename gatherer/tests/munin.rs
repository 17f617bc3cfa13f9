//! The munin plugin as munin runs it: the built program, linked under a graph's name, its text and its exit code.
#![expect(clippy::unwrap_used, reason = "clippy frees functions marked as tests, and not what they call")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::SystemTime;

use snapbox::data::Inline;
use snapbox::{IntoData, assert_data_eq, str};
use statsgrid_gatherer::snapshot::{Millis, ProducerRecord, Record, Role, SCHEMA, Snapshot, Stats, write_snapshot};
use statsgrid_wire::Number;
use statsgrid_wire::message::Outcome;
use tempfile::TempDir;

const ALPHA: &str = "UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K";
const BETA: &str = "UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ";
const GAMMA: &str = "UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF";
const DELTA: &str = "UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4";
const GATHERER: &str = "UAGATHERERXFOGO6MVN6A6WFHYM6L3VFZ5ZFKKIBJ5J6WJIBAGI3MNLS";

/// A folder with links to the plugin, and a snapshot in it.
struct Munin {
    folder: TempDir,
}

impl Munin {
    fn without_snapshot() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn with_snapshot() -> Self {
        let munin = Self::without_snapshot();
        let Snapshot { records } = snapshot();
        write_snapshot(&munin.statsfile(), records.iter().map(|(key, record)| (*key, record))).unwrap();
        munin
    }

    fn with_text(text: &str) -> Self {
        let munin = Self::without_snapshot();
        fs::write(munin.statsfile(), text).unwrap();
        munin
    }

    fn statsfile(&self) -> PathBuf {
        self.folder.path().join("stats.json")
    }

    /// The plugin under the name of `link`, with its environment as munin-node leaves it.
    fn command(&self, link: &str) -> Command {
        let path = self.folder.path().join(link);
        if !path.exists() {
            symlink(env!("CARGO_BIN_EXE_statsgrid_"), &path).unwrap();
        }
        let mut command = Command::new(path);
        command.env_clear().env("statsfile", self.statsfile());
        command
    }

    /// A call that succeeds, silently on standard error; gives what it printed.
    fn prints(&self, link: &str, arguments: &[&str]) -> String {
        let output = self.command(link).args(arguments).output().unwrap();
        assert!(output.status.success(), "{link} {arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{link} {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A call that fails, printing nothing; gives its one line on standard error, without the folder's name.
    fn fails(&self, link: &str, arguments: &[&str]) -> String {
        self.line_of_failure(&self.command(link).args(arguments).output().unwrap())
    }

    fn line_of_failure(&self, output: &Output) -> String {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let line = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
        line.replace(&self.folder.path().display().to_string(), "FOLDER")
    }
}

/// Of the four nodes alpha is well, beta has not answered for 301 s, gamma has not got all that the others have, and
/// delta was never heard.
fn snapshot() -> Snapshot {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64;
    let gamma = Record {
        stats: Stats {
            counters: [("storage_server.bytes_added", u64::MAX)].into_iter().collect(),
            stats: [("load_monitor.avg_load", Number::Float(5.0)), ("storage_server.consumed", Number::Integer(7))]
                .into_iter()
                .collect(),
        },
        producers: [
            // Its walk through the disk takes long, so it is not asked at each poll.
            ("storage_server", producer(now - 1_000_000, Some(600_000))),
            // Its values are from the time before it failed.
            ("load_monitor", producer(now - 301_000, None)),
        ]
        .into_iter()
        .collect(),
        ..node("gamma", now)
    };
    let gatherer = Record { role: Role::Gatherer, ..node("gatherer", now) };
    let records = [
        (GATHERER, gatherer),
        (ALPHA, node("alpha # 1", now)),
        (BETA, node("beta", now - 301_000)),
        (GAMMA, gamma),
        (DELTA, Record::unanswered("beta")),
    ];
    Snapshot { records: records.into_iter().map(|(key, record)| (key.parse().unwrap(), record)).collect() }
}

fn node(nickname: &str, taken_ms: u64) -> Record {
    let stats = [
        ("load_monitor.avg_load", Number::Float(0.000_021_386)),
        ("load_monitor.max_load", Number::Float(0.25)),
        ("storage_server.allocated", Number::Integer(0)),
        ("storage_server.consumed", Number::Integer(17_179_869_184)),
    ];
    Record {
        timestamp: Millis::new(taken_ms),
        stats: Stats {
            counters: [("storage_server.bytes_added", 1_000), ("storage_server.bytes_freed", 0)].into_iter().collect(),
            stats: stats.into_iter().collect(),
        },
        producers: [("load_monitor", producer(taken_ms, None)), ("storage_server", producer(taken_ms, None))]
            .into_iter()
            .collect(),
        ..Record::unanswered(nickname)
    }
}

fn producer(taken_ms: u64, pace_ms: Option<u64>) -> ProducerRecord {
    ProducerRecord {
        outcome: Outcome::Ok,
        message: None,
        taken_at: Some(Millis::new(taken_ms)),
        pace: pace_ms.map(Millis::new),
        digest: None,
        description: None,
    }
}

fn check(actual: String, expected: Inline) {
    assert_data_eq!(actual, expected.raw());
}

#[test]
fn gauges_are_configured() {
    let munin = Munin::with_snapshot();
    check(
        munin.prints("tahoe_runtime_load_avg", &["config"]),
        str![[r#"
graph_title Average delay of a one-second timer
graph_vlabel seconds
graph_category system
graph_args --base 1000 -l 0
graph_info By how much a timer was late, as the average over its last 60 ticks: what a busy machine adds to whatever is done on it.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label alpha � 1
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type GAUGE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info load_monitor.avg_load of alpha � 1
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label beta (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type GAUGE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info load_monitor.avg_load of beta (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label gamma
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type GAUGE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info load_monitor.avg_load of gamma
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.label beta (UDELTAYJ)
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.type GAUGE
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.info load_monitor.avg_load of beta (UDELTAYJ)

"#]],
    );
}

#[test]
fn counters_are_configured_as_rates() {
    let munin = Munin::with_snapshot();
    check(
        munin.prints("tahoe_storage_bytes_added", &["config"]),
        str![[r#"
graph_title Rate of bytes added to the storage
graph_vlabel bytes / ${graph_period}
graph_category fs
graph_args --base 1024 -l 0
graph_info By how much stored files appeared and grew; what has been deleted since is counted too.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label alpha � 1
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info storage_server.bytes_added of alpha � 1
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label beta (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type DERIVE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.min 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info storage_server.bytes_added of beta (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label gamma
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type DERIVE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.min 0
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info storage_server.bytes_added of gamma
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.label beta (UDELTAYJ)
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.type DERIVE
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.min 0
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.info storage_server.bytes_added of beta (UDELTAYJ)

"#]],
    );
}

#[test]
fn the_founding_graphs_have_their_values() {
    let munin = Munin::with_snapshot();
    check(
        munin.prints("tahoe_storage_consumed", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 17179869184
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 7
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    check(
        munin.prints("tahoe_storage_allocated", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    check(
        munin.prints("tahoe_runtime_load_avg", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.000021386
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    check(
        munin.prints("tahoe_runtime_load_peak", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.25
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    check(
        munin.prints("tahoe_storage_bytes_added", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 1000
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 18446744073709551615
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    check(
        munin.prints("tahoe_storage_bytes_freed", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
}

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
no graph is called "nonsense", and no node has a stat of that name: the argument `suggest` lists what there is

"#]],
    );
    check(
        munin.fails("tahoe_nonsense", &["config"]),
        str![[r#"
no graph is called "nonsense", and no node has a stat of that name: the argument `suggest` lists what there is

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
