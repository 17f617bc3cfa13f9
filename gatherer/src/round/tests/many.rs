//! Rounds of a large fleet: it is asked in turns, its losses are made good, its replies are spread.

use super::*;
use crate::limits::{ASK_AFTER_LOSS, ASK_PAUSE, ASKED_AT_ONCE, NEWCOMERS_AT_ONCE, SPLAY_BEYOND, SPLAY_EACH};
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
fn who_had_no_turn_in_one_round_is_the_first_in_the_next() {
    let nodes = nodes(ASKED_AT_ONCE + 10);
    let mut bench = waiting_for(&nodes);
    bench.clock.advance(DEADLINE / 2);
    let first = asked(&bench.tick());
    assert!(first.is_sorted());
    // No time is left for a second turn.
    bench.clock.advance(DEADLINE / 2);
    bench.tick();
    bench.clock.advance(INTERVAL - DEADLINE);
    bench.begin();
    bench.clock.advance(DEADLINE / 2);
    let second = asked(&bench.tick());
    assert_eq!(second.len(), ASKED_AT_ONCE);
    assert!(second[..10].iter().all(|key| !first.contains(key)), "those that were not asked");
    assert_eq!(second[10..], first[..ASKED_AT_ONCE - 10], "and then the others");
    bench.clock.advance(ASK_PAUSE);
    assert_eq!(asked(&bench.tick()), first[ASKED_AT_ONCE - 10..], "each once");
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
    let nodes = nodes(2);
    let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
    let poll = &polls(&bench.begin())[0];
    bench.reply(&nodes[1].sample(poll, 2));
    bench.clock.advance(DEADLINE / 2);
    assert_eq!(asked(&bench.tick()).len(), 1);
    assert!(bench.gathering.was_away(bench.clock.now()).unwrap().is_none());
    bench.clock.advance(ASK_AFTER_LOSS);
    assert_eq!(asked(&bench.tick()), [nodes[0].key()]);
    assert_eq!(bench.gathering.tally.lost, 0, "the client has lost nothing");
}

#[test]
fn a_poll_that_reached_nobody_for_the_bus_was_away_goes_to_all_once_more() {
    let nodes = nodes(2);
    let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
    let unsent = polls(&bench.begin());
    bench.clock.advance(DEADLINE / 4);
    let again = bench.gathering.was_away(bench.clock.now()).unwrap();
    let [poll] = <[_; 1]>::try_from(polls(&again.into_iter().collect::<Vec<_>>())).unwrap();
    assert_eq!((poll.0.to, poll.0.round), (To::All, unsent[0].0.round));
    assert_eq!(u128::from(poll.0.deadline_ms), (DEADLINE * 3 / 4).as_millis(), "the round ends when it would have");
    bench.reply(&nodes[0].sample(&poll, 2));
    // If it reached somebody after all, he answers both from one sample.
    bench.reply(&nodes[0].sample(&unsent[0], 2));
    assert!(written(&bench.reply(&nodes[1].sample(&poll, 2))).is_some());
    assert_eq!(bench.rejected(Reason::Duplicate), 0);
}

/// As those do who were asked in turns. Looking for the next one from the start again, each of them would cost a pass.
#[test]
fn answers_in_the_order_of_the_keys_end_a_round_as_soon() {
    let mut nodes = nodes(500);
    nodes.sort_by_key(Node::key);
    let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
    let poll = &polls(&bench.begin())[0];
    let (last, others) = nodes.split_last().unwrap();
    for node in others {
        assert!(written(&bench.reply(&node.sample(poll, 2))).is_none());
    }
    // One that comes meanwhile is waited for too, wherever its key stands.
    let newcomer = Node::new();
    bench.gathering.announce(newcomer.key(), &newcomer.announcement(&bench), bench.clock.now()).unwrap();
    assert!(written(&bench.reply(&last.sample(poll, 2))).is_none());
    assert!(written(&bench.reply(&newcomer.sample(poll, 1))).is_some());
}

#[test]
fn a_fleet_that_announces_itself_at_once_is_asked_in_turns() {
    let nodes = nodes(NEWCOMERS_AT_ONCE + 1);
    let mut bench = Bench::after_a_round_of(&[]);
    bench.begin();
    let announced = |bench: &mut Bench, node: &Node| {
        let announcement = node.announcement(bench);
        asked(&bench.gathering.announce(node.key(), &announcement, bench.clock.now()).unwrap())
    };
    let asked: Vec<_> = nodes.iter().flat_map(|node| announced(&mut bench, node)).collect();
    assert_eq!(asked.len(), NEWCOMERS_AT_ONCE);
    bench.clock.advance(ASK_PAUSE);
    assert_eq!(announced(&mut bench, nodes.last().unwrap()).len(), 1);
}

#[test]
fn a_run_that_has_answered_is_not_asked_again_when_it_is_connected_again() {
    let node = Node::new();
    let nodes = [&node, &Node::new()];
    let mut bench = Bench::after_a_round_of(&nodes);
    let poll = &polls(&bench.begin())[0];
    bench.reply(&node.sample(poll, 2));
    let announcement = node.announcement(&bench);
    let mut announced = |announcement: &Announcement| {
        bench.clock.advance(Duration::from_millis(1));
        asked(&bench.gathering.announce(node.key(), announcement, bench.clock.now()).unwrap())
    };
    assert!(announced(&announcement).is_empty());
    let anew = Announcement { instance: Id::random().unwrap(), issued_ms: announcement.issued_ms + 1, ..announcement };
    assert_eq!(announced(&anew), [node.key()], "a new run has a new sample");
}

/// The loop may hold up a round's end for what came before it.
#[test]
fn what_comes_after_the_deadline_is_late_though_its_round_is_on() {
    let nodes = nodes(2);
    let mut bench = Bench::after_a_round_of(&nodes.iter().collect::<Vec<_>>());
    let poll = &polls(&bench.begin())[0];
    bench.reply(&nodes[0].sample(poll, 2));
    bench.clock.advance(DEADLINE + Duration::from_millis(1));
    assert!(written(&bench.reply(&nodes[1].sample(poll, 2))).is_none(), "it completes no round");
    let records = written(&bench.tick()).unwrap();
    let outcome = |node: &Node| records.iter().find(|(key, _)| *key == node.key()).unwrap().1.outcome;
    assert_eq!(nodes.iter().map(outcome).collect::<Vec<_>>(), [Some(RoundOutcome::Ok), Some(RoundOutcome::Late)]);
    assert_eq!((bench.gathering.tally.late, bench.gathering.tally.missing), (1, 1));
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
