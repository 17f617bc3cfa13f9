//! Who is there: the providers that are waited for, and the last records of those that are gone.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::{Id, Moment, Named, PublicKey, Reason};

use crate::limits::{MISSES, RECORDS};
use crate::snapshot::{Millis, Record, RoundOutcome};

/// All providers that have a record.
#[derive(Debug, Default)]
pub struct Roster {
    members: BTreeMap<PublicKey, Member>,
}

/// One provider.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its entry of the snapshot, shared with whoever writes it.
    pub record: Arc<Record>,
    /// It is waited for.
    pub present: bool,
    /// Rounds in a row without its answer.
    pub missed: u32,
    /// Its current run, if it was heard since the start.
    pub instance: Option<Id>,
    /// When it was last heard in this run; if it was not, when its record was restored.
    pub heard: Moment,
    /// How long it had been silent before that, by the last run's snapshot.
    pub silent_before: Duration,
    /// When it was last asked because it announced itself.
    pub asked: Option<Moment>,
    /// In which round that was, and how often in it.
    pub asked_in: (u64, u32),
    /// The round of its record, if that came in this run of the gatherer: an earlier run's clock may have been wrong.
    pub round: Option<u64>,
    /// The newest announcement or goodbye of it, by its own clock: an older one is a replay.
    pub said_ms: u64,
}

impl Member {
    /// Says in its record what became of it in this round.
    pub fn turned_out(&mut self, outcome: RoundOutcome) {
        if self.record.outcome != Some(outcome) {
            Arc::make_mut(&mut self.record).outcome = Some(outcome);
        }
    }

    /// Says in its record that a message under its name was not taken.
    pub fn rejected(&mut self, reason: Reason) {
        let record = Arc::make_mut(&mut self.record);
        let mut counts: BTreeMap<&str, u64> = record.rejected.iter().map(|(name, count)| (name, *count)).collect();
        *counts.entry(reason.label()).or_default() += 1;
        record.rejected = counts.into_iter().collect();
    }

    fn new(record: Record, now: Moment) -> Self {
        let record = Arc::new(record);
        Self {
            record,
            present: false,
            missed: 0,
            instance: None,
            heard: now,
            silent_before: Duration::ZERO,
            asked: None,
            asked_in: (0, 0),
            round: None,
            said_ms: 0,
        }
    }
}

impl Roster {
    /// The records of an earlier run, which wrote them at `written`. Those that were heard within `recent` are waited for,
    /// so that one that is gone since is seen to be missing.
    pub fn of(
        records: impl IntoIterator<Item = (PublicKey, Record)>,
        written: Millis,
        recent: Duration,
        now: Moment,
    ) -> Self {
        let member = |(key, record): (PublicKey, Record)| {
            let age = |by_ms: u64| Duration::from_millis(by_ms.saturating_sub(record.timestamp.get()));
            let (present, silent_before) = (age(now.wall_ms) < recent, age(written.get()));
            let record = Record { rejected: Named::default(), ..record };
            let mut member = Member { present, silent_before, ..Member::new(record, now) };
            if !present {
                member.turned_out(RoundOutcome::Gone);
            }
            (key, member)
        };
        Self { members: records.into_iter().take(RECORDS).map(member).collect() }
    }

    /// The member of this key, made if there is room.
    pub fn join(&mut self, key: PublicKey, nickname: &str, now: Moment) -> Option<&mut Member> {
        if self.members.len() >= RECORDS && !self.members.contains_key(&key) {
            return None;
        }
        let first_seen = Some(Millis::new(now.wall_ms));
        let record = || Record { first_seen, ..Record::unanswered(nickname) };
        Some(self.members.entry(key).or_insert_with(|| Member::new(record(), now)))
    }

    /// Takes out those for whom `gone` is true.
    pub fn take(&mut self, gone: impl Fn(&PublicKey) -> bool) -> Vec<(PublicKey, Member)> {
        self.members.extract_if(.., |key, _| gone(key)).collect()
    }

    /// The member of this key.
    pub fn get_mut(&mut self, key: &PublicKey) -> Option<&mut Member> {
        self.members.get_mut(key)
    }

    /// Those that are waited for.
    pub fn present(&self) -> impl Iterator<Item = (PublicKey, &Member)> {
        self.members.iter().filter(|(_, member)| member.present).map(|(key, member)| (*key, member))
    }

    /// Whether this one is.
    pub fn waits_for(&self, key: &PublicKey) -> bool {
        self.members.get(key).is_some_and(|member| member.present)
    }

    /// The keys of those that are waited for and come after this one, or all of them.
    pub fn present_after(&self, after: Option<PublicKey>) -> impl Iterator<Item = PublicKey> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.members.range((from, Bound::Unbounded));
        rest.filter(|(_, member)| member.present).map(|(key, _)| *key)
    }

    /// All records, by key.
    pub fn records(&self) -> impl Iterator<Item = (PublicKey, Arc<Record>)> {
        self.members.iter().map(|(key, member)| (*key, member.record.clone()))
    }

    /// Counts a round in which those for whom `answered` is false were silent, for what `why_not` says; gives who is no
    /// longer waited for.
    pub fn close_round(
        &mut self,
        answered: impl Fn(&PublicKey) -> bool,
        why_not: impl Fn(&PublicKey) -> RoundOutcome,
    ) -> Vec<PublicKey> {
        let mut left = Vec::new();
        for (key, member) in self.members.iter_mut().filter(|(_, member)| member.present) {
            if answered(key) {
                member.missed = 0;
                continue;
            }
            member.missed += 1;
            if member.missed >= MISSES {
                member.present = false;
                member.turned_out(RoundOutcome::Gone);
                left.push(*key);
            } else {
                member.turned_out(why_not(key));
            }
        }
        left
    }

    /// Drops the records of those that are gone, and were heard last longer than `after` ago. The wall clock has no say in
    /// it: a machine that boots with a clock that is days ahead would forget all who are absent at once.
    pub fn forget(&mut self, after: Duration, now: Moment) {
        self.members.retain(|_, member| member.present || member.silent_before + now.since(member.heard) < after);
    }
}
