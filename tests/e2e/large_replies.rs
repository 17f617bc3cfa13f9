//! A node that knows more than a reply holds: what fits is sent, counters first, the record says what was cut, and
//! producers that report little lose nothing.

use statsgrid_gatherer::snapshot::Catalogue;
use statsgrid_tests::{PATIENCE, Site, await_until, programs};
use statsgrid_wire::message::Outcome;

#[test]
fn a_reply_is_made_to_fit_counters_first() {
    // The server's bound; then the protocol's own, 64 KiB, where the server takes a megabyte.
    check("max_payload: 8KB", 500, 40, 8 * 1024);
    check("", 990, 400, 64 * 1024);
}

fn check(config: &str, stats: usize, counters: usize, bytes: usize) {
    let site = Site::with_server(config);
    let gatherer = site.gatherer();
    let flood = format!("config = {{ stats = \"{stats}\", counters = \"{counters}\" }}");
    // One neighbour whose names come before the flood's, and one whose names come after.
    let load_monitor = programs().producer("load_monitor");
    let node = site.node("alpha").answers(gatherer.address());
    let node = node.runs("a_neighbour", &load_monitor, "").guest("flood", &flood).load_monitor();
    let provider = node.start();
    let _gathering = gatherer.start(&[]);
    let record = gatherer.await_record(node.key(), "a reply after one that was cut", |record| {
        record.stats.counters.get("statsgrid.replies_cut").is_some()
    });

    let of_flood = |name: &str| name.starts_with("flood.");
    let kept_counters = record.stats.counters.iter().filter(|(name, _)| of_flood(name)).count();
    let kept_stats = record.stats.stats.iter().filter(|(name, _)| of_flood(name)).count();
    assert_eq!(kept_counters, counters);
    assert!(0 < kept_stats && kept_stats < stats, "{kept_stats} of {stats}");
    let size = serde_json::to_vec(&record.stats).unwrap().len();
    assert!(bytes / 2 < size && size < bytes, "{size} of {bytes} bytes");

    let flood = record.producers.get("flood").unwrap();
    assert_eq!(flood.outcome, Outcome::Output);
    assert!(flood.message.as_ref().unwrap().contains("do not fit one reply"), "{flood:?}");
    for neighbour in ["a_neighbour", "load_monitor"] {
        assert_eq!(record.producers.get(neighbour).unwrap().outcome, Outcome::Ok);
        assert!(record.stats.stats.get(&format!("{neighbour}.avg_load")).is_some());
    }
    // Both neighbours are one component, with one description.
    await_until("the producers' descriptions", PATIENCE, || {
        let (catalogue, _) = Catalogue::read(&gatherer.snapshot_path()).unwrap();
        (catalogue.len() == 2).then_some(())
    });
    assert!(provider.stderr().contains("do not fit a reply of"), "{}", provider.stderr());
}
