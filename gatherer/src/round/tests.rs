//! Rounds with turned clocks: each fault of the bus and of its nodes, in milliseconds.

mod many;
mod restarts;
mod shards;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::envelope::{Keyring, Raw, Sealed, open, signed_hash};
use statsgrid_wire::message::{
    Announcement, Answer, Bye, Description, Outcome, Poll, ProducerReport, Refusal, RefusalReason, Reply, Sample,
};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Scope, Subjects, To, Topic};
use statsgrid_wire::{Clock, Hash, Id, Identity, ManualClock, Number, PublicKey, Reason, Rejection, Unknown, Verifier};

use super::{Act, Gathering, Plan, Restored, Roster, Tally};
use crate::settings::Enrol;
use crate::snapshot::{Catalogue, Millis, Record, Role, RoundOutcome};
use crate::trust::Admission;

const NOW: u64 = 1_795_358_400_000;
const INTERVAL: Duration = Duration::from_secs(60);
const DEADLINE: Duration = Duration::from_secs(10);

/// A gatherer with a clock that stands.
struct Bench {
    clock: ManualClock,
    gathering: Gathering,
}

/// A provider that says what a test wants.
struct Node {
    identity: Identity,
    instance: Id,
}

fn plan() -> Plan {
    let (interval, deadline, forget_after) = (INTERVAL, DEADLINE, Duration::from_secs(3600));
    Plan { nickname: "gatherer".to_owned(), scope: Scope::All, interval, deadline, forget_after }
}

/// The polls of this file were sealed a line before.
struct Trusting;

impl Keyring for Trusting {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        Ok(Arc::new(topic.signer().verifier().unwrap()))
    }
}

impl Bench {
    fn new() -> Self {
        let clock = ManualClock::at(NOW);
        let gathering = Gathering::new(
            Arc::new(Identity::generate().unwrap()),
            Subjects::under(DEFAULT_PREFIX).unwrap(),
            plan(),
            Admission::new(Enrol::Open, []),
            Restored::default(),
            Tally::start(Id::random().unwrap(), clock.now()),
        );
        Self { clock, gathering }
    }

    /// With one round behind it that these nodes answered.
    fn after_a_round_of(nodes: &[&Node]) -> Self {
        let mut bench = Self::new();
        let polls = polls(&bench.begin());
        for node in nodes {
            bench.reply(&node.sample(&polls[0], 1));
        }
        bench.clock.advance(DEADLINE);
        bench.tick();
        bench.clock.advance(INTERVAL - DEADLINE);
        bench
    }

    fn begin(&mut self) -> Vec<Act> {
        self.gathering.begin_round(self.clock.now()).unwrap()
    }

    fn tick(&mut self) -> Vec<Act> {
        self.gathering.tick(self.clock.now()).unwrap()
    }

    /// The end of the round, by its deadline.
    fn tick_to_the_end(&mut self) -> Vec<Act> {
        self.clock.advance(DEADLINE);
        self.tick()
    }

    fn reply(&mut self, (topic, reply): &(Topic, Reply)) -> Vec<Act> {
        self.gathering.reply(topic, reply.clone(), self.clock.now(), self.clock.now()).unwrap()
    }

    fn rejected(&self, reason: Reason) -> u64 {
        self.gathering.tally.rejected(reason)
    }
}

impl Node {
    fn new() -> Self {
        Self { identity: Identity::generate().unwrap(), instance: Id::random().unwrap() }
    }

    fn key(&self) -> PublicKey {
        self.identity.public_key()
    }

    /// Whom it speaks to was checked when it was opened.
    fn announcement(&self, bench: &Bench) -> Announcement {
        let (gatherer, nickname, issued_ms) = (self.key(), "alpha".to_owned(), bench.clock.now().wall_ms);
        Announcement { gatherer, instance: self.instance, nickname, issued_ms, unknown: Unknown }
    }

    fn sample(&self, poll: &(Poll, Hash), sequence: u64) -> (Topic, Reply) {
        self.says(poll, sample(sequence))
    }

