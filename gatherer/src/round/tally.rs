//! The gatherer's own counters and stats: a record of the snapshot like any other, with the role `gatherer`.

use std::collections::BTreeMap;
use std::time::Duration;

use statsgrid_wire::subject::Shard;
use statsgrid_wire::{Id, Moment, Number, Reason};

use super::gathering::Plan;
use crate::snapshot::{Millis, Record, Role, SCHEMA, Stats};

/// Under which name its record says how far apart rounds are, so that who reads it knows how old it may be.
pub const INTERVAL_STAT: &str = "statsgrid.interval_seconds";

/// Which shard the gatherer asks, from 1; none where it asks all.
pub const SHARD_STAT: &str = "statsgrid.shard";

/// Of how many.
pub const SHARDS_STAT: &str = "statsgrid.shards";

/// Which shard the gatherer of this record asks, if it is one.
pub fn shard_of(own: &Record) -> Option<Shard> {
    let number = |name: &str| match own.stats.stats.get(name) {
        Some(Number::Integer(number)) => u32::try_from(*number).ok(),
        _ => None,
    };
    Shard::new(number(SHARD_STAT)?, number(SHARDS_STAT)?)
}

/// Counters of what a gatherer could not do as it should. When one last grew stands beside it, under [`troubled_at`].
const TROUBLES: [&str; 5] = ["write_errors", "journal_lost", "messages_lost", "trust_errors", "pending_refused"];

/// Under which name its record says when this counter was last found grown: seconds since 1970, at the end of a round.
pub fn troubled_at(counter: &str) -> String {
    format!("statsgrid.troubled_at.{counter}")
}

/// What the gatherer counts of itself.
#[derive(Clone, Debug)]
pub struct Tally {
    instance: Id,
    started: Moment,
    sequence: u64,
    rejected: BTreeMap<Reason, u64>,
    /// Counts of troubles at the end of a round, and when each was found grown.
    troubles: BTreeMap<&'static str, (u64, u64)>,
    /// Rounds that were closed.
    pub rounds: u64,
    /// Replies that gave a record.
    pub replies: u64,
    /// Honest replies after their poll's deadline.
    pub late: u64,
    /// Replies in time of which some producer was not fine.
    pub partial: u64,
    /// Providers that a round was closed without, added up.
    pub missing: u64,
    /// Directed polls to those.
    pub asked_again: u64,
    /// Announcements of providers that had been asked often enough in the round.
    pub announced_too_often: u64,
    /// Polls that were not sent, for the bus was away.
    pub unsent: u64,
    /// Replies that said why there are no stats.
    pub refusals: u64,
    /// Times that messages were lost on the way in.
    pub lost: u64,
    /// Keys that ask to be let in and found no place to wait.
    pub pending_refused: u64,
    /// Times that the trust file could not be read, or held lines that are none.
    pub trust_errors: u64,
    /// Snapshots that could not be written.
    pub write_errors: u64,
    /// Accepted replies that are not in the journal.
    pub journal_lost: u64,
    /// Times that the journal could not be written, synced or rotated.
    pub journal_errors: u64,
    /// How long the last round took.
    pub round_time: Duration,
    /// How long the last write took.
    pub write_time: Duration,
}

/// How many there are, at the end of a round.
#[derive(Clone, Copy, Debug)]
pub struct Census {
    /// Providers that were waited for.
    pub present: usize,
    /// Of these, that answered.
    pub answered: usize,
    /// Keys that nobody has decided on.
    pub pending: usize,
    /// Keys that people trust by name.
    pub trusted: usize,
}

impl Tally {
    /// Starts at 0.
    pub fn start(instance: Id, now: Moment) -> Self {
        Self {
            instance,
            started: now,
            sequence: 0,
            rejected: Reason::ALL.into_iter().map(|reason| (reason, 0)).collect(),
            troubles: BTreeMap::new(),
            rounds: 0,
            replies: 0,
            late: 0,
            partial: 0,
            missing: 0,
            asked_again: 0,
            announced_too_often: 0,
            unsent: 0,
            refusals: 0,
            lost: 0,
            pending_refused: 0,
            trust_errors: 0,
            write_errors: 0,
            journal_lost: 0,
            journal_errors: 0,
            round_time: Duration::ZERO,
            write_time: Duration::ZERO,
        }
    }

