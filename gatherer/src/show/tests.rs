//! The table as it is printed.

use snapbox::{IntoData, assert_data_eq, str};
use statsgrid_wire::message::{Outcome, RefusalReason};
use statsgrid_wire::{Named, Number};

use super::*;
use crate::snapshot::samples::{ALPHA, BETA, GAMMA, GATHERER, key};
use crate::snapshot::{Millis, ProducerRecord, Refused, RoundOutcome, Stats};

const NOW: u64 = 1_795_358_400_000;

fn producer(outcome: Outcome, message: Option<&str>, age_ms: u64) -> ProducerRecord {
    ProducerRecord {
        outcome,
        message: message.map(str::to_owned),
        taken_at: Some(Millis::new(NOW - age_ms)),
        pace: None,
        digest: None,
        description: None,
    }
}

/// A node as the demo has them, `age_ms` after its last answer.
fn node(nickname: &str, age_ms: u64, load: f64) -> Record {
    let producers = [
        ("host", producer(Outcome::Ok, None, age_ms)),
        ("load_monitor", producer(Outcome::Ok, None, age_ms)),
        ("storage_server", producer(Outcome::Ok, None, age_ms)),
    ];
    let stats = [
        ("host.load_1min", Number::Float(load * 1000.0)),
        ("host.memory_available", Number::Integer(8_123_457_536)),
        ("host.uptime", Number::Float(86_412.25)),
        ("load_monitor.avg_load", Number::Float(load)),
        ("load_monitor.max_load", Number::Float(load * 10.0)),
        ("storage_server.allocated", Number::Integer(0)),
        ("storage_server.consumed", Number::Integer(17_179_869_184)),
    ];
    Record {
        timestamp: Millis::new(NOW - age_ms),
        stats: Stats {
            counters: [("storage_server.bytes_added", 17_301), ("storage_server.bytes_freed", 0)].into_iter().collect(),
            stats: stats.into_iter().collect(),
        },
        producers: producers.into_iter().collect(),
        ..Record::unanswered(nickname)
    }
}

fn gatherer() -> Record {
    let stats = [("statsgrid.providers", Number::Integer(3)), ("statsgrid.round_seconds", Number::Float(0.011_874_31))];
    Record {
        timestamp: Millis::new(NOW),
        stats: Stats {
            counters: [("statsgrid.rounds", 12), ("statsgrid.rejected.unsigned", 0)].into_iter().collect(),
            stats: stats.into_iter().collect(),
        },
        role: Role::Gatherer,
        ..Record::unanswered("gatherer")
    }
}