    fn says(&self, (poll, hash): &(Poll, Hash), answer: Answer) -> (Topic, Reply) {
        let topic =
            Topic::Reply { gatherer: poll.gatherer, scope: poll.answered_to(), poll: poll.id, provider: self.key() };
        let nickname = "alpha".to_owned();
        (topic, Reply { poll: *hash, instance: self.instance, nickname, answer, unknown: Unknown })
    }
}

fn sample(sequence: u64) -> Answer {
    Answer::Sample(Box::new(Sample {
        sequence,
        age_ms: 5,
        counters_age_ms: 60_000,
        counters: [("a.count", sequence)].into_iter().collect(),
        stats: [("a.stat", Number::Float(0.2))].into_iter().collect(),
        ..Sample::default()
    }))
}

/// The polls among `acts`, with their hashes.
fn polls(acts: &[Act]) -> Vec<(Poll, Hash)> {
    let sealed = acts.iter().filter_map(|act| match act {
        Act::Publish(sealed) => Some(sealed),
        _ => None,
    });
    sealed.map(read_poll).collect()
}

fn read_poll(sealed: &Sealed) -> (Poll, Hash) {
    let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let raw = Raw::new(&sealed.subject, headers, &sealed.body);
    let opened = open::<Poll>(&raw, &Subjects::under(DEFAULT_PREFIX).unwrap(), &Trusting).unwrap();
    (opened.message, signed_hash::<Poll>(&sealed.body))
}

/// The records that `acts` write.
fn written(acts: &[Act]) -> Option<Vec<(PublicKey, Arc<Record>)>> {
    acts.iter().find_map(|act| match act {
        Act::Write { records, .. } => Some(records.to_vec()),
        _ => None,
    })
}

fn record_of(acts: &[Act], key: PublicKey) -> Arc<Record> {
    written(acts).unwrap().into_iter().find(|(held, _)| *held == key).unwrap().1
}

#[test]
fn a_round_asks_all_under_its_aligned_name_and_writes_once() {
    let mut bench = Bench::new();
    bench.clock.advance(Duration::from_millis(1_500));
    let node = Node::new();
    let polls = polls(&bench.begin());
    assert_eq!((polls.len(), polls[0].0.to, polls[0].0.round), (1, To::All, NOW));
    let acts = bench.reply(&node.sample(&polls[0], 1));
    // The first round runs to its deadline, for others may be there.
    assert!(written(&acts).is_none());
    bench.clock.advance(DEADLINE);
    let acts = bench.tick();
    let record = record_of(&acts, node.key());
    // The sample was 5 ms old when it came.
    assert_eq!((record.timestamp.get(), record.round, record.sequence), (NOW + 1_495, NOW, 1));
    assert_eq!(record.started_at.unwrap().get(), NOW + 1_500 - 60_000);
    assert_eq!(record.stats.stats.get("a.stat"), Some(&Number::Float(0.2)));
    let gatherer = record_of(&acts, polls[0].0.gatherer);
    assert_eq!((gatherer.role, gatherer.stats.counters.get("statsgrid.replies")), (Role::Gatherer, Some(&1)));
}

#[test]
fn a_later_round_ends_when_all_have_answered() {
    let (a, b) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&a, &b]);
    let polls = polls(&bench.begin());
    assert!(written(&bench.reply(&a.sample(&polls[0], 2))).is_none());
    assert!(written(&bench.reply(&b.sample(&polls[0], 2))).is_some());
    assert!(bench.gathering.next_tick().is_none());
}

#[test]
fn who_is_missing_is_asked_again_and_its_answer_is_no_duplicate() {
    let (a, b) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&a, &b]);
    let first = polls(&bench.begin());
    bench.reply(&a.sample(&first[0], 2));
    bench.clock.advance(DEADLINE / 2);
    let again = polls(&bench.tick());
    assert_eq!((again.len(), again[0].0.to, again[0].0.round), (1, To::One(b.key()), first[0].0.round));
    // Both of its answers come, with the same sample.
    assert!(written(&bench.reply(&b.sample(&again[0], 2))).is_some());
    bench.reply(&b.sample(&first[0], 2));
    assert_eq!(bench.rejected(Reason::Duplicate), 0);
    // The same reply once more, and another sample of the round.
    bench.reply(&b.sample(&first[0], 2));
    assert_eq!(bench.rejected(Reason::Duplicate), 1);
}