    /// Counts a message that was not taken.
    pub fn reject(&mut self, reason: Reason) {
        *self.rejected.entry(reason).or_default() += 1;
    }

    /// How many were not taken for this reason.
    pub fn rejected(&self, reason: Reason) -> u64 {
        self.rejected.get(&reason).copied().unwrap_or_default()
    }

    /// The record, at the end of `round`.
    pub fn record(&mut self, plan: &Plan, round: u64, census: Census, now: Moment) -> Record {
        self.sequence += 1;
        let counters = [
            ("rounds", self.rounds),
            ("replies", self.replies),
            ("replies_late", self.late),
            ("replies_partial", self.partial),
            ("providers_missing", self.missing),
            ("asked_again", self.asked_again),
            ("announced_too_often", self.announced_too_often),
            ("polls_unsent", self.unsent),
            ("refusals", self.refusals),
            ("messages_lost", self.lost),
            ("pending_refused", self.pending_refused),
            ("trust_errors", self.trust_errors),
            ("write_errors", self.write_errors),
            ("journal_lost", self.journal_lost),
            ("journal_errors", self.journal_errors),
        ];
        self.look_at_troubles(&counters, now);
        let own = |(name, value): (&str, u64)| (format!("statsgrid.{name}"), value);
        let rejected = |(reason, count): (&Reason, &u64)| (format!("statsgrid.rejected.{reason}"), *count);
        let whole = |count: usize| Number::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let stats = [
            ("statsgrid.providers", whole(census.present)),
            ("statsgrid.providers_answered", whole(census.answered)),
            ("statsgrid.providers_pending", whole(census.pending)),
            ("statsgrid.providers_trusted", whole(census.trusted)),
            (INTERVAL_STAT, Number::Float(plan.interval.as_secs_f64())),
            ("statsgrid.round_seconds", Number::Float(self.round_time.as_secs_f64())),
            ("statsgrid.write_seconds", Number::Float(self.write_time.as_secs_f64())),
            ("statsgrid.uptime", Number::Integer(now.since(self.started).as_secs().cast_signed())),
        ];
        let of_shard = |(name, number): (&'static str, u32)| (name, Number::Integer(number.into()));
        let shard = plan.scope.shard().map(|shard| shard.index_and_count());
        let shard =
            shard.into_iter().flat_map(|(index, count)| [(SHARD_STAT, index), (SHARDS_STAT, count)]).map(of_shard);
        let stats = stats.into_iter().chain(shard).map(|(name, number)| (name.to_owned(), number));
        Record {
            timestamp: Millis::new(now.wall_ms),
            stats: Stats {
                counters: counters.into_iter().map(own).chain(self.rejected.iter().map(rejected)).collect(),
                stats: stats.chain(self.troubled()).collect(),
            },
            schema: SCHEMA,
            role: Role::Gatherer,
            instance: Some(self.instance),
            sequence: self.sequence,
            started_at: Some(Millis::new(self.started.wall_ms)),
            round,
            ..Record::unanswered(&plan.nickname)
        }
    }

    fn look_at_troubles(&mut self, counters: &[(&'static str, u64)], now: Moment) {
        for (name, count) in counters.iter().filter(|(name, _)| TROUBLES.contains(name)) {
            let (before, _) = self.troubles.get(name).copied().unwrap_or_default();
            if *count > before {
                self.troubles.insert(name, (*count, now.wall_ms));
            }
        }
    }

    fn troubled(&self) -> impl Iterator<Item = (String, Number)> {
        self.troubles.iter().map(|(name, (_, at))| (troubled_at(name), Number::Integer((at / 1000).cast_signed())))
    }
}
