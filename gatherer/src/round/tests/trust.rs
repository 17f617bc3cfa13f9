//! Who is taken in, who waits, who is thrown out, and what a record says of a round.

use super::*;
use crate::trust::{Heard, Pending, Standing};

/// Approval is asked for, and these keys have been decided on.
fn admission(standings: &[(&Node, Standing)]) -> Admission {
    Admission::new(Enrol::Approve, standings.iter().map(|(node, standing)| (node.key(), *standing)))
}

impl Bench {
    fn decide(&mut self, standings: &[(&Node, Standing)]) -> Vec<Act> {
        self.gathering.decide(admission(standings), self.clock.now()).unwrap()
    }

    fn announce(&mut self, node: &Node, issued_ms: u64) -> Vec<Act> {
        let said = Announcement {
            gatherer: node.key(),
            instance: node.instance,
            nickname: "alpha".to_owned(),
            issued_ms,
            unknown: Unknown,
        };
        self.gathering.announce(node.key(), &said, self.clock.now()).unwrap()
    }

    /// Ends the round at its deadline.
    fn end(&mut self) -> Vec<Act> {
        self.clock.advance(DEADLINE);
        self.tick()
    }
}

/// The keys in the snapshot that is written, without the gatherer's own; and those that wait.
fn written(acts: &[Act]) -> (Vec<PublicKey>, Option<Pending>) {
    let written = acts.iter().find_map(|act| match act {
        Act::Write { records, pending, .. } => Some((records, pending)),
        _ => None,
    });
    let (records, pending) = written.unwrap();
    let providers = records.iter().filter(|(_, record)| record.role == Role::Provider);
    (providers.map(|(key, _)| *key).collect(), pending.clone())
}

#[test]
fn who_is_unknown_waits_and_never_reaches_the_snapshot() {
    let (mut bench, trusted, stranger) = (Bench::new(), Node::new(), Node::new());
    bench.decide(&[(&trusted, Standing::Trusted)]);
    let poll = polls(&bench.begin()).remove(0);
    bench.reply(&trusted.sample(&poll, 1));
    bench.reply(&stranger.sample(&poll, 1));
    // It may not poll by saying so again, nor fill what is remembered of a poll.
    bench.reply(&stranger.sample(&poll, 1));
    assert_eq!((bench.rejected(Reason::UnknownProvider), bench.rejected(Reason::Duplicate)), (2, 0));
    let (keys, pending) = written(&bench.end());
    assert_eq!(keys, [trusted.key()]);
    let pending = pending.unwrap();
    assert_eq!(pending.get(&stranger.key()).map(|applicant| applicant.by), Some(Heard::Reply));
    assert_eq!(pending.len(), 1);
}

#[test]
fn an_announcement_waits_too_and_is_not_answered() {
    let (mut bench, stranger) = (Bench::new(), Node::new());
    bench.decide(&[]);
    bench.begin();
    assert_eq!(polls(&bench.announce(&stranger, NOW)).len(), 0);
    // What was heard before is a replay, of whoever it is.
    bench.announce(&stranger, NOW);
    bench.announce(&stranger, NOW - 120_000);
    assert_eq!((bench.rejected(Reason::UnknownProvider), bench.rejected(Reason::Stale)), (1, 2));
    assert!(written(&bench.end()).1.unwrap().get(&stranger.key()).is_some());
}

#[test]
fn a_reply_to_no_poll_of_ours_makes_nobody_wait() {
    let (mut bench, stranger) = (Bench::new(), Node::new());
    bench.decide(&[]);
    let poll = polls(&bench.begin()).remove(0);
    bench.reply(&stranger.sample(&(poll.0, Hash::of(b"another")), 1));
    assert_eq!((bench.rejected(Reason::WrongPoll), bench.rejected(Reason::UnknownProvider)), (1, 0));
    assert!(written(&bench.end()).1.unwrap().is_empty());
}

#[test]
fn who_is_approved_is_asked_at_once_and_keeps_the_time_it_was_first_seen() {
    let (mut bench, node) = (Bench::after_a_round_of(&[]), Node::new());
    bench.decide(&[]);
    bench.announce(&node, bench.clock.now().wall_ms);
    bench.end();
    bench.clock.advance(Duration::from_secs(5));
    let asked = polls(&bench.decide(&[(&node, Standing::Trusted)]));
    assert_eq!(asked.iter().map(|(poll, _)| poll.to).collect::<Vec<_>>(), [To::One(node.key())]);
    bench.reply(&node.sample(&asked[0], 1));
    bench.begin();
    let acts = bench.end();
    let record = record_of(&acts, node.key());
    assert_eq!(record.sequence, 1);
    assert_eq!(record.first_seen.unwrap().get(), NOW + 60_000);
    assert!(written(&acts).1.is_none_or(|pending| pending.is_empty()));
}

