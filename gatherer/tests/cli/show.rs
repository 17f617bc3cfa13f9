//! `show`: which snapshot, which nodes and values of it, and in which form.

use std::collections::BTreeMap;

use snapbox::{IntoData, assert_data_eq, str};
use statsgrid_gatherer::snapshot::{Catalogue, Millis, ProducerRecord, Record, Role, Stats, write_snapshot};
use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash, Number, PublicKey, SystemClock};

use crate::Terminal;

pub const ALPHA: &str = "UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K";
pub const BETA: &str = "UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ";

pub const DESCRIPTION: &str = r#"{"version":"1","stats":[{"name":"load1","kind":"gauge","help":"Load, \"1 min\"."},
    {"name":"ticks","kind":"counter","unit":"seconds","help":"=1+2"}]}"#;

/// A hostile name: a formula that erases the screen and turns the direction of writing.
const HOSTILE: &str = "=cmd|' /C calc'!A1,\u{1b}[2J\u{202e}\n\"x\"";

pub fn snapshot(terminal: &Terminal) {
    let path = terminal.folder.path().join("stats.json");
    let mut catalogue = Catalogue::default();
    let description = catalogue.insert(DESCRIPTION.to_owned()).unwrap();
    catalogue.write(&path).unwrap();
    let keys = [ALPHA, BETA].map(|text| text.parse::<PublicKey>().unwrap());
    let records = BTreeMap::from([(keys[0], alpha(description)), (keys[1], beta())]);
    write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
}

/// A node that has answered just now.
pub fn alpha(description: Hash) -> Record {
    let now = Millis::new(SystemClock::start().now().wall_ms);
    let host = ProducerRecord {
        outcome: Outcome::Ok,
        message: None,
        taken_at: Some(now),
        pace: None,
        digest: None,
        description: Some(description),
    };
    let stats = [
        ("host.load1", Number::Float(0.1 + 0.2)),
        ("host.ticks", Number::Integer(i64::MAX)),
        ("statsgrid.sandbox.host.stats", Number::Integer(2)),
    ];
    Record {
        timestamp: now,
        stats: Stats { counters: [("app.visits", u64::MAX)].into_iter().collect(), stats: stats.into_iter().collect() },
        producers: [("host", host)].into_iter().collect(),
        ..Record::unanswered("alpha")
    }
}

/// A node that has not answered since 2008, and has a hostile name.
pub fn beta() -> Record {
    Record {
        timestamp: Millis::new(1_210_000_000_500),
        stats: Stats {
            counters: [("app.visits", 3)].into_iter().collect(),
            stats: [("host.load1", Number::Float(-1e300))].into_iter().collect(),
        },
        role: Role::Provider,
        ..Record::unanswered(HOSTILE)
    }
}

fn terminal() -> Terminal {
    let terminal = Terminal::new();
    snapshot(&terminal);
    terminal
}

