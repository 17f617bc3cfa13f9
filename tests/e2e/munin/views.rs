//! Everything in one call, a fleet in five figures, and a node as a host of its own, as munin takes them.

use std::collections::BTreeMap;

use statsgrid_tests::{Munin, MuninMaster, MuninNode};
use statsgrid_wire::PublicKey;

use super::{new_key, record, record_of};

#[test]
fn everything_in_one_call_is_stored_graph_by_graph() {
    let Some(munin) = Munin::find("all graphs in one call", &["statsgrid_all"]) else { return };
    let (alpha, beta) = (new_key(), new_key());
    munin.write([(alpha, &record("alpha", 17, 1_000)), (beta, &record("beta", 42, 2_000))]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 1);
    master.update(0);
    assert_eq!(master.complaints(), Vec::<String>::new());
    let stored =
        |graph, key: PublicKey, suffix| master.rrd(graph, key.as_str(), suffix).expect("its RRD").info("last_ds");
    assert_eq!(stored("statsgrid_storage_consumed", alpha, 'g'), "17");
    assert_eq!(stored("statsgrid_storage_consumed", beta, 'g'), "42");
    assert_eq!(stored("statsgrid_storage_bytes_added", alpha, 'd'), "1000");
}

#[test]
fn the_fleets_figures_of_a_counter_are_rates_that_munin_keeps() {
    let link = "statsgrid_storage_bytes_added_fleet";
    let Some(munin) = Munin::find("a fleet's rates in munin", &[link, "statsgrid_storage_consumed_fleet"]) else {
        return;
    };
    let keys = [new_key(), new_key(), new_key()];
    let write = |ages_ms, added: [u64; 3]| {
        let records = [0, 1, 2].map(|place| record_of("n", ages_ms, 10 * (1 + place as i64), added[place]));
        munin.write(keys.into_iter().zip(&records));
    };
    write(200_000, [0, 0, 0]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 2);
    master.update(0);
    // The ages are by the clock, which has gone on a little: the rates are a little less.
    write(0, [20_000, 40_000, 180_000]);
    master.update(1);
    assert_eq!(master.complaints(), Vec::<String>::new());
    let figure = |graph: &str, field: &str| {
        let stored = master.rrd(graph, field, 'g').expect("its RRD").info("last_ds");
        stored.parse::<f64>().unwrap_or_else(|_| panic!("{graph} {field}: {stored}"))
    };
    let graph = "statsgrid_storage_bytes_added";
    let fleet = format!("{graph}_fleet");
    let figures = ["min", "median", "p95", "max"].map(|field| figure(&fleet, field));
    for (figure, rate) in figures.into_iter().zip([100.0, 200.0, 900.0, 900.0]) {
        assert!(figure <= rate && figure > 0.5 * rate, "{figures:?}");
    }
    let sum = figure(&format!("{graph}_sum"), "sum");
    assert!((sum - (figures[0] + figures[1] + figures[3])).abs() < 1e-6 * sum, "{sum} {figures:?}");
    let consumed = ["min", "median", "p95", "max"].map(|field| figure("statsgrid_storage_consumed_fleet", field));
    assert_eq!(consumed, [10.0, 20.0, 30.0, 30.0]);
    assert_eq!(figure("statsgrid_storage_consumed_sum", "sum"), 60.0);
}

#[test]
fn a_node_is_a_host_of_its_own_where_its_section_says_so() {
    let (alpha, beta) = (new_key(), new_key());
    let link = format!("statsgrid_node_{alpha}");
    let Some(munin) = Munin::find("a node as a host of its own", &[&link]) else { return };
    munin.write([(alpha, &record("alpha", 17, 1_000)), (beta, &record("beta", 42, 2_000))]);
    munin.add_settings(&format!("[{link}]\nenv.host_name alpha.example.net\n"));
    let node = MuninNode::start(&munin);
    let mut session = node.session();
    assert!(session.lines("nodes").contains(&"alpha.example.net".to_owned()));
    assert_eq!(session.ask("cap multigraph"), "cap multigraph dirtyconfig");
    assert_eq!(session.ask("list alpha.example.net"), link);
    let lines = session.lines(&format!("fetch {link}"));
    let values: BTreeMap<&str, &str> = lines.iter().filter_map(|line| line.split_once(".value ")).collect();
    assert_eq!(values, [("storage_server__bytes_added", "1000"), ("storage_server__consumed", "17")].into());
    session.quit();
}