#[test]
fn who_is_revoked_leaves_the_snapshot_and_holds_up_no_round() {
    let (good, bad) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&good, &bad]);
    let poll = polls(&bench.begin()).remove(0);
    bench.reply(&good.sample(&poll, 2));
    // The round waited for it alone.
    let acts = bench.decide(&[(&good, Standing::Trusted), (&bad, Standing::Revoked)]);
    assert!(acts.iter().any(|act| matches!(act, Act::Disconnected(key, _) if *key == bad.key())));
    assert!(acts.iter().any(|act| matches!(act, Act::Closed { answered: 1, present: 1 })));
    assert_eq!(written(&acts).0, [good.key()]);
    bench.reply(&bad.sample(&poll, 2));
    bench.announce(&bad, bench.clock.now().wall_ms);
    assert_eq!(bench.rejected(Reason::Revoked), 2);
    bench.begin();
    assert!(written(&bench.end()).1.is_none_or(|pending| pending.is_empty()), "a revoked key does not ask again");
}

#[test]
fn a_key_that_is_taken_out_of_the_file_waits_again() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    bench.decide(&[]);
    let poll = polls(&bench.begin()).remove(0);
    bench.reply(&node.sample(&poll, 2));
    let (keys, pending) = written(&bench.end());
    assert_eq!((keys, pending.unwrap().len()), (Vec::new(), 1));
}

#[test]
fn records_of_an_earlier_run_that_nobody_trusts_are_not_taken_over() {
    let (trusted, stranger) = (Node::new(), Node::new());
    let clock = ManualClock::at(NOW);
    let records = [&trusted, &stranger].map(|node| (node.key(), Record::unanswered("alpha")));
    let roster = Roster::of(records, Millis::default(), INTERVAL, clock.now());
    let plan = Plan { forget_after: INTERVAL, ..plan() };
    let gathering = Gathering::new(
        Arc::new(Identity::generate().unwrap()),
        Subjects::under(DEFAULT_PREFIX).unwrap(),
        plan,
        admission(&[(&trusted, Standing::Trusted)]),
        Restored { roster, ..Restored::default() },
        Tally::start(Id::random().unwrap(), clock.now()),
    );
    let mut bench = Bench { clock, gathering };
    bench.begin();
    assert_eq!(written(&bench.end()).0, [trusted.key()]);
}

#[test]
fn a_record_says_what_became_of_its_provider_in_the_round() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    let outcome = |acts: &[Act]| record_of(acts, node.key()).outcome.unwrap();

    let poll = polls(&bench.begin()).remove(0);
    bench.reply(&node.sample(&poll, 2));
    // A second sample in one round costs the first nothing.
    bench.reply(&node.sample(&poll, 3));
    bench.clock.advance(INTERVAL);
    let poll = polls(&bench.begin()).remove(0);
    let acts = bench.end();
    assert_eq!(outcome(&acts), RoundOutcome::Missing);
    assert_eq!(record_of(&acts, node.key()).rejected.get("duplicate"), Some(&1));

    bench.reply(&node.sample(&poll, 3));
    bench.clock.advance(INTERVAL);
    bench.begin();
    let large = Rejection::new(Reason::TooLarge, "a reply of 65537 bytes");
    let late_then_too_large = bench.gathering.reject(large, Some(node.key()));
    assert!(matches!(late_then_too_large, Act::Rejected(_)));
    assert_eq!(outcome(&bench.end()), RoundOutcome::TooLarge);

    bench.clock.advance(INTERVAL);
    let poll = polls(&bench.begin()).remove(0);
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: 1, unknown: Unknown };
    let acts = bench.reply(&node.says(&poll, Answer::Refusal(refusal)));
    assert_eq!(outcome(&acts), RoundOutcome::Refused);

    bench.clock.advance(INTERVAL);
    let poll = polls(&bench.begin()).remove(0);
    let Answer::Sample(mut partial) = sample(4) else { panic!("a sample") };
    partial.producers = [("disk", ProducerReport { outcome: Outcome::Trap, ..report() })].into_iter().collect();
    assert_eq!(outcome(&bench.reply(&node.says(&poll, Answer::Sample(partial)))), RoundOutcome::Partial);
    assert_eq!(bench.gathering.tally.partial, 1);

    bench.clock.advance(INTERVAL);
    let late = polls(&bench.begin()).remove(0);
    bench.end();
    bench.clock.advance(Duration::from_millis(1));
    bench.reply(&node.sample(&late, 5));
    let acts = bench.gathering.finish(bench.clock.now());
    assert_eq!(outcome(&acts), RoundOutcome::Late);

    let bye = Bye {
        gatherer: late.0.gatherer,
        instance: node.instance,
        issued_ms: bench.clock.now().wall_ms,
        unknown: Unknown,
    };
    bench.gathering.bye(node.key(), &bye, bench.clock.now());
    let acts = bench.gathering.finish(bench.clock.now());
    assert_eq!(outcome(&acts), RoundOutcome::Gone);
}

fn report() -> ProducerReport {
    ProducerReport {
        outcome: Outcome::Ok,
        message: None,
        age_ms: None,
        pace_ms: None,
        digest: None,
        description: None,
        unknown: Unknown,
    }
}
