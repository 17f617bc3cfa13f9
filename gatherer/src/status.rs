//! What is wrong with a gathering, one line a problem: for cron, for scripts and for people who look once a day.
//!
//! All of it comes from the files that a gatherer writes, so it works when the gatherer does not. Time is passed in.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{PublicKey, one_line};

use crate::limits::{CLOCK_SET_BACK, INTERVAL_LEAST, INTERVAL_MOST, ROUNDS_STOPPED, SHOWN_LINE_BYTES, TROUBLES_SAID};
use crate::round::{INTERVAL_STAT, troubled_at};
use crate::settings::Enrol;
use crate::show::problems::refusal;
use crate::show::words::span;
use crate::snapshot::label::harmless;
use crate::snapshot::{Record, Role, RoundOutcome, Snapshot};
use crate::trust::{Admission, Pending, TrustFile};

/// A gathering as its files show it.
#[derive(Clone, Copy, Debug)]
pub struct Gathered<'a> {
    /// The last records.
    pub snapshot: &'a Snapshot,
    /// The keys that people trust.
    pub trust: &'a TrustFile,
    /// The keys that wait.
    pub pending: &'a Pending,
    /// Between two rounds, where the gatherer's record does not say.
    pub interval: Duration,
    /// Now, in ms since 1970.
    pub now_ms: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub kind: Kind,
    /// Whom it is about: a nickname and a key.
    pub who: String,
    /// More, in words.
    pub what: String,
}

/// Kinds of problems, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No rounds end any more, so nothing else here is of now.
    Stopped,
    /// A provider that people trust, or that is in the snapshot, does not answer.
    Missing,
    /// It answers without stats.
    Refused,
    /// What it sends is too large to be taken.
    TooLarge,
    /// It answers after the deadline.
    Late,
    /// One of its producers is not fine.
    Producer,
    /// The gatherer itself could not do what it should.
    Gatherer,
    /// A key waits for a decision.
    Pending,
}

impl Kind {
    /// Whether values are missing by it that somebody waits for.
    pub fn is_loss(self) -> bool {
        matches!(self, Self::Stopped | Self::Missing | Self::Refused | Self::TooLarge)
    }
}

/// All problems, the worst first.
pub fn problems(gathered: &Gathered<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, record) in &gathered.snapshot.records {
        match record.role {
            Role::Gatherer => problems.extend(of_gatherer(*key, record, gathered)),
            Role::Provider => problems.extend(of_provider(*key, record, gathered)),
        }
    }
    if !gathered.snapshot.records.values().any(|record| record.role == Role::Gatherer) {
        let what = "the snapshot holds no record of a gatherer: none has ended a round".to_owned();
        problems.push(Problem { kind: Kind::Stopped, who: "the gatherer".to_owned(), what });
    }
    // By the whole file: a key that one line trusts and another revokes is missed by nobody.
    let admission = Admission::new(Enrol::Approve, gathered.trust.standings());
    let trusted = gathered.trust.entries().filter(|entry| admission.accepts(&entry.key));
    let mut said = BTreeSet::new();
    let mut unheard = |key: &PublicKey| !gathered.snapshot.records.contains_key(key) && said.insert(*key);
    for entry in trusted.filter(|entry| unheard(&entry.key)) {
        let remark = one_line(&entry.remark, SHOWN_LINE_BYTES);
        problems.push(Problem {
            kind: Kind::Missing,
            who: who(&remark, entry.key),
            what: "trusted, and never heard".to_owned(),
        });
    }
    for (key, applicant) in gathered.pending.iter() {
        let what = format!("waits for a decision: stats-gatherer approve {key}, or revoke {key}");
        problems.push(Problem { kind: Kind::Pending, who: who(&applicant.nickname, *key), what });
    }
    problems.sort_by_key(|problem| problem.kind);
    problems
}

fn of_gatherer(key: PublicKey, record: &Record, gathered: &Gathered<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |kind, what| problems.push(Problem { kind, who: who(&record.nickname, key), what });
    let since = Duration::from_millis(gathered.now_ms.saturating_sub(record.timestamp.get()));
    // A round may take all of its interval, and so may the write.
    if since > interval(record).unwrap_or(gathered.interval) * ROUNDS_STOPPED {
        say(Kind::Stopped, format!("the last round ended {} ago", span(since)));
    }
    let ahead = Duration::from_millis(record.timestamp.get().saturating_sub(gathered.now_ms));
    if ahead > CLOCK_SET_BACK {
        // Nobody can tell then whether it still runs.
        say(Kind::Stopped, format!("by this clock the last round ends in {}: the clock was wrong, or is", span(ahead)));
    }
    for trouble in troubles(record, gathered.now_ms) {
        say(Kind::Gatherer, format!("{trouble}; its log says more"));
    }
    problems
}

