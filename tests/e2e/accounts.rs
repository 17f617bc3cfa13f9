//! One server for others too: its accounts keep Statsgrid apart from them, and its subjects two Statsgrids.

use std::time::Duration;

use statsgrid_tests::{Bus, Site};

#[test]
fn another_account_hears_nothing() {
    let [listed, alphas] = [(); 2].map(|()| statsgrid_wire::Identity::generate().unwrap());
    let site = Site::with_server(&format!(
        "accounts {{
           STATS {{ users: [{{nkey: {}}}, {{nkey: {}}}] }}
           OTHER {{ users: [{{user: other, password: other}}] }}
         }}",
        listed.public_key(),
        alphas.public_key()
    ));
    let (gatherer, node) = (site.gatherer(), site.node("alpha"));
    crate::logins::write_seed(&gatherer.seed_path(), &listed);
    crate::logins::write_seed(&node.seed_path(), &alphas);
    let node = node.answers(gatherer.address());
    let other = Bus::login_by_password(&site.server, "other", "other");
    let mut everything = other.subscribe("stats.>");
    let mine = Bus::login(&site.server, &alphas);
    let mut polls = mine.subscribe("stats.v1.poll.>");

    let (_provider, _gathering) = (node.start(), gatherer.start(&[]));
    gatherer.await_record(node.key(), "a sample", |record| record.sequence > 1);
    // A whole round has been heard in the one account, and nothing in the other.
    polls.message();
    assert!(everything.within(Duration::ZERO).is_none() && everything.so_far().is_empty());
}

#[test]
fn two_prefixes_share_a_server() {
    let site = Site::new();
    let [north, south] =
        ["north", "south"].map(|name| site.gatherer_in(name).with(&["--prefix", &format!("{name}.stats.v1")]));
    let [alpha, beta] = [("alpha", &north), ("beta", &south)].map(|(name, at)| site.node(name).answers(at.address()));
    assert!(north.address().contains("/north.stats.v1/U"), "{}", north.address());
    let bus = Bus::connect(&site.server);
    let mut usual = bus.subscribe("stats.>");
    let _running = (alpha.start(), beta.start(), north.start(&[]), south.start(&[]));
    for (gatherer, node) in [(&north, &alpha), (&south, &beta)] {
        gatherer.await_record(node.key(), "a sample", |record| record.sequence > 1);
        assert_eq!(gatherer.snapshot().unwrap().records.len(), 2, "its own and one node's");
    }
    assert!(usual.so_far().is_empty());
}
