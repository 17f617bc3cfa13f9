//! One node, two gatherers: each has its own samples, and neither misses the other.

use statsgrid_tests::Site;

#[test]
fn a_node_answers_each_of_its_gatherers() {
    let site = Site::new();
    let [first, second] = ["first", "second"].map(|name| site.gatherer_in(name));
    let node = site.node("alpha").answers(first.address()).answers(second.address()).load_monitor();
    let provider = node.start();
    let _gathering = first.start(&[]);
    let key = node.key();
    first.await_record(key, "three samples", |record| record.sequence >= 3);
    let late = second.start(&[]);
    let record = second.await_record(key, "the first sample", |record| record.sequence > 0);
    assert_eq!(record.sequence, 1, "samples are counted for each gatherer");
    assert!(record.stats.stats.get("load_monitor.avg_load").is_some());

    // When one ends, the other goes on.
    late.terminate().succeeded();
    let before = first.await_record(key, "its record", |_| true).sequence;
    first.await_record(key, "more samples", |record| record.sequence > before + 1);
    assert!(!provider.stderr().contains("the other gatherers go on"), "{}", provider.stderr());
}
