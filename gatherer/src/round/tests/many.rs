//! Rounds of a large fleet: it is asked in turns, its losses are made good, its replies are spread.

use super::*;
use crate::limits::{ASK_AFTER_LOSS, ASK_PAUSE, ASKED_AT_ONCE, SPLAY_BEYOND, SPLAY_EACH};
use crate::trust::Standing;

/// A gatherer that waits for these, in a round that has just begun.
fn waiting_for(nodes: &[Node]) -> Bench {
    let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
    bench.begin();
    bench
}

fn nodes(count: usize) -> Vec<Node> {
    (0..count).map(|_| Node::new()).collect()
}

/// The keys that `acts` ask one by one.
fn asked(acts: &[Act]) -> Vec<PublicKey> {
    let to = polls(acts).into_iter().filter_map(|(poll, _)| match poll.to {
        To::One(key) => Some(key),
        To::All | To::Shard(_) => None,
    });
    to.collect()
}

#[test]
fn many_that_are_missing_are_asked_in_turns() {
    let nodes = nodes(ASKED_AT_ONCE * 2 + 1);
    let mut bench = waiting_for(&nodes);
    bench.clock.advance(DEADLINE / 2);
    let mut all = Vec::new();
    for count in [ASKED_AT_ONCE, ASKED_AT_ONCE, 1, 0] {
        let asked = asked(&bench.tick());
        assert_eq!(asked.len(), count);
        all.extend(asked);
        assert!(bench.tick().is_empty(), "not before the pause is over");
        bench.clock.advance(ASK_PAUSE);
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), nodes.len(), "each once");
}

#[test]
fn who_is_missing_after_a_loss_is_asked_once_more() {
    let nodes = nodes(2);
    let mut bench = waiting_for(&nodes);
    bench.clock.advance(DEADLINE / 2);
    assert_eq!(asked(&bench.tick()).len(), 2);
    bench.clock.advance(ASK_AFTER_LOSS);
    assert!(bench.tick().is_empty(), "nothing was lost");
    bench.gathering.lost(bench.clock.now());
    assert_eq!(bench.gathering.tally.lost, 1);
    assert!(bench.tick().is_empty(), "not while it may go on");
    bench.clock.advance(ASK_AFTER_LOSS);
    let acts = bench.tick();
    assert_eq!(asked(&acts).len(), 2);
    // What they answer to that is lost as well.
    bench.gathering.lost(bench.clock.now());
    bench.clock.advance(ASK_AFTER_LOSS);
    let polls = polls(&bench.tick());
    assert_eq!(polls.len(), 2);
    for node in &nodes {
        let poll = polls.iter().find(|(poll, _)| poll.to == To::One(node.key())).unwrap();
        bench.reply(&node.sample(poll, 2));
    }
    assert_eq!(bench.gathering.next_tick(), None, "the round is over");
}

#[test]
fn who_is_missing_after_the_bus_was_away_is_asked_once_more() {
    let nodes = nodes(1);
    let mut bench = waiting_for(&nodes);
    bench.clock.advance(DEADLINE / 2);
    assert_eq!(asked(&bench.tick()).len(), 1);
    bench.gathering.was_away(bench.clock.now());
    bench.clock.advance(ASK_AFTER_LOSS);
    assert_eq!(asked(&bench.tick()), [nodes[0].key()]);
    assert_eq!(bench.gathering.tally.lost, 0, "the client has lost nothing");
}

#[test]
fn a_loss_between_two_rounds_asks_nobody() {
    let mut bench = Bench::after_a_round_of(&[&Node::new()]);
    bench.gathering.lost(bench.clock.now());
    bench.clock.advance(ASK_AFTER_LOSS);
    assert!(bench.tick().is_empty());
}

#[test]
fn a_round_waits_for_the_deadline_after_its_splay() {
    // A number whose splay is of whole milliseconds, as the clock is.
    let nodes = nodes(SPLAY_BEYOND + 100);
    let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
    let splay = SPLAY_EACH * u32::try_from(nodes.len()).unwrap();
    let [(poll, _)] = <[_; 1]>::try_from(polls(&bench.begin())).unwrap();
    assert_eq!(u128::from(poll.splay_ms), splay.as_millis());
    assert_eq!(u128::from(poll.deadline_ms), (DEADLINE + splay).as_millis());
    bench.clock.advance(splay + DEADLINE / 2 - Duration::from_millis(1));
    assert!(bench.tick().is_empty());
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(asked(&bench.tick()).len(), ASKED_AT_ONCE);
    bench.clock.advance(DEADLINE / 2);
    assert!(written(&bench.tick()).is_some());
}

#[test]
fn the_first_round_has_time_for_all_that_are_trusted() {
    let mut bench = Bench::new();
    let trusted: Vec<_> = nodes(SPLAY_BEYOND + 100).iter().map(|node| (node.key(), Standing::Trusted)).collect();
    let splay = SPLAY_EACH * u32::try_from(trusted.len()).unwrap();
    bench.gathering.admission = Admission::new(Enrol::Approve, trusted);
    let splays = |acts: &[Act]| polls(acts).iter().map(|(poll, _)| poll.splay_ms).collect::<Vec<_>>();
    assert_eq!(splays(&bench.begin()), [u64::try_from(splay.as_millis()).unwrap()]);
    bench.clock.advance(INTERVAL);
    bench.tick();
    assert_eq!(splays(&bench.begin()), [0], "nobody was there");
}

#[test]
fn a_round_ends_with_the_last_answer_whoever_gives_it() {
    let nodes = nodes(20);
    for last in [0, 10, 19] {
        let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
        let poll = &polls(&bench.begin())[0];
        for node in nodes.iter().enumerate().filter(|(place, _)| *place != last).map(|(_, node)| node) {
            assert!(written(&bench.reply(&node.sample(poll, 2))).is_none());
        }
        assert!(written(&bench.reply(&nodes[last].sample(poll, 2))).is_some());
    }
}
