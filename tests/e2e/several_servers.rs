//! Several servers in one address: some are dead, or die.

use std::net::TcpListener;

use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Gatherer, Node, Site};
use statsgrid_wire::Number;

#[test]
fn a_dead_server_in_the_list_is_passed_over() {
    let site = Site::new();
    // A port that was free a moment ago, and that nobody listens on.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gatherer = site.gatherer_at("gatherer", &format!("nats://{dead},{}", site.server.url()));
    let node = site.node("alpha").answers(gatherer.address());
    assert!(gatherer.address().starts_with(&format!("nats://{dead},nats://127.0.0.1:")), "{}", gatherer.address());
    let (_provider, _gathering) = (node.start(), gatherer.start(&[]));
    gatherer.await_record(node.key(), "a sample", |record| record.sequence > 0);
}

/// Whoever was on the server that dies comes in at the other one, and is in a complete round again.
#[test]
fn a_cluster_goes_on_without_one_of_its_servers() {
    let cluster = |routes: &str| format!("cluster {{ name: c, listen: \"127.0.0.1:-1\", routes: [{routes}] }}");
    let mut site = Site::with_server(&cluster(""));
    let second = site.another_server("second", &cluster(&route(&site)));
    let gatherer = site.gatherer_at("gatherer", &format!("{},{}", site.server.url(), second.url()));
    let nodes = ["alpha", "beta", "gamma", "delta"].map(|name| site.node(name).answers(gatherer.address()));
    let _providers = nodes.each_ref().map(Node::start);
    let _gathering = gatherer.start(&[]);
    gatherer.await_own("a round of four", is_complete);
    let before = nodes.each_ref().map(|node| instance(&gatherer, node));

    site.server.stop();
    let stopped = statsgrid_tests::now_ms();
    gatherer.await_own("a round of four without one server", |own| own.round > stopped && is_complete(own));
    assert_eq!(nodes.each_ref().map(|node| instance(&gatherer, node)), before, "all go on, and none began anew");
}

fn route(site: &Site) -> String {
    let url = site.server.cluster_url();
    format!("\"nats-route://{}\"", url.rsplit("//").next().unwrap())
}

fn is_complete(own: &Record) -> bool {
    let four = Some(&Number::Integer(4));
    own.stats.stats.get("statsgrid.providers") == four && own.stats.stats.get("statsgrid.providers_answered") == four
}

fn instance(gatherer: &Gatherer, node: &Node) -> statsgrid_wire::Id {
    gatherer.snapshot().unwrap().records[&node.key()].instance.unwrap()
}