#[test]
fn nodes_and_values_are_chosen() {
    assert_data_eq!(
        terminal().run("show stats.json --node alpha --stat host.* --stat app.visits"),
        str![[r#"
$ stats-gatherer show stats.json --node alpha --stat host.* --stat app.visits
NODE   KEY        ANSWERED  PRODUCERS
alpha  UALPHAUJ…  0 s ago   1 ok

STATS                      alpha
host.load1                   0.3
host.ticks   9223372036854775807

COUNTERS                   alpha
app.visits  18446744073709551615

exit 0

"#]]
    );
    assert_data_eq!(
        terminal().run("show stats.json --node UBETAT7V --stat *.load1"),
        str![[r#"
$ stats-gatherer show stats.json --node UBETAT7V --stat *.load1
NODE                  KEY        ANSWERED              PRODUCERS
=cmd|' /C calc'!A1,…  UBETAT7V…  [..] days ago, stale

STATS       =cmd|' /C calc'!A1,…
host.load1              -1.0e300*

* stale: taken more than 300 s ago, or longer ago than twice its producer's pace

exit 0

"#]]
    );
    assert_data_eq!(
        terminal().run("show stats.json --node alpha --sandbox"),
        str![[r#"
$ stats-gatherer show stats.json --node alpha --sandbox
NODE   KEY        ANSWERED  PRODUCERS
alpha  UALPHAUJ…  0 s ago   1 ok

STATS                         alpha
statsgrid.sandbox.host.stats      2

exit 0

"#]]
    );
}

#[test]
fn csv() {
    assert_data_eq!(
        terminal().run("show stats.json --csv"),
        str![[r#"
$ stats-gatherer show stats.json --csv
provider,nickname,name,kind,value,unit,help,taken_at,age_s,stale
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K,alpha,host.load1,gauge,0.30000000000000004,,"Load, ""1 min"".",[..],[..],false
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K,alpha,host.ticks,counter,9223372036854775807,seconds,'=1+2,[..],[..],false
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K,alpha,statsgrid.sandbox.host.stats,gauge,2,,,[..],[..],false
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K,alpha,app.visits,counter,18446744073709551615,,,[..],[..],false
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ,"'=cmd|' /C calc'!A1,�[2J� ""x""",host.load1,gauge,-1e+300,,,1210000000.5,[..],true
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ,"'=cmd|' /C calc'!A1,�[2J� ""x""",app.visits,counter,3,,,1210000000.5,[..],true
exit 0

"#]]
    );
    assert_data_eq!(
        terminal().run("show stats.json --csv --node alpha --stat *.load1"),
        str![[r#"
$ stats-gatherer show stats.json --csv --node alpha --stat *.load1
provider,nickname,name,kind,value,unit,help,taken_at,age_s,stale
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K,alpha,host.load1,gauge,0.30000000000000004,,"Load, ""1 min"".",[..],[..],false
exit 0

"#]]
    );
}

/// Without the times of this run, and with what only looks like a path as it is.
fn timeless(json: &str) -> snapbox::Data {
    let line = |line: &str| match (line.split_once("\"taken_at\""), line.split_once("\"stale\"")) {
        (Some((before, _)), Some((_, stale))) => format!("{before}\"stale\"{stale}\n"),
        _ => format!("{line}\n"),
    };
    json.lines().map(line).collect::<String>().raw()
}

#[test]
fn json() {
    let printed = terminal().run("show stats.json --json");
    assert_data_eq!(timeless(&printed), str![[r#"
$ stats-gatherer show stats.json --json
[
{"provider":"UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K","nickname":"alpha","name":"host.load1","kind":"gauge","value":0.30000000000000004,"unit":null,"help":"Load, \"1 min\".","stale":false},
{"provider":"UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K","nickname":"alpha","name":"host.ticks","kind":"counter","value":9223372036854775807,"unit":"seconds","help":"=1+2","stale":false},
{"provider":"UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K","nickname":"alpha","name":"statsgrid.sandbox.host.stats","kind":"gauge","value":2,"unit":null,"help":null,"stale":false},
{"provider":"UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K","nickname":"alpha","name":"app.visits","kind":"counter","value":18446744073709551615,"unit":null,"help":null,"stale":false},
{"provider":"UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ","nickname":"=cmd|' /C calc'!A1,\u001b[2J\u202e\n\"x\"","name":"host.load1","kind":"gauge","value":-1e+300,"unit":null,"help":null,"stale":true},
{"provider":"UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ","nickname":"=cmd|' /C calc'!A1,\u001b[2J\u202e\n\"x\"","name":"app.visits","kind":"counter","value":3,"unit":null,"help":null,"stale":true}
]
exit 0

"#]].raw());
    let json = printed.split_once('\n').unwrap().1.strip_suffix("exit 0\n").unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[5]["nickname"], HOSTILE);
    assert_eq!(rows[5]["taken_at"], 1_210_000_000.5);
    assert!(rows[0]["age_s"].as_f64().is_some_and(|age| (0.0..60.0).contains(&age)), "{printed}");
    assert_eq!(rows[1]["value"], i64::MAX);
    assert_eq!(rows[3]["value"], u64::MAX);
    assert!(!printed.contains(['\u{1b}', '\u{202e}']), "{printed}");
    let none = Terminal::new().with("stats.json", "{}").run("show stats.json --json");
    assert_eq!(none, "$ stats-gatherer show stats.json --json\n[]\nexit 0\n");
}

/// Values come before what describes them, and are worth more.
#[test]
fn a_catalogue_that_is_none_costs_the_descriptions_alone() {
    let terminal = terminal().with("stats.json.catalogue", "[]");
    assert_data_eq!(
        terminal.run("show stats.json --csv --stat host.ticks"),
        str![[r#"
$ stats-gatherer show stats.json --csv --stat host.ticks
provider,nickname,name,kind,value,unit,help,taken_at,age_s,stale
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K,alpha,host.ticks,gauge,9223372036854775807,,,[..],[..],false
stats-gatherer: units and descriptions are left out: stats.json.catalogue is no catalogue of descriptions: remove it, and the gatherer asks for them again: invalid type: sequence, expected a map at line 1 column 0
exit 0

"#]]
    );
}

#[test]
fn what_means_nothing_is_told_with_the_nearest() {
    assert_data_eq!(
        terminal().run("show stats.json --node alhpa"),
        str![[r#"
$ stats-gatherer show stats.json --node alhpa
stats-gatherer: no node is called "alhpa", and no key begins so; the nearest is alpha
exit 2

"#]]
    );
    assert_data_eq!(
        terminal().run("show stats.json --node UALPHA --json"),
        str![[r#"
$ stats-gatherer show stats.json --node UALPHA --json
stats-gatherer: "UALPHA" begins a node's key: give 8 characters of it at least
exit 2

"#]]
    );
    assert_data_eq!(
        terminal().run("show stats.json --stat host.load --csv"),
        str![[r#"
$ stats-gatherer show stats.json --stat host.load --csv
stats-gatherer: none of these nodes has a stat or counter called "host.load"; the nearest is host.load1
exit 2

"#]]
    );
    assert_data_eq!(
        terminal().run("show stats.json --json --csv"),
        str![[r#"
$ stats-gatherer show stats.json --json --csv
error: the argument '--json' cannot be used with '--csv'

Usage: stats-gatherer show --json <SNAPSHOT>

For more information, try '--help'.
exit 2

"#]]
    );
}

#[test]
fn the_snapshot_is_that_of_the_configuration() {
    let terminal = terminal().with("gatherer.toml", "snapshot = \"stats.json\"").with("other.toml", "snapshot = \"o\"");
    let found = |arguments: &str, variables: &[(&str, &str)]| {
        let printed = terminal.run_with(&format!("show --csv --stat host.ticks {arguments}"), variables);
        assert!(
            printed.contains(&format!("{ALPHA},alpha,host.ticks,counter,9223372036854775807,seconds,'=1+2,")),
            "{printed}"
        );
    };
    found("", &[]);
    found("stats.json --config other.toml", &[]);
    found("--config other.toml", &[("STATSGRID_SNAPSHOT", "stats.json")]);
    found("", &[("STATSGRID_GATHERER_CONFIG", "gatherer.toml")]);
    assert_data_eq!(
        terminal.run("show --config other.toml"),
        str![[r#"
$ stats-gatherer show --config other.toml
stats-gatherer: there is no snapshot at o yet: the gatherer writes it at the end of its first round
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("show"),
        str![[r#"
$ stats-gatherer show
stats-gatherer: no snapshot is named: give its path, or --config gatherer.toml with `snapshot` set in it
exit 3

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("show nowhere/stats.json --watch"),
        str![[r#"
$ stats-gatherer show nowhere/stats.json --watch
stats-gatherer: there is no folder nowhere: name the snapshot that a gatherer writes
exit 7

"#]]
    );
}
