//! One number from end to end: what a producer reported is in the snapshot, in munin-node's answer and in the RRD.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Munin, MuninMaster, MuninNode, Site};
use statsgrid_wire::Number;

use super::{BYTES_ADDED, CONSUMED};

const LOAD: &str = "tahoe_runtime_load_avg";

#[test]
fn what_a_producer_reports_is_what_munin_stores() {
    let what = "a producer's number in munin's RRD";
    let Some(munin) = Munin::find(what, &[CONSUMED, BYTES_ADDED, LOAD]) else { return };
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).storage_server().load_monitor();
    fs::write(alpha.storage().join("share"), vec![7; 1_234_567]).unwrap();
    let _provider = alpha.start();
    let gathering = gatherer.start(&[]);
    gatherer.await_record(alpha.key(), "the producers", |record| record.producers.len() == 2);
    fs::write(alpha.storage().join("added"), vec![7; 12_345]).unwrap();
    let is_whole = |record: &Record| {
        let added = record.stats.counters.get("storage_server.bytes_added");
        added == Some(&12_345) && record.stats.stats.get("load_monitor.avg_load").is_some()
    };
    gatherer.await_record(alpha.key(), "all that munin will ask for", is_whole);
    gathering.terminate().succeeded();

    let record = gatherer.snapshot().unwrap().records.remove(&alpha.key()).unwrap();
    assert_eq!(record.stats.stats.get("storage_server.consumed"), Some(&Number::Integer(1_234_567 + 12_345)));
    let load = record.stats.stats.get("load_monitor.avg_load").unwrap().as_f64();

    // The test's folder is private, and munin's users are others.
    fs::set_permissions(site.path(), Permissions::from_mode(0o755)).unwrap();
    let munin = munin.reads(&gatherer.snapshot_path());
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 1);
    master.update(0);
    assert_eq!(master.complaints(), Vec::<String>::new());
    let mut session = node.session();
    for (graph, suffix, expected) in [(CONSUMED, 'g', 1_246_912.0), (BYTES_ADDED, 'd', 12_345.0), (LOAD, 'g', load)] {
        let fetched = session.fetch(graph).remove(alpha.key().as_str()).expect("alpha has a value");
        let stored = master.rrd(graph, alpha.key().as_str(), suffix).expect("alpha has an RRD").info("last_ds");
        let numbers: [f64; 2] = [&fetched, &stored].map(|number| number.parse().unwrap());
        assert_eq!(numbers, [expected; 2], "{graph}");
    }
    session.quit();
    let consumed = master.rrd(CONSUMED, alpha.key().as_str(), 'g').unwrap();
    let averages = consumed.averages(master.at(0) - 1, master.at(0));
    assert_eq!(averages.into_values().collect::<Vec<_>>(), [Some(1_246_912.0)]);
}