/// What a gatherer could not do as it should, of late, each in a few words.
pub(crate) fn troubles(record: &Record, now_ms: u64) -> Vec<String> {
    let troubles = [
        ("write_errors", "writes failed"),
        ("journal_lost", "accepted replies are not in the journal"),
        ("messages_lost", "times messages were lost on the way in"),
        ("trust_errors", "times the trust file was not all understood"),
        ("pending_refused", "messages of unknown keys found no place to wait"),
    ];
    let said = |(name, words): (&str, &str)| {
        let count = record.stats.counters.get(&format!("statsgrid.{name}")).copied().unwrap_or_default();
        let last = number(record, &troubled_at(name)).and_then(|at| Duration::try_from_secs_f64(at).ok());
        let ago = last.map(|last| Duration::from_millis(now_ms).saturating_sub(last));
        let is_new = count > 0 && ago.is_none_or(|ago| ago < TROUBLES_SAID);
        let ago = ago.map(|ago| format!(", the last {} ago", span(ago))).unwrap_or_default();
        is_new.then(|| format!("{count} {words} since its start{ago}"))
    };
    troubles.into_iter().filter_map(said).collect()
}

/// How far apart its rounds are: whatever flags it runs with, and whoever asks.
fn interval(record: &Record) -> Option<Duration> {
    let seconds = number(record, INTERVAL_STAT)?;
    Duration::try_from_secs_f64(seconds).ok().map(|interval| interval.clamp(INTERVAL_LEAST, INTERVAL_MOST))
}

fn number(record: &Record, stat: &str) -> Option<f64> {
    record.stats.stats.get(stat).map(|number| number.as_f64())
}

fn of_provider(key: PublicKey, record: &Record, gathered: &Gathered<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |kind, what| problems.push(Problem { kind, who: who(&record.nickname, key), what });
    let last = match record.timestamp.get() {
        0 => "never answered".to_owned(),
        at => format!("its last sample is {} old", span(Duration::from_millis(gathered.now_ms.saturating_sub(at)))),
    };
    // One that refused and then was silent, as it is within a minute, has told why it gives no stats.
    let last = record.refused.map(|refused| format!("{}; {last}", refusal(refused))).unwrap_or(last);
    match record.outcome {
        Some(RoundOutcome::Missing) => say(Kind::Missing, format!("did not answer; {last}")),
        Some(RoundOutcome::Gone) => say(Kind::Missing, format!("is gone; {last}")),
        Some(RoundOutcome::TooLarge) => say(Kind::TooLarge, format!("what it sends is too large; {last}")),
        Some(RoundOutcome::Late) => say(Kind::Late, "answered after the deadline".to_owned()),
        Some(RoundOutcome::Refused) => say(Kind::Refused, last),
        Some(RoundOutcome::Ok | RoundOutcome::Partial | RoundOutcome::Unknown) | None => {}
    }
    for (name, producer) in record.producers.iter().filter(|(_, producer)| producer.outcome != Outcome::Ok) {
        let message = producer.message.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
        say(Kind::Producer, format!("{name} {}{message}", producer.outcome.label()));
    }
    problems
}

