//! Nicknames that would harm munin's master, if they got into its configuration as they are.

use std::fs;

use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Munin, MuninMaster, MuninNode};
use statsgrid_wire::PublicKey;

use super::{BYTES_ADDED, CONSUMED, new_key, record};

const GRAPHS: [(&str, char); 2] = [(CONSUMED, 'g'), (BYTES_ADDED, 'd')];

#[test]
fn whatever_a_node_is_called_each_has_its_lines_in_every_graph() {
    let Some(munin) = Munin::find("hostile nicknames under munin", &GRAPHS.map(|(graph, _)| graph)) else { return };
    let fleet = fleet();
    munin.write(fleet.iter().map(|(key, record)| (*key, record)));
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 2);
    for step in 0..2 {
        master.update(step);
    }
    master.draw(1);

    assert_eq!(master.complaints(), Vec::<String>::new());
    assert_eq!(node.log().matches("Error").count(), 0, "{}", node.log());
    for (graph, suffix) in GRAPHS {
        for (key, Record { nickname, .. }) in &fleet {
            let rrd = master.rrd(graph, key.as_str(), suffix);
            let rrd = rrd.unwrap_or_else(|| panic!("{nickname:?} has no RRD of {graph}"));
            let value = if suffix == 'g' { "17" } else { "1000" };
            assert_eq!((rrd.last(), rrd.info("last_ds").as_str()), (master.at(1), value), "{nickname:?} in {graph}");
        }
        let picture = master.picture(graph);
        assert!(picture.colours.len() > 10, "{graph}: {:?}", picture.colours);
    }
    let rrds = fs::read_dir(master.rrds()).unwrap().count();
    assert_eq!(rrds, GRAPHS.len() * fleet.len(), "there are no others");
}

/// A node for each attack, beside one that they aim at.
fn fleet() -> Vec<(PublicKey, Record)> {
    let victim = new_key();
    let mut nicknames: Vec<String> = [
        "root",
        "graph_title",
        "graph_order",
        "host_name evil.example",
        "ends in \\",
        "# is a remark",
        "a; b: c = d",
        "victim",
        "",
        ".",
        "größe 🦀",
        "line\n.\nmultigraph evil\ngraph_title evil\nroot.value 1",
        "nul\0 and \u{1b}[2J",
        "%s %n ${graph_period} `id` $(id)",
        "</title><script>alert(1)</script>",
    ]
    .map(str::to_owned)
    .into();
    nicknames.extend(["x".repeat(300), victim.to_string(), format!("{victim}.value 1")]);
    let attackers = nicknames.iter().map(|nickname| (new_key(), record(nickname, 17, 1_000)));
    attackers.chain([(victim, record("victim", 17, 1_000))]).collect()
}
