//! A NATS server that is replaced by one with another configuration, or stands still for a while.

use rustix::process::Signal;
use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Gatherer, Node, Process, Site, now_ms};
use statsgrid_wire::{Number, PublicKey};

/// Two nodes and a gatherer that have had a complete round.
struct Fleet {
    gatherer: Gatherer,
    nodes: [Node; 2],
    daemons: [Process; 3],
}

impl Fleet {
    fn start(site: &Site) -> Self {
        let gatherer = site.gatherer();
        let nodes = ["alpha", "beta"].map(|name| site.node(name).answers(gatherer.address()));
        let daemons = [nodes[0].start(), nodes[1].start(), gatherer.start(&[])];
        gatherer.await_own("a complete round", is_complete);
        Self { gatherer, nodes, daemons }
    }

    fn records(&self) -> [Record; 2] {
        let snapshot = self.gatherer.snapshot().unwrap();
        self.nodes.each_ref().map(|node| snapshot.records[&node.key()].clone())
    }

    /// All are in a round that began after this is called, and go on where they were `before`.
    fn goes_on_from(&self, before: &[Record; 2]) -> Record {
        let now = now_ms();
        let own = self.gatherer.await_own("a complete round", |own| own.round > now && is_complete(own));
        for (record, before) in self.records().iter().zip(before) {
            assert_eq!(record.instance, before.instance);
            assert!(record.sequence > before.sequence, "{record:?}");
        }
        own
    }
}

#[test]
fn a_server_that_knows_nobody_is_named_until_it_is_replaced() {
    let mut site = Site::with_server("server_name: first");
    let fleet = Fleet::start(&site);
    let before = fleet.records();
    site.server.replace("server_name: second, authorization { users: [{user: a, password: b}] }");
    let keys: [PublicKey; 3] = [fleet.nodes[0].key(), fleet.nodes[1].key(), fleet.gatherer.key()];
    for (daemon, key) in fleet.daemons.iter().zip(keys) {
        daemon.await_log(&format!("it refuses the key {key}: add it to its users; trying again until it works"));
    }
    site.server.replace("server_name: third");
    fleet.goes_on_from(&before);
}

/// What was under way when the server stood still comes late, and is named as that or dropped; the next rounds are whole.
#[test]
fn a_server_that_stands_still_for_30_seconds_loses_nothing_for_good() {
    let site = Site::new();
    let fleet = Fleet::start(&site);
    let before = fleet.records();
    site.server.signal(Signal::STOP);
    let stopped = now_ms();
    let missed = fleet.gatherer.await_own("a round after 30 s", |own| own.round > stopped + 30_000);
    assert_eq!(missed.stats.stats.get("statsgrid.providers_answered"), Some(&Number::Integer(0)), "{missed:?}");
    let last = fleet.records();
    for (record, before) in last.iter().zip(&before) {
        assert_eq!((&record.stats, record.round <= stopped), (&before.stats, true), "{record:?}");
    }
    site.server.signal(Signal::CONT);
    let own = fleet.goes_on_from(&last);
    let counter = |name: &str| own.stats.counters.get(name).copied().unwrap_or_default();
    assert!(counter("statsgrid.providers_missing") >= 10, "{own:?}");
    assert_eq!(counter("statsgrid.messages_lost"), 0, "{own:?}");
}

fn is_complete(own: &Record) -> bool {
    let two = Some(&Number::Integer(2));
    own.stats.stats.get("statsgrid.providers") == two && own.stats.stats.get("statsgrid.providers_answered") == two
}