fn who(name: &str, key: PublicKey) -> String {
    if name.is_empty() { key.to_string() } else { format!("{} {key}", harmless(name)) }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.kind, self.who, harmless(&self.what))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "stopped",
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::TooLarge => "too large",
            Self::Late => "late",
            Self::Producer => "producer",
            Self::Gatherer => "gatherer",
            Self::Pending => "pending",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Millis, ProducerRecord, Refused, Stats};
    use crate::trust::Heard;
    use statsgrid_wire::message::RefusalReason;
    use statsgrid_wire::{Clock, Identity, ManualClock, Number};

    const NOW: u64 = 1_795_358_400_000;

    fn key() -> PublicKey {
        Identity::generate().unwrap().public_key()
    }

    fn provider(outcome: RoundOutcome) -> Record {
        Record { timestamp: Millis::new(NOW - 90_000), outcome: Some(outcome), ..Record::unanswered("alpha") }
    }

    fn gatherer(age_ms: u64, counters: &[(&str, u64)]) -> Record {
        let counters = counters.iter().map(|(name, count)| (format!("statsgrid.{name}"), *count)).collect();
        Record {
            timestamp: Millis::new(NOW - age_ms),
            role: Role::Gatherer,
            stats: Stats { counters, ..Stats::default() },
            ..Record::unanswered("gatherer")
        }
    }

    /// The lines of these records, without keys.
    fn lines(records: Vec<Record>, trust: &str, pending: &Pending) -> Vec<String> {
        let snapshot = Snapshot { records: records.into_iter().map(|record| (key(), record)).collect() };
        let (trust, _) = TrustFile::parse(trust);
        let interval = Duration::from_secs(60);
        let gathered = Gathered { snapshot: &snapshot, trust: &trust, pending, interval, now_ms: NOW };
        let keyless = |problem: &Problem| {
            problem.to_string().split(' ').filter(|word| !word.starts_with('U')).collect::<Vec<_>>().join(" ")
        };
        problems(&gathered).iter().map(keyless).collect()
    }

    #[test]
    fn a_gathering_that_is_well_has_no_line() {
        let records = vec![gatherer(60_000, &[("write_errors", 0)]), provider(RoundOutcome::Ok)];
        assert_eq!(lines(records, "", &Pending::default()), [""; 0]);
    }

    #[test]
    fn each_outcome_has_its_line() {
        let check = |record: Record, expected: &str| {
            let lines = lines(vec![gatherer(0, &[]), record], "", &Pending::default());
            assert_eq!(lines, [expected]);
        };
        check(provider(RoundOutcome::Missing), "missing: alpha did not answer; its last sample is 90 s old");
        check(provider(RoundOutcome::Gone), "missing: alpha is gone; its last sample is 90 s old");
        check(
            provider(RoundOutcome::TooLarge),
            "too large: alpha what it sends is too large; its last sample is 90 s old",
        );
        check(provider(RoundOutcome::Late), "late: alpha answered after the deadline");
        let refused = Some(Refused { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000 });
        let off = Record { refused, ..provider(RoundOutcome::Refused) };
        check(off, "refused: alpha its clock is 24 h behind the gatherer's; its last sample is 90 s old");
        let failed = ProducerRecord {
            outcome: Outcome::Trap,
            message: Some("unreachable\u{1b}[2J".to_owned()),
            taken_at: None,
            pace: None,
            digest: None,
            description: None,
        };
        let partial = Record { producers: [("disk", failed)].into_iter().collect(), ..provider(RoundOutcome::Partial) };
        check(partial, &format!("producer: alpha disk trap: {}", harmless("unreachable\u{1b}[2J")));
    }

    #[test]
    fn the_gatherers_own_troubles_and_its_end_come_with_the_rest() {
        assert_eq!(
            lines(vec![], "", &Pending::default()),
            ["stopped: the gatherer: the snapshot holds no record of a gatherer: none has ended a round"]
        );
        assert_eq!(
            lines(vec![gatherer(600_000, &[("write_errors", 2)])], "", &Pending::default()),
            [
                "stopped: gatherer the last round ended 10 min ago",
                "gatherer: gatherer 2 writes failed since its start; its log says more"
            ]
        );
    }

    #[test]
    fn the_gatherers_own_troubles_are_told_with_their_last_time_and_for_a_day() {
        let of = |ago: u64| {
            let at = Number::Integer((NOW / 1000 - ago).cast_signed());
            let mut record = gatherer(0, &[("write_errors", 2)]);
            record.stats.stats = [(troubled_at("write_errors"), at)].into_iter().collect();
            lines(vec![record], "", &Pending::default())
        };
        assert_eq!(
            of(300),
            ["gatherer: gatherer 2 writes failed since its start, the last 5 min ago; its log says more"]
        );
        assert_eq!(of(86_401), [""; 0]);
    }

    #[test]
    fn a_gatherer_has_stopped_when_its_own_interval_has_passed_three_times() {
        let of = |seconds: Option<f64>, age_ms| {
            let stats = seconds.map(|seconds| (INTERVAL_STAT, Number::Float(seconds))).into_iter().collect();
            let stopped = Record { stats: Stats { stats, ..Stats::default() }, ..gatherer(age_ms, &[]) };
            lines(vec![stopped], "", &Pending::default())
        };
        let stopped = |age| vec![format!("stopped: gatherer the last round ended {age} ago")];
        assert_eq!(of(Some(600.0), 1_700_000), [""; 0]);
        assert_eq!(of(Some(600.0), 1_900_000), stopped("31 min"));
        assert_eq!(of(Some(2.0), 8_000), stopped("8 s"));
        // One that wrote it before it said so, or that says nonsense.
        assert_eq!(of(None, 170_000), [""; 0]);
        assert_eq!(of(Some(-1.0), 200_000), stopped("3 min"));
    }

    #[test]
    fn a_round_of_a_time_to_come_says_nothing_of_now() {
        let ahead = |ms: u64| Record { timestamp: Millis::new(NOW + ms), ..gatherer(0, &[]) };
        assert_eq!(lines(vec![ahead(60_000)], "", &Pending::default()), [""; 0]);
        assert_eq!(
            lines(vec![ahead(7_200_000)], "", &Pending::default()),
            ["stopped: gatherer by this clock the last round ends in 2 h: the clock was wrong, or is"]
        );
    }

    #[test]
    fn a_key_of_several_lines_is_missed_once_and_one_that_is_revoked_too_by_nobody() {
        let (twice, both) = (key(), key());
        let trust = format!("{twice} trusted # gamma\n{twice} trusted\n{both} trusted\n{both} revoked\n");
        assert_eq!(
            lines(vec![gatherer(0, &[])], &trust, &Pending::default()),
            ["missing: gamma trusted, and never heard"]
        );
    }

    #[test]
    fn trusted_keys_that_were_never_heard_and_keys_that_wait_are_named() {
        let mut pending = Pending::default();
        pending.hear(key(), "beta", Heard::Reply, ManualClock::at(NOW).now()).unwrap();
        let trust = format!("{} trusted # gamma, approved today\n{} revoked # delta\n", key(), key());
        assert_eq!(
            lines(vec![gatherer(0, &[])], &trust, &pending),
            [
                "missing: gamma, approved today trusted, and never heard",
                "pending: beta waits for a decision: stats-gatherer approve or revoke"
            ]
        );
    }
}