fn snapshot(records: impl IntoIterator<Item = (&'static str, Record)>) -> Snapshot {
    Snapshot { records: records.into_iter().map(|(text, record)| (key(text), record)).collect() }
}

#[test]
fn three_nodes_are_one_matrix() {
    let snapshot = snapshot([
        (ALPHA, node("alpha", 1_200, 0.000_213_867_19)),
        (BETA, node("beta", 1_350, 0.000_187_2)),
        (GAMMA, node("gamma", 900, 0.000_301)),
        (GATHERER, gatherer()),
    ]);
    assert_data_eq!(
        show(&snapshot, NOW, Some(80), &Chosen::default()),
        str![[r#"
NODE      KEY        ANSWERED  PRODUCERS
alpha     UALPHAUJ…  1 s ago   3 ok
beta      UBETAT7V…  1 s ago   3 ok
gamma     UCGAMMA3…  0 s ago   3 ok
gatherer  UAGATHER…  0 s ago   (the gatherer)

STATS                             alpha          beta         gamma
host.load_1min                 0.213867        0.1872         0.301
host.memory_available        8123457536    8123457536    8123457536
host.uptime                     86412.2       86412.2       86412.2
load_monitor.avg_load       0.000213867     0.0001872      0.000301
load_monitor.max_load        0.00213867      0.001872       0.00301
storage_server.allocated              0             0             0
storage_server.consumed     17179869184   17179869184   17179869184

COUNTERS                          alpha          beta         gamma
storage_server.bytes_added        17301         17301         17301
storage_server.bytes_freed            0             0             0

STATS                     gatherer
statsgrid.providers              3
statsgrid.round_seconds  0.0118743

COUNTERS                  gatherer
statsgrid.rounds                12

"#]]
        .raw()
    );
}

#[test]
fn what_is_wrong_is_named() {
    let mut beta = node("beta", 400_000, 0.000_187_2);
    beta.refused = Some(Refused { reason: RefusalReason::Clock, clock_ahead_ms: -93_600_000 });
    let mut gamma = node("gamma", 900, 0.000_301);
    gamma.stats.stats = gamma
        .stats
        .stats
        .iter()
        .filter(|(name, _)| !name.starts_with("host"))
        .map(|(name, number)| (name, *number))
        .collect();
    gamma.producers = [
        (
            "disk",
            producer(
                Outcome::Wall,
                Some("did not return within 5 s, and was discarded; a fresh instance waits 8 s"),
                900,
            ),
        ),
        ("evil", producer(Outcome::Error, Some("\u{1b}[2J\u{1b}[31mgotcha\nNODE  KEY"), 900)),
        ("host", producer(Outcome::Trap, None, 400_000)),
        ("load_monitor", producer(Outcome::Ok, None, 900)),
    ]
    .into_iter()
    .collect();
    let snapshot = snapshot([(ALPHA, Record::unanswered("alpha")), (BETA, beta), (GAMMA, gamma)]);
    assert_data_eq!(
        show(&snapshot, NOW, Some(80), &Chosen::default()),
        str![[r#"
NODE   KEY        ANSWERED          PRODUCERS
alpha  UALPHAUJ…  never
beta   UBETAT7V…  6 min ago, stale  3 ok
gamma  UCGAMMA3…  0 s ago           1 of 4 ok

NOT OK  PRODUCER    CAUSE    MESSAGE
beta    (the node)  refused  its clock is 26 h behind the gatherer's
gamma   disk        wall     did not return within 5 s, and was discarded; a fr…
gamma   evil        error    �[2J�[31mgotcha NODE KEY
gamma   host        trap

STATS                              beta         gamma
host.load_1min                   0.1872*            -
host.memory_available        8123457536*            -
host.uptime                     86412.2*            -
load_monitor.avg_load         0.0001872*     0.000301
load_monitor.max_load          0.001872*      0.00301
storage_server.allocated              0*            0
storage_server.consumed     17179869184*  17179869184

COUNTERS                           beta         gamma
storage_server.bytes_added        17301*        17301
storage_server.bytes_freed            0*            0

* stale: taken more than 300 s ago, or longer ago than twice its producer's pace

"#]]
        .raw()
    );
}

/// One component, given to a thousand nodes: what fails stands there once, with a few of them, and hides nothing else.
#[test]
fn what_a_thousand_nodes_have_alike_stands_together() {
    let record = |number: usize| {
        let mut record = Record::unanswered(format!("n{number:03}"));
        let outcome = |name, outcome, message| (name, producer(outcome, message, 0));
        let disk = outcome("disk", Outcome::Wall, Some("did not return within 5 s"));
        let mail = outcome("mail", Outcome::Error, Some("no such folder"));
        record.producers =
            if number == 500 { [disk, mail].into_iter().collect() } else { [disk].into_iter().collect() };
        record
    };
    let keys = |_| statsgrid_wire::Identity::generate().unwrap().public_key();
    let snapshot = Snapshot { records: (0..1000).map(|number| (keys(number), record(number))).collect() };
    let shown = show(&snapshot, NOW, Some(80), &Chosen::default());
    let (_, problems) = shown.split_once("NOT OK").unwrap();
    assert_data_eq!(
        format!("NOT OK{problems}"),
        str![[r#"
NOT OK        PRODUCER  CAUSE  MESSAGE
n000          disk      wall   did not return within 5 s
n001          disk      wall   did not return within 5 s
n002          disk      wall   did not return within 5 s
and 997 more  disk      wall   did not return within 5 s
n500          mail      error  no such folder

"#]]
        .raw()
    );
}

#[test]
fn nodes_that_do_not_fit_stand_below() {
    let snapshot = snapshot([
        (ALPHA, node("alpha", 1_200, 0.000_213_867_19)),
        (BETA, node("a-nickname-that-is-rather-long", 1_350, 0.000_187_2)),
        (GAMMA, node("alpha", 900, 0.000_301)),
    ]);
    assert_data_eq!(
        show(&snapshot, NOW, Some(60), &Chosen::default()),
        str![[r#"
NODE                  KEY        ANSWERED  PRODUCERS
a-nickname-that-is-…  UBETAT7V…  1 s ago   3 ok
alpha (UALPHAUJ)      UALPHAUJ…  1 s ago   3 ok
alpha (UCGAMMA3)      UCGAMMA3…  0 s ago   3 ok

STATS                       a-nickname-that-is-…
host.load_1min                            0.1872
host.memory_available                 8123457536
host.uptime                              86412.2
load_monitor.avg_load                  0.0001872
load_monitor.max_load                   0.001872
storage_server.allocated                       0
storage_server.consumed              17179869184

COUNTERS                    a-nickname-that-is-…
storage_server.bytes_added                 17301
storage_server.bytes_freed                     0

STATS                       alpha (UALPHAUJ)
host.load_1min                      0.213867
host.memory_available             8123457536
host.uptime                          86412.2
load_monitor.avg_load            0.000213867
load_monitor.max_load             0.00213867
storage_server.allocated                   0
storage_server.consumed          17179869184

COUNTERS                    alpha (UALPHAUJ)
storage_server.bytes_added             17301
storage_server.bytes_freed                 0

STATS                       alpha (UCGAMMA3)
host.load_1min                         0.301
host.memory_available             8123457536
host.uptime                          86412.2
load_monitor.avg_load               0.000301
load_monitor.max_load                0.00301
storage_server.allocated                   0
storage_server.consumed          17179869184

COUNTERS                    alpha (UCGAMMA3)
storage_server.bytes_added             17301
storage_server.bytes_freed                 0

"#]]
        .raw()
    );
}

#[test]
fn a_pipe_gets_whole_messages() {
    let message = "x".repeat(300);
    let mut alpha = node("alpha", 0, 0.1);
    alpha.producers = Named::from_iter([("disk", producer(Outcome::Error, Some(&message), 0))]);
    let snapshot = snapshot([(ALPHA, alpha)]);
    assert!(show(&snapshot, NOW, None, &Chosen::default()).contains(&message));
    assert!(!show(&snapshot, NOW, Some(100), &Chosen::default()).contains(&message));
}

#[test]
fn nothing_yet() {
    assert_data_eq!(
        show(&Snapshot::default(), NOW, Some(80), &Chosen::default()),
        str![[r#"
no provider has been heard of yet

"#]]
        .raw()
    );
}

#[test]
fn the_use_of_limits_is_a_table_of_its_own() {
    let mut alpha = node("alpha", 0, 0.1);
    let used = [("statsgrid.sandbox.host.memory_bytes", Number::Integer(1_114_112))];
    alpha.stats.stats = alpha.stats.stats.iter().map(|(name, value)| (name, *value)).chain(used).collect();
    let snapshot = snapshot([(ALPHA, alpha)]);
    assert!(!show(&snapshot, NOW, Some(80), &Chosen::default()).contains("sandbox"));
    assert_data_eq!(
        show(&snapshot, NOW, Some(80), &Chosen::new(&[], &[], true)),
        str![[r#"
NODE   KEY        ANSWERED  PRODUCERS
alpha  UALPHAUJ…  0 s ago   3 ok

STATS                                  alpha
statsgrid.sandbox.host.memory_bytes  1114112

"#]]
        .raw()
    );
}

#[test]
fn what_has_a_pace_of_its_own_is_shown_with_its_age() {
    let mut alpha = node("alpha", 2_000, 0.1);
    let disk = ProducerRecord { pace: Some(Millis::new(600_000)), ..producer(Outcome::Ok, None, 540_000) };
    alpha.producers = Named::from_iter([("disk", disk), ("host", producer(Outcome::Ok, None, 2_000))]);
    let shown = show(&snapshot([(ALPHA, alpha.clone())]), NOW, Some(80), &Chosen::default());
    assert!(shown.contains("2 s ago   2 ok, disk 9 min ago\n"), "{shown}");
    let narrow = show(&snapshot([(ALPHA, alpha)]), NOW, Some(40), &Chosen::default());
    assert!(narrow.lines().all(|line| table::terminal_width(line) <= 40), "{narrow}");
}

/// A thousand nodes: their loads go up from 0, one in a hundred is away, and each second one is 0 s to 9 s old.
fn fleet() -> Snapshot {
    let record = |number: u64| {
        let mut record = node(&format!("n{number:03}"), number % 10 * 1_000, 0.001 * number as f64);
        if number % 100 == 99 {
            record.timestamp = Millis::new(NOW - 400_000);
            record.producers = Named::default();
            record.outcome = Some(RoundOutcome::Missing);
        }
        record
    };
    let key = || statsgrid_wire::Identity::generate().unwrap().public_key();
    let mut records: Vec<_> = (0..1000).map(|number| (key(), record(number))).collect();
    records.push((self::key(GATHERER), gatherer()));
    Snapshot { records: records.into_iter().collect() }
}

/// Keys are new in each run.
fn without_keys(text: &str) -> String {
    let key = |word: &str| word.starts_with('U') && word.ends_with('…');
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').map(|word| if key(word) { "U[..]…" } else { word }).collect();
        words.join(" ") + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn a_fleet_is_figures() {
    let shown = show(&fleet(), NOW, Some(80), &Chosen::default());
    assert_data_eq!(
        without_keys(&shown),
        str![[r#"
NODE        KEY        ANSWERED                   PRODUCERS
n099        U[..]…  6 min ago, missing, stale
n199        U[..]…  6 min ago, missing, stale
n299        U[..]…  6 min ago, missing, stale
n399        U[..]…  6 min ago, missing, stale
n499        U[..]…  6 min ago, missing, stale
n599        U[..]…  6 min ago, missing, stale
n699        U[..]…  6 min ago, missing, stale
n799        U[..]…  6 min ago, missing, stale
n899        U[..]…  6 min ago, missing, stale
n999        U[..]…  6 min ago, missing, stale
990 others             0 s to 9 s ago             2970 ok
gatherer    U[..]…  0 s ago                    (the gatherer)

STATS                       NODES   STALE           MIN        MEDIAN
host.load_1min                990      10           0.0         500.0
host.memory_available         990      10    8123457536    8123457536
host.uptime                   990      10       86412.2       86412.2
load_monitor.avg_load         990      10           0.0           0.5
load_monitor.max_load         990      10           0.0           5.0
storage_server.allocated      990      10             0             0
storage_server.consumed       990      10   17179869184   17179869184

COUNTERS                    NODES   STALE           MIN        MEDIAN
storage_server.bytes_added    990      10         17301         17301
storage_server.bytes_freed    990      10             0             0

STATS                               P95           MAX
host.load_1min                    949.0         998.0
host.memory_available        8123457536    8123457536
host.uptime                     86412.2       86412.2
load_monitor.avg_load             0.949         0.998
load_monitor.max_load              9.49          9.98
storage_server.allocated              0             0
storage_server.consumed     17179869184   17179869184

COUNTERS                            P95           MAX
storage_server.bytes_added        17301         17301
storage_server.bytes_freed            0             0

over 1000 nodes; --node and --stat choose, --json and --csv give every value

STATS                     gatherer
statsgrid.providers              3
statsgrid.round_seconds  0.0118743

COUNTERS                  gatherer
statsgrid.rounds                12

"#]]
        .raw()
    );
    assert!(shown.lines().all(|line| table::terminal_width(line) <= 80), "{shown}");
}

#[test]
fn a_few_values_of_a_fleet_are_a_line_a_node() {
    let chosen = |nodes: &[&str], stats: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        Chosen::new(&owned(nodes), &owned(stats), false)
    };
    let chosen = chosen(&["n2*", "n39*"], &["load_monitor.*", "*.bytes_added"]);
    let shown = show(&fleet(), NOW, Some(100), &chosen);
    let (overview, list) = shown.split_once("\n\n").unwrap();
    assert_data_eq!(
        without_keys(overview),
        str![[r#"
NODE        KEY        ANSWERED                   PRODUCERS
n299        U[..]…  6 min ago, missing, stale
n399        U[..]…  6 min ago, missing, stale
108 others             0 s to 9 s ago             324 ok

"#]]
        .raw()
    );
    assert_eq!(list.lines().count(), 1 + 110 + 2);
    let ends: Vec<&str> = list.lines().take(3).chain(list.lines().skip(109)).collect();
    assert_data_eq!(
        ends.join("\n"),
        str![[r#"
NODE  load_monitor.avg_load   load_monitor.max_load   storage_server.bytes_added
n200                    0.2                     2.0                        17301
n201                  0.201                    2.01                        17301
n398                  0.398                    3.98                        17301
n399                  0.399*                   3.99*                       17301*

* stale: taken more than 300 s ago, or longer ago than twice its producer's pace
"#]]
        .raw()
    );
    // Where they do not fit side by side, they are figures.
    assert!(show(&fleet(), NOW, Some(80), &chosen).contains("MEDIAN"));
}

/// Each node's own words: what the others say is told by its number.
#[test]
fn problems_beyond_a_screen_are_counted() {
    let record = |number: usize| {
        let mut record = Record::unanswered(format!("n{number:03}"));
        let message = format!("cannot read /srv/{number}");
        record.producers = [("disk", producer(Outcome::Error, Some(&message), 0))].into_iter().collect();
        record
    };
    let key = || statsgrid_wire::Identity::generate().unwrap().public_key();
    let snapshot = Snapshot { records: (0..1000).map(|number| (key(), record(number))).collect() };
    let shown = show(&snapshot, NOW, Some(80), &Chosen::default());
    assert!(shown.contains("\nn019  ") && !shown.contains("/srv/20"), "{shown}");
    assert!(shown.contains("\nand 980 other problems\n"), "{shown}");
    assert!(shown.lines().count() < 60, "{shown}");
}
