//! A gatherer of one shard: whom it asks, and where it is answered.

use statsgrid_wire::subject::Shard;

use super::*;

fn shard_of(node: &Node, count: u32) -> Shard {
    (1..=count).filter_map(|index| Shard::new(index, count)).find(|shard| shard.holds(&node.key())).unwrap()
}

fn bench_of(shard: Shard) -> Bench {
    let mut bench = Bench::new();
    bench.gathering.plan.scope = Scope::Shard(shard);
    bench
}

#[test]
fn its_polls_go_to_its_shard_and_to_single_ones_of_it_and_all_are_answered_there() {
    let node = Node::new();
    let shard = shard_of(&node, 4);
    let mut bench = bench_of(shard);
    let first = polls(&bench.begin());
    assert_eq!((first[0].0.to, first[0].0.answered_to()), (To::Shard(shard), Scope::Shard(shard)));
    bench.reply(&node.sample(&first[0], 1));
    bench.clock.advance(DEADLINE);
    bench.tick();
    bench.clock.advance(INTERVAL - DEADLINE);

    bench.begin();
    bench.clock.advance(DEADLINE / 2);
    let again = polls(&bench.tick());
    assert_eq!((again[0].0.to, again[0].0.answered_to()), (To::One(node.key()), Scope::Shard(shard)));
    bench.reply(&node.sample(&again[0], 2));
    assert_eq!(bench.gathering.roster.get_mut(&node.key()).unwrap().record.sequence, 2);
}

#[test]
fn replies_of_another_shard_or_on_the_subject_of_all_are_wrong() {
    let (node, mut other) = (Node::new(), Node::new());
    let shard = shard_of(&node, 4);
    while shard.holds(&other.key()) {
        other = Node::new();
    }
    let mut bench = bench_of(shard);
    let asked = polls(&bench.begin());
    bench.reply(&other.sample(&asked[0], 1));
    let (topic, reply) = node.sample(&asked[0], 1);
    let Topic::Reply { gatherer, poll, provider, .. } = topic else { panic!("{topic}") };
    bench.reply(&(Topic::Reply { gatherer, scope: Scope::All, poll, provider }, reply));
    assert_eq!(bench.gathering.tally.rejected(Reason::WrongPoll), 2);
    assert_eq!(bench.gathering.roster.records().count(), 0);
}