#[test]
fn a_second_sample_in_one_round_is_a_duplicate() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node, &Node::new()]);
    let first = polls(&bench.begin());
    bench.clock.advance(DEADLINE / 2);
    let again = polls(&bench.tick());
    let again = again.iter().find(|(poll, _)| poll.to == To::One(node.key())).unwrap();
    bench.reply(&node.sample(&first[0], 2));
    bench.reply(&node.sample(again, 3));
    assert_eq!(bench.rejected(Reason::Duplicate), 1);
    bench.clock.advance(DEADLINE);
    assert_eq!(record_of(&bench.tick(), node.key()).sequence, 2);
}

#[test]
fn a_late_reply_is_counted_and_never_put_over_a_newer_one() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    let old = polls(&bench.begin());
    bench.clock.advance(DEADLINE);
    bench.tick();
    bench.clock.advance(INTERVAL - DEADLINE);
    let new = polls(&bench.begin());
    let acts = bench.reply(&node.sample(&new[0], 3));
    assert_eq!(record_of(&acts, node.key()).sequence, 3);
    bench.reply(&node.sample(&old[0], 2));
    assert_eq!(bench.gathering.tally.late, 1);
    bench.clock.advance(INTERVAL);
    bench.begin();
    bench.clock.advance(DEADLINE);
    assert_eq!(record_of(&bench.tick(), node.key()).sequence, 3);
}

#[test]
fn replies_to_no_poll_of_ours_are_rejected() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    let poll = polls(&bench.begin()).remove(0);
    let check = |bench: &mut Bench, poll: (Poll, Hash), expected: u64| {
        bench.reply(&node.sample(&poll, 2));
        assert_eq!(bench.rejected(Reason::WrongPoll), expected);
    };
    check(&mut bench, (Poll { id: Id::random().unwrap(), ..poll.0.clone() }, poll.1), 1);
    check(&mut bench, (poll.0.clone(), Hash::of(b"another poll")), 2);
    // A poll to one, answered by another.
    bench.clock.advance(DEADLINE / 2);
    let to_node = polls(&bench.tick()).remove(0);
    bench.reply(&Node::new().sample(&to_node, 1));
    assert_eq!(bench.rejected(Reason::WrongPoll), 3);
    check(&mut bench, poll, 3);
}

#[test]
fn a_refusal_is_an_answer_without_stats() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    let polls = polls(&bench.begin());
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000, unknown: Unknown };
    let acts = bench.reply(&node.says(&polls[0], Answer::Refusal(refusal)));
    let record = record_of(&acts, node.key());
    assert_eq!(record.refused.unwrap().clock_ahead_ms, -86_400_000);
    assert_eq!(record.sequence, 1, "its last stats stay");
}

#[test]
fn a_refusal_that_comes_late_is_not_put_over_a_newer_sample() {
    let (node, other) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&node, &other]);
    let before = polls(&bench.begin()).remove(0);
    bench.clock.advance(INTERVAL);
    let now = polls(&bench.begin()).remove(0);
    bench.reply(&node.sample(&now, 2));
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: 90_000, unknown: Unknown };
    bench.reply(&node.says(&before, Answer::Refusal(refusal)));
    let record = record_of(&bench.tick_to_the_end(), node.key());
    assert_eq!((record.refused, record.outcome), (None, Some(RoundOutcome::Ok)));
}

#[test]
fn who_announces_itself_is_asked_at_once_and_old_announcements_are_stale() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[]);
    let said = Announcement {
        gatherer: polls(&bench.begin())[0].0.gatherer,
        instance: node.instance,
        nickname: "alpha".to_owned(),
        issued_ms: bench.clock.now().wall_ms,
        unknown: Unknown,
    };
    let announce = |bench: &mut Bench, later_ms: u64| {
        let now = bench.clock.now();
        let said = Announcement { issued_ms: said.issued_ms + later_ms, ..said.clone() };
        bench.gathering.announce(node.key(), &said, now).unwrap()
    };
    let acts = announce(&mut bench, 0);
    assert!(matches!(acts[0], Act::Connected(key, _) if key == node.key()));
    assert_eq!(polls(&acts)[0].0.to, To::One(node.key()));
    assert!(polls(&announce(&mut bench, 1)).is_empty(), "asked twice within a second");
    announce(&mut bench, 1);
    assert_eq!(bench.rejected(Reason::Stale), 1, "a replay");
    bench.clock.advance(Duration::from_secs(61));
    announce(&mut bench, 2);
    assert_eq!(bench.rejected(Reason::Stale), 2, "too old");
}

