//! What munin-node says of the plugin over the protocol: `cap`, `nodes`, `list`, `config`, `fetch`.

use std::collections::BTreeMap;

use statsgrid_tests::{Munin, MuninNode};

use super::{BYTES_ADDED, CONSUMED, new_key, record, record_of};

#[test]
fn a_node_lists_configures_and_fetches() {
    let what = "munin-node's answers for the plugin";
    let Some(munin) = Munin::find(what, &[CONSUMED, BYTES_ADDED]) else { return };
    let (alpha, beta) = (new_key(), new_key());
    munin.write([(alpha, &record("alpha", 17_179_869_184, 1_000)), (beta, &record_of("beta", 301_000, 7, 2_000))]);
    let node = MuninNode::start(&munin);

    let mut session = node.session();
    assert_eq!(session.banner(), "# munin node at statsgrid.example");
    assert_eq!(session.ask("cap multigraph dirtyconfig"), "cap multigraph dirtyconfig");
    assert_eq!(session.lines("nodes"), ["statsgrid.example"]);
    let list = session.ask("list");
    let mut listed: Vec<&str> = list.split(' ').collect();
    listed.sort_unstable();
    assert_eq!(listed, [BYTES_ADDED, CONSUMED]);

    let config = session.lines(&format!("config {CONSUMED}"));
    for line in ["graph_category fs", &format!("{alpha}.label alpha"), &format!("{beta}.label beta")] {
        assert!(config.iter().any(|said| said == line), "{line} is not in {config:?}");
    }
    let expected = |of_alpha: &str| {
        let values = [(alpha, of_alpha), (beta, "U")].map(|(key, value)| (key.to_string(), value.to_owned()));
        BTreeMap::from(values)
    };
    assert_eq!(session.fetch(CONSUMED), expected("17179869184"));
    assert_eq!(session.fetch(BYTES_ADDED), expected("1000"));
    assert_eq!(session.lines("fetch tahoe_nonsense"), ["# Unknown service"]);
    session.quit();
}

/// A plugin that has nothing to show when the node starts would be dropped until the node is started anew.
#[test]
fn before_the_first_snapshot_the_graph_is_there_and_fills_later() {
    let Some(munin) = Munin::find("munin-node before the first snapshot", &[CONSUMED]) else { return };
    let node = MuninNode::start(&munin);
    let mut session = node.session();
    assert_eq!(session.ask("list"), CONSUMED);
    assert_eq!(session.lines(&format!("fetch {CONSUMED}")), ["# Bad exit"]);
    assert!(node.log().contains("there is no snapshot at"), "{}", node.log());

    let alpha = new_key();
    munin.write([(alpha, &record("alpha", 17, 0))]);
    assert_eq!(session.fetch(CONSUMED), BTreeMap::from([(alpha.to_string(), "17".to_owned())]));
    session.quit();
}
