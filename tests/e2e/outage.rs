//! The NATS server is not there: at the start, or for a while.

use std::time::Duration;

use statsgrid_gatherer::snapshot::{Record, Role, Snapshot};
use statsgrid_tests::{Node, Site, now_ms, values};
use statsgrid_wire::Number;

/// What the daemons log while they try to connect.
const TRYING: &str = "trying again until it works";

/// A server that comes back is used at once: the first round that starts 10 s later is complete. Until then the snapshot
/// keeps its last values, however long it takes.
#[test]
fn a_server_that_comes_back_has_a_complete_round_within_10_seconds() {
    let mut site = Site::new();
    let gatherer = site.gatherer();
    let address = gatherer.address();
    let nodes = ["alpha", "beta", "gamma"].map(|name| site.node(name).answers(address).load_monitor());
    let _providers = nodes.each_ref().map(Node::start);
    let _gathering = gatherer.start(&[]);
    gatherer.await_own("a round of three", |own| is_complete(own) && stat(own, "statsgrid.providers") == 3);

    site.server.stop();
    let away = now_ms();
    let last =
        gatherer.await_snapshot("the last values", |snapshot| (!is_complete(own(snapshot))).then(|| snapshot.clone()));
    // Long enough that all have left the gatherer's roster, and that delays which only double would be too long.
    let emptied = gatherer.await_snapshot("a round after 15 s", |snapshot| {
        (own(snapshot).round > away + 15_000).then(|| snapshot.clone())
    });
    assert_eq!(stat(own(&emptied), "statsgrid.providers"), 0);
    let kept = |snapshot| providers(snapshot).into_iter().map(values).collect::<Vec<_>>();
    assert_eq!(kept(&emptied), kept(&last));
    assert_eq!(providers(&emptied).len(), 3);
    assert!(providers(&emptied).iter().all(|record| record.stats.stats.get("load_monitor.avg_load").is_some()));

    site.server.restart();
    let back = now_ms();
    let round = gatherer.await_own("a round 10 s later", |own| own.round >= back + 10_000);
    assert!(round.round < back + 12_000, "rounds were skipped: {} after {back}", round.round);
    assert!(is_complete(&round) && stat(&round, "statsgrid.providers") == 3, "{round:?}");
    let snapshot = gatherer.snapshot().unwrap();
    for (record, before) in providers(&snapshot).iter().zip(providers(&last)) {
        assert!(record.round >= back && record.instance == before.instance, "{record:?}");
        assert!(record.sequence > before.sequence, "{record:?}");
    }
}

/// Both daemons start without a server, say so once, and get going when it comes.
#[test]
fn daemons_wait_for_a_server_and_say_so_once() {
    let mut site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address());
    // Its port is known and free.
    site.server.stop();
    let provider = node.start();
    let gathering = gatherer.start(&[]);
    provider.await_log(TRYING);
    gathering.await_log(TRYING);
    // Several tries: the first come after 0.1 to 2 s.
    let mut gathering = gathering;
    assert!(gathering.ends_within(Duration::from_secs(4)).is_none(), "the gatherer gave up");
    assert_eq!(gatherer.snapshot(), None);

    site.server.restart();
    gatherer.await_record(node.key(), "the provider", |record| record.sequence > 0);
    for log in [provider.stderr(), gathering.stderr()] {
        assert_eq!(log.matches(TRYING).count(), 1, "{log}");
        assert!(log.contains(site.server.url()), "{log}");
    }
}

/// While the server is away, the log says so once, and a clean stop needs no server.
#[test]
fn daemons_stop_cleanly_without_a_server() {
    let mut site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address());
    let provider = node.start();
    let gathering = gatherer.start(&[]);
    gatherer.await_record(node.key(), "the provider", |record| record.sequence > 1);
    site.server.stop();
    gatherer.await_own("a round without a server", |own| !is_complete(own));
    let (provider, gathering) = (provider.terminate().succeeded(), gathering.terminate().succeeded());
    assert_eq!(provider.stderr.matches("is away; it is tried until it is back").count(), 1, "{}", provider.stderr);
    assert_eq!(gathering.stderr.matches("is away; it is tried until it is back").count(), 1, "{}", gathering.stderr);
}

fn is_complete(own: &Record) -> bool {
    stat(own, "statsgrid.providers") == 3
        && stat(own, "statsgrid.providers_answered") == stat(own, "statsgrid.providers")
}

fn own(snapshot: &Snapshot) -> &Record {
    snapshot.records.values().find(|record| record.role == Role::Gatherer).unwrap()
}

fn providers(snapshot: &Snapshot) -> Vec<&Record> {
    snapshot.records.values().filter(|record| record.role == Role::Provider).collect()
}

fn stat(own: &Record, name: &str) -> i64 {
    match own.stats.stats.get(name) {
        Some(Number::Integer(value)) => *value,
        other => panic!("{name} is {other:?}"),
    }
}
