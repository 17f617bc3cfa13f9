//! What outlives a restart: the gatherer's, of the records of who is absent; a provider's, of its counters.

use super::*;

#[test]
fn a_clock_that_is_days_ahead_forgets_nobody() {
    let hour = 3_600_000;
    let restored = |silent_ms: u64| Record { timestamp: Millis::new(NOW - silent_ms), ..Record::unanswered("alpha") };
    let (recent, older) = (Node::new(), Node::new());
    let records = [(recent.key(), restored(hour / 4)), (older.key(), restored(hour / 2))];
    let mut bench = Bench::new();
    // The last snapshot was written at NOW; this run's clock says that a week has gone by.
    bench.clock.set_wall_ms(NOW + 7 * 24 * hour);
    bench.gathering = Gathering::new(
        Arc::new(Identity::generate().unwrap()),
        Subjects::under(DEFAULT_PREFIX).unwrap(),
        plan(),
        Admission::new(Enrol::Open, []),
        Restored { roster: Roster::of(records, Millis::new(NOW), INTERVAL, bench.clock.now()), ..Restored::default() },
        Tally::start(Id::random().unwrap(), bench.clock.now()),
    );
    let mut left_after = |minutes: u64| {
        bench.clock.advance(Duration::from_secs(60 * minutes));
        bench.begin();
        written(&bench.tick_to_the_end()).unwrap().len() - 1
    };
    assert_eq!(left_after(0), 2);
    assert_eq!(left_after(29), 2);
    // Half an hour before the snapshot and half an hour in this run.
    assert_eq!(left_after(2), 1);
    assert_eq!(left_after(10), 1);
    assert_eq!(left_after(10), 0);
}

/// What a run of a provider counted, and how long ago its counters were at 0.
fn counted(count: u64, counters_age_ms: u64) -> Answer {
    let Answer::Sample(sample) = sample(1) else { panic!("a sample") };
    let counters = [("a.count", count)].into_iter().collect();
    Answer::Sample(Box::new(Sample { counters, counters_age_ms, ..*sample }))
}

#[test]
fn counters_that_are_lost_start_later_and_those_that_are_kept_do_not() {
    let check = |count: u64, counters_age_ms: u64, expected: u64| {
        let mut node = Node::new();
        // Somebody is always missing, so that each round has its whole time.
        let mut bench = Bench::after_a_round_of(&[&Node::new()]);
        let mut round = |node: &Node, answer: Answer| {
            let poll = polls(&bench.begin()).remove(0);
            bench.reply(&node.says(&poll, answer));
            let record = record_of(&bench.tick_to_the_end(), node.key());
            bench.clock.advance(INTERVAL - DEADLINE);
            record.started_at.unwrap().get()
        };
        // At NOW + 60 s the counters were a minute old.
        assert_eq!(round(&node, counted(100, 60_000)), NOW);
        assert_eq!(round(&node, counted(200, 119_000)), NOW, "one run has one start");
        node.instance = Id::random().unwrap();
        assert_eq!(round(&node, counted(count, counters_age_ms)), expected, "{count} after {counters_age_ms} ms");
    };
    // NOW + 180 s: a new run that starts at 0.
    check(7, 1_000, NOW + 179_000);
    // One that counts on.
    check(200, 180_003, NOW - 3);
    check(250, 179_990, NOW + 10);
    // One that says so, and has lost something: its start is after the last sample, which came at NOW + 120 s.
    check(150, 180_000, NOW + 120_000 - 5);
}

#[test]
fn no_counter_goes_down_while_its_start_stays_whoever_says_so() {
    let node = Node::new();
    let mut bench = Bench::after_a_round_of(&[&Node::new()]);
    let mut round = |count: u64| {
        let poll = polls(&bench.begin()).remove(0);
        bench.reply(&node.says(&poll, counted(count, 60_000)));
        let record = record_of(&bench.tick_to_the_end(), node.key());
        bench.clock.advance(INTERVAL - DEADLINE);
        (record.started_at.unwrap(), record.timestamp)
    };
    let (first, taken) = round(100);
    assert_eq!(round(100).0, first);
    let (later, _) = round(99);
    assert!(later > taken, "within one run");
    assert_eq!(round(99).0, later);
}