/// It may be taken over: what it costs is bounded, in polls as in the journal.
#[test]
fn who_announces_a_new_run_each_second_is_asked_a_few_times_a_round() {
    let (node, honest) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&node, &honest]);
    let begun = bench.begin();
    let gatherer = polls(&begun)[0].0.gatherer;
    let (mut asked, mut accepted) = (0, 0);
    for second in 0..59 {
        bench.clock.advance(Duration::from_secs(1));
        bench.tick();
        let run = Node { identity: Identity::from_seed(&node.identity.seed().unwrap()).unwrap(), ..Node::new() };
        let (nickname, issued_ms) = ("alpha".to_owned(), bench.clock.now().wall_ms);
        let said = Announcement { gatherer, instance: run.instance, nickname, issued_ms, unknown: Unknown };
        for poll in polls(&bench.gathering.announce(node.key(), &said, bench.clock.now()).unwrap()) {
            asked += 1;
            let acts = bench.reply(&run.sample(&poll, second));
            accepted += acts.iter().filter(|act| matches!(act, Act::Accepted { .. })).count();
        }
    }
    assert_eq!((asked, accepted, bench.gathering.tally.announced_too_often), (3, 3, 56));
    // The next round begins anew.
    bench.clock.advance(Duration::from_secs(1));
    bench.begin();
    bench.clock.advance(Duration::from_secs(1));
    let (nickname, issued_ms) = ("alpha".to_owned(), bench.clock.now().wall_ms);
    let said = Announcement { gatherer, instance: node.instance, nickname, issued_ms, unknown: Unknown };
    assert_eq!(polls(&bench.gathering.announce(node.key(), &said, bench.clock.now()).unwrap()).len(), 1);
}

#[test]
fn a_goodbye_counts_for_the_current_run_alone_and_the_record_stays() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    let gatherer = polls(&bench.begin())[0].0.gatherer;
    let bye = |instance, issued_ms| Bye { gatherer, instance, issued_ms, unknown: Unknown };
    let now = bench.clock.now();
    let of_another_run = bye(Id::random().unwrap(), now.wall_ms - 1);
    assert!(bench.gathering.bye(node.key(), &of_another_run, now).is_empty());
    let acts = bench.gathering.bye(node.key(), &bye(node.instance, now.wall_ms), now);
    assert!(matches!(acts[0], Act::Disconnected(key, _) if key == node.key()));
    assert_eq!(record_of(&acts, node.key()).sequence, 1);
}

#[test]
fn who_misses_rounds_leaves_and_is_forgotten_in_the_end() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node]);
    let mut left = 0;
    for _ in 0..crate::limits::MISSES {
        bench.begin();
        bench.clock.advance(DEADLINE);
        let acts = bench.tick();
        left += acts.iter().filter(|act| matches!(act, Act::Disconnected(..))).count();
        assert_eq!(record_of(&acts, node.key()).sequence, 1);
        bench.clock.advance(INTERVAL - DEADLINE);
    }
    assert_eq!(left, 1);
    bench.clock.advance(Duration::from_secs(3600));
    bench.begin();
    bench.clock.advance(DEADLINE);
    assert_eq!(written(&bench.tick()).unwrap().len(), 1, "only the gatherer's own record is left");
}

