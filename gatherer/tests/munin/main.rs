//! The munin plugin as munin runs it: the built program, linked under a graph's name, its text and its exit code.
#![expect(clippy::unwrap_used, reason = "clippy frees functions marked as tests, and not what they call")]

mod calls;
mod described;
mod operator;
mod table;
mod views;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::SystemTime;

use snapbox::data::Inline;
use snapbox::{IntoData, assert_data_eq};
use statsgrid_gatherer::snapshot::{Millis, ProducerRecord, Record, Role, Snapshot, Stats, write_snapshot};
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
    variables: BTreeMap<&'static str, String>,
}

impl Munin {
    fn without_snapshot() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: BTreeMap::new() }
    }

    fn with_snapshot() -> Self {
        let munin = Self::without_snapshot();
        munin.write(&snapshot());
        munin
    }

    fn write(&self, snapshot: &Snapshot) {
        let records = snapshot.records.iter().map(|(key, record)| (*key, record));
        write_snapshot(&self.statsfile(), records).unwrap();
    }

    /// With a variable of plugin-conf.d, or of munin-node itself.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
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
        command.env_clear().env("statsfile", self.statsfile()).envs(&self.variables);
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
    let now = now_ms();
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

fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64
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
