//! What munin's master stores of changing snapshots: values, rates, and what is not known.

use std::fs;

use statsgrid_tests::{Munin, MuninMaster, MuninNode};

use super::{BYTES_ADDED, CONSUMED, new_key, record, record_of};

/// What alpha has in each snapshot, five minutes apart. Its provider is started anew before the fourth.
const ALPHA: [(i64, u64); 5] = [(17, 1_000), (42, 4_000), (43, 10_000), (17_179_869_184, 300), (45, 600)];

#[test]
fn values_and_rates_are_stored_as_they_were() {
    let Some(munin) = Munin::find("what munin-update stores", &[CONSUMED, BYTES_ADDED]) else { return };
    let [alpha, stale, leaves] = [new_key(), new_key(), new_key()];
    munin.write([]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 5);
    for (step, (consumed, added)) in (0..).zip(ALPHA) {
        // One node has not answered lately, another one falls silent after the second snapshot.
        let silent_ms = if step < 2 { 0 } else { 301_000 };
        munin.write([
            (alpha, &record("alpha", consumed, added)),
            (stale, &record_of("stale", 301_000, 7, 3_000 * step)),
            (leaves, &record_of("leaves", silent_ms, 7, 3_000 * step)),
        ]);
        master.update(step);
    }
    assert_eq!(master.complaints(), Vec::<String>::new());

    let averages = |graph, key: statsgrid_wire::PublicKey, suffix| {
        let rrd = master.rrd(graph, key.as_str(), suffix).expect("every configured field has an RRD");
        assert_eq!(rrd.last(), master.at(4));
        rrd.averages(master.at(0) - 1, master.at(4)).into_values().collect::<Vec<_>>()
    };
    let nothing = [None; 5];
    assert_eq!(averages(CONSUMED, alpha, 'g'), ALPHA.map(|(consumed, _)| Some(consumed as f64)));
    assert_eq!(averages(CONSUMED, stale, 'g'), nothing);
    assert_eq!(averages(CONSUMED, leaves, 'g'), [Some(7.0), Some(7.0), None, None, None]);
    // 3,000, 6,000 and 300 bytes in 300 seconds; at the new start there is neither a spike nor a negative rate.
    assert_eq!(averages(BYTES_ADDED, alpha, 'd'), [None, Some(10.0), Some(20.0), None, Some(1.0)]);
    assert_eq!(averages(BYTES_ADDED, stale, 'd'), nothing);
    assert_eq!(averages(BYTES_ADDED, leaves, 'd'), [None, Some(10.0), None, None, None]);
}

#[test]
fn gauges_and_counters_have_the_right_kind_of_rrd() {
    let Some(munin) = Munin::find("the RRDs that munin-update makes", &[CONSUMED, BYTES_ADDED]) else { return };
    let alpha = new_key();
    let most = record("alpha", i64::MAX, u64::MAX);
    munin.write([(alpha, &most)]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 1);
    master.update(0);
    assert_eq!(master.complaints(), Vec::<String>::new());

    let check = |graph, suffix, expected: [&str; 4]| {
        let rrd = master.rrd(graph, alpha.as_str(), suffix).expect("its RRD");
        assert_eq!(["type", "min", "minimal_heartbeat", "last_ds"].map(|name| rrd.info(name)), expected, "{graph}");
    };
    check(CONSUMED, 'g', ["GAUGE", "NaN", "600", "9223372036854775807"]);
    check(BYTES_ADDED, 'd', ["DERIVE", "0.0000000000e+00", "600", "18446744073709551615"]);
}

#[test]
fn a_snapshot_that_is_garbage_costs_its_round_and_nothing_else() {
    let Some(munin) = Munin::find("a garbled snapshot under munin", &[CONSUMED]) else { return };
    let alpha = new_key();
    munin.write([(alpha, &record("alpha", 17, 0))]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 3);
    master.update(0);
    fs::write(munin.statsfile(), "{").unwrap();
    master.update(1);
    munin.write([(alpha, &record("alpha", 42, 0))]);
    master.update(2);

    assert!(node.log().contains("is not JSON"), "{}", node.log());
    let complaints = master.complaints();
    assert!(complaints.iter().all(|line| line.contains("[WARNING]") && line.contains(CONSUMED)), "{complaints:?}");
    let rrd = master.rrd(CONSUMED, alpha.as_str(), 'g').expect("its RRD");
    // rrdtool takes a value for all that passed since the one before, up to two steps.
    let averages = rrd.averages(master.at(0) - 1, master.at(2));
    assert_eq!(averages.into_values().collect::<Vec<_>>(), [Some(17.0), Some(42.0), Some(42.0)]);
}