#[test]
fn an_unknown_description_is_asked_for_and_only_what_describes_is_taken() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node, &Node::new()]);
    let poll = polls(&bench.begin()).remove(0);
    let (text, hash) = Description { version: "1".to_owned(), ..Description::default() }.to_text().unwrap();
    let report = ProducerReport {
        outcome: Outcome::Ok,
        message: None,
        age_ms: Some(0),
        pace_ms: None,
        digest: None,
        description: Some(hash),
        unknown: Unknown,
    };
    let with = |descriptions: Vec<String>| {
        let Answer::Sample(sample) = sample(2) else { panic!("a sample") };
        let producers = [("a", report.clone())].into_iter().collect();
        Answer::Sample(Box::new(Sample { producers, descriptions, ..*sample }))
    };
    let acts = bench.reply(&node.says(&poll, with(Vec::new())));
    let asked = polls(&acts);
    assert_eq!((asked[0].0.to, asked[0].0.describe.as_slice()), (To::One(node.key()), [hash].as_slice()));
    let (others_text, _) = Description { version: "2".to_owned(), ..Description::default() }.to_text().unwrap();
    bench.reply(&node.says(&asked[0], with(vec![others_text, text])));
    bench.clock.advance(DEADLINE);
    let acts = bench.tick();
    let catalogue = acts.iter().find_map(|act| match act {
        Act::Write { catalogue, .. } => catalogue.as_deref(),
        _ => None,
    });
    assert_eq!(catalogue.map(Catalogue::len), Some(1));
    assert_eq!(catalogue.unwrap().get(&hash).unwrap().version, "1");
}

#[test]
fn the_gatherers_record_says_how_far_apart_rounds_are_and_when_a_trouble_last_grew() {
    let mut bench = Bench::after_a_round_of(&[]);
    let gatherer = polls(&bench.begin())[0].0.gatherer;
    let stat = |record: &Record, name: &str| record.stats.stats.get(name).copied();
    let own = record_of(&bench.tick_to_the_end(), gatherer);
    assert_eq!(stat(&own, super::INTERVAL_STAT), Some(Number::Float(60.0)));
    let at = super::troubled_at("write_errors");
    assert_eq!(stat(&own, &at), None);
    bench.gathering.tally.write_errors += 1;
    let [(first, ended), (second, _)] = [(); 2].map(|()| {
        bench.clock.advance(INTERVAL);
        bench.begin();
        let own = record_of(&bench.tick_to_the_end(), gatherer);
        (stat(&own, &at).unwrap().as_f64() * 1000.0, own.timestamp.get())
    });
    assert_eq!((first, second), ((ended - ended % 1000) as f64, first), "the next round found nothing new");
}

#[test]
fn a_clock_that_is_set_back_names_no_round_twice() {
    let mut bench = Bench::new();
    let first = polls(&bench.begin())[0].0.round;
    bench.clock.advance(DEADLINE);
    bench.tick();
    bench.clock.set_wall_ms(NOW - 3_600_000);
    let second = polls(&bench.begin())[0].0.round;
    assert!(second > first);
}

#[test]
fn rounds_are_aligned_and_a_start_within_the_deadline_is_skipped() {
    let bench = Bench::new();
    let until = |bench: &Bench| bench.gathering.until_next_round(bench.clock.now());
    assert_eq!(until(&bench), Duration::from_secs(60));
    bench.clock.advance(Duration::from_secs(49));
    assert_eq!(until(&bench), Duration::from_secs(11));
    bench.clock.advance(Duration::from_millis(10_998));
    assert_eq!(until(&bench), Duration::from_millis(60_002));
}

#[test]
fn a_provider_that_names_fresh_descriptions_is_asked_once_a_round() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&node, &Node::new()]);
    let mut poll = polls(&bench.begin()).remove(0);
    let mut asked = 0;
    for sequence in 2..10 {
        let Answer::Sample(sample) = sample(2) else { panic!("a sample") };
        let report = ProducerReport {
            outcome: Outcome::Ok,
            message: None,
            age_ms: Some(0),
            pace_ms: None,
            digest: None,
            description: Some(Hash::of(&[sequence])),
            unknown: Unknown,
        };
        let producers = [("a", report)].into_iter().collect();
        let answer = Answer::Sample(Box::new(Sample { producers, ..*sample }));
        let more = polls(&bench.reply(&node.says(&poll, answer)));
        asked += more.len();
        if let Some(next) = more.into_iter().next() {
            poll = next;
        }
    }
    assert_eq!(asked, 1);
}

#[test]
fn an_old_poll_that_is_answered_late_takes_no_round_away() {
    let (late, honest) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&late, &honest]);
    let old = polls(&bench.begin()).remove(0);
    bench.clock.advance(INTERVAL);
    let new = polls(&bench.begin()).remove(0);
    bench.reply(&late.sample(&old, 2));
    bench.reply(&late.sample(&new, 3));
    bench.reply(&honest.sample(&new, 2));
    assert_eq!(bench.rejected(Reason::WrongPoll), 0);
    assert_eq!(bench.gathering.tally.late, 1);
}

#[test]
fn what_came_between_two_rounds_is_written_at_the_end() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[]);
    let now = bench.clock.now();
    assert!(bench.gathering.finish(now).is_empty(), "nothing came since the last write");
    let said = Announcement {
        gatherer: polls(&bench.begin())[0].0.gatherer,
        instance: node.instance,
        nickname: "alpha".to_owned(),
        issued_ms: now.wall_ms,
        unknown: Unknown,
    };
    bench.clock.advance(DEADLINE);
    bench.tick();
    let acts = bench.gathering.announce(node.key(), &said, bench.clock.now()).unwrap();
    bench.reply(&node.sample(&polls(&acts)[0], 1));
    let now = bench.clock.now();
    assert_eq!(record_of(&bench.gathering.finish(now), node.key()).sequence, 1);
}

#[test]
fn a_round_of_a_wrong_clock_in_the_last_snapshot_holds_up_nothing() {
    let node = Node::new();
    let mut bench = Bench::new();
    let future = Record { round: NOW + 86_400_000, ..Record::unanswered("alpha") };
    bench.gathering = Gathering::new(
        Arc::new(Identity::generate().unwrap()),
        Subjects::under(DEFAULT_PREFIX).unwrap(),
        Plan { forget_after: INTERVAL * 100, ..plan() },
        Admission::new(Enrol::Open, []),
        Restored {
            roster: Roster::of([(node.key(), future)], Millis::default(), INTERVAL, bench.clock.now()),
            ..Restored::default()
        },
        Tally::start(Id::random().unwrap(), bench.clock.now()),
    );
    let poll = polls(&bench.begin()).remove(0);
    bench.reply(&node.sample(&poll, 1));
    bench.clock.advance(DEADLINE);
    assert_eq!(record_of(&bench.tick(), node.key()).round, NOW);
}

/// What goes into the journal: each new sample and each refusal, late or not, and nothing twice.
#[test]
fn what_is_accepted_is_said_once() {
    let (a, b) = (Node::new(), Node::new());
    let mut bench = Bench::after_a_round_of(&[&a, &b]);
    let first = polls(&bench.begin()).remove(0);
    let accepted = |acts: &[Act]| -> Vec<bool> {
        let late = |act: &Act| if let Act::Accepted { late } = act { Some(*late) } else { None };
        acts.iter().filter_map(late).collect()
    };
    assert_eq!(accepted(&bench.reply(&a.sample(&first, 2))), [false]);
    assert!(accepted(&bench.reply(&a.sample(&first, 2))).is_empty(), "it is a duplicate");
    bench.clock.advance(DEADLINE / 2);
    let again = polls(&bench.tick()).remove(0);
    assert_eq!(accepted(&bench.reply(&b.sample(&again, 2))), [false]);
    assert!(accepted(&bench.reply(&b.sample(&first, 2))).is_empty(), "it is the same sample");
    bench.clock.advance(INTERVAL - DEADLINE / 2);
    let second = polls(&bench.begin()).remove(0);
    bench.clock.advance(INTERVAL);
    let third = polls(&bench.begin()).remove(0);
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: 90_000, unknown: Unknown };
    assert_eq!(accepted(&bench.reply(&a.says(&third, Answer::Refusal(refusal)))), [false]);
    assert_eq!(accepted(&bench.reply(&a.sample(&second, 3))), [true]);
    let stranger = (third.0, Hash::of(b"another poll"));
    assert!(accepted(&bench.reply(&b.sample(&stranger, 3))).is_empty());
}
