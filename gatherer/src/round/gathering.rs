//! The gatherer's whole state, and what each event does to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::envelope::{SealError, Sealed, seal};
use statsgrid_wire::limits::BODY_BYTES;
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::{Scope, Subjects, To, Topic};
use statsgrid_wire::{Hash, Id, Identity, Moment, PublicKey, Reason, Rejection, Unknown};

use super::asked::Asked;
use super::course::{Round, Turn};
use super::drain::Drain;
use super::newcomers::Newcomers;
use super::roster::Roster;
use super::tally::{Census, Tally};
use crate::limits::{DEADLINE_SHARE, POLL_TTL};
use crate::snapshot::{Catalogue, Record, Records, RoundOutcome};
use crate::trust::{Admission, Judgement, Pending};

/// How a gatherer goes about its rounds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What people call the gatherer.
    pub nickname: String,
    /// Whom it asks: all providers, or those of one shard.
    pub scope: Scope,
    /// Between two rounds.
    pub interval: Duration,
    /// How long a round waits for who is missing.
    pub deadline: Duration,
    /// How long the last record of a provider that is gone is kept.
    pub forget_after: Duration,
}

/// What is to be done after an event.
#[derive(Debug)]
pub enum Act {
    /// Publish this poll.
    Publish(Sealed),
    /// Write these records, and the catalogue first if it is there.
    Write {
        /// By key.
        records: Records,
        /// Texts by hash, if there are new ones.
        catalogue: Option<Arc<Catalogue>>,
        /// Keys that wait for a decision, if they are others than at the last write.
        pending: Option<Pending>,
    },
    /// A provider came.
    Connected(PublicKey, Arc<Record>),
    /// A provider went.
    Disconnected(PublicKey, Arc<Record>),
    /// A provider's stats came.
    Stats(PublicKey, Arc<Record>),
    /// The round is over: so many of so many answered.
    Closed {
        /// Of the providers that were waited for.
        answered: usize,
        /// That were waited for.
        present: usize,
    },
    /// A message was not taken.
    Rejected(Rejection),
    /// The reply that came just now was, and belongs into the journal.
    Accepted {
        /// It came after its poll's deadline.
        late: bool,
    },
}

/// What an earlier run left behind.
#[derive(Debug, Default)]
pub struct Restored {
    /// Its records.
    pub roster: Roster,
    /// Its descriptions.
    pub catalogue: Catalogue,
    /// The keys that wait for a decision.
    pub pending: Pending,
    /// The name of its last round.
    pub last_round: u64,
}

/// The state machine.
pub struct Gathering {
    identity: Arc<Identity>,
    subjects: Subjects,
    pub(super) plan: Plan,
    pub(super) admission: Admission,
    pub(super) roster: Roster,
    pub(super) pending: Pending,
    pub(super) pending_is_new: bool,
    pub(super) asked: Asked,
    pub(super) newcomers: Newcomers,
    pub(super) catalogue: Catalogue,
    pub(super) catalogue_is_new: bool,
    /// Descriptions that were asked for in this round, and of whom.
    pub(super) wanted: BTreeMap<PublicKey, BTreeSet<Hash>>,
    /// Of how many each was.
    pub(super) asked_for: HashMap<Hash, usize>,
    /// Something came since the last write.
    pub(super) unwritten: bool,
    /// What it counts of itself.
    pub tally: Tally,
    pub(super) round: Option<Round>,
    pub(super) last_round: u64,
    pub(super) closed_one: bool,
    /// How far the last round came with asking the missing ones again.
    turn: Turn,
    drain: Drain,
}

impl Gathering {
    /// Starts from what an earlier run left behind. The gatherer's own record is no member of the roster, nor is any
    /// that `admission` does not accept.
    pub fn new(
        identity: Arc<Identity>,
        subjects: Subjects,
        plan: Plan,
        admission: Admission,
        mut restored: Restored,
        tally: Tally,
    ) -> Self {
        let _ = restored.roster.take(|key| !admission.accepts(key));
        let _ = restored.pending.take(|key| admission.judge(key) != Judgement::Unknown || !plan.scope.holds(key));
        Self {
            identity,
            subjects,
            plan,
            admission,
            roster: restored.roster,
            pending: restored.pending,
            pending_is_new: true,
            asked: Asked::default(),
            newcomers: Newcomers::default(),
            catalogue: restored.catalogue,
            catalogue_is_new: false,
            wanted: BTreeMap::new(),
            asked_for: HashMap::new(),
            unwritten: false,
            tally,
            round: None,
            last_round: restored.last_round,
            closed_one: false,
            turn: Turn::default(),
            drain: Drain::default(),
        }
    }

    /// Each reply since the last round took so long to be taken in: the next one spreads them by it.
    pub fn drained(&mut self, each: Duration) {
        self.drain.measured(each);
    }

    /// The bus lost messages on their way here, nobody knows whose: who is missing for it is asked.
    pub fn lost(&mut self, now: Moment) {
        self.tally.lost += 1;
        if let Some(round) = &mut self.round {
            round.lost(now);
        }
    }

    /// The bus was away, and is there again: what was said meanwhile did not come here. Where nobody has answered yet the
    /// round's poll may have reached nobody, and goes to all once more.
    pub fn was_away(&mut self, now: Moment) -> Result<Option<Act>, SealError> {
        let splay = self.drain.splay(self.roster.present().count(), self.plan.interval);
        let Some(round) = &mut self.round else { return Ok(None) };
        if !round.answered.is_empty() {
            round.lost(now);
            return Ok(None);
        }
        let (name, left) = (round.name, round.ends.saturating_sub(now.monotonic));
        self.poll_over(splay.min(left / 2), self.plan.scope.to(), name, Vec::new(), now).map(Some)
    }

    /// When the next round starts by the aligned wall clock, from `now` on. A start that is nearer than a round's
    /// deadline is this round's own, seen by a clock that was set back a little or a timer that was early.
    pub fn until_next_round(&self, now: Moment) -> Duration {
        let interval = millis(self.plan.interval);
        let left = interval - now.wall_ms % interval;
        let next = if left < millis(self.plan.deadline) { left + interval } else { left };
        Duration::from_millis(next)
    }

    /// When [`Self::tick`] has something to do, if a round is on.
    pub fn next_tick(&self) -> Option<Duration> {
        self.round.as_ref().map(Round::next_tick)
    }

    /// Starts the round of this moment: its poll goes to all, or to all of its shard.
    pub fn begin_round(&mut self, now: Moment) -> Result<Vec<Act>, SealError> {
        let mut acts = self.close_round(now);
        let interval = millis(self.plan.interval);
        // A clock that was set back must not name a round twice: each has a name of its own, if not an aligned one.
        let name = (now.wall_ms - now.wall_ms % interval).max(self.last_round + 1);
        self.last_round = name;
        // Of a fleet that was not heard yet, all may be there whom people trust.
        let unheard = if self.closed_one { 0 } else { self.admission.trusted() };
        let splay = self.drain.splay(self.roster.present().count().max(unheard), self.plan.interval);
        // Who answers at the splay's end has as long a way as who answers at once.
        let deadline = (self.plan.deadline + splay).min(self.plan.interval.mul_f64(DEADLINE_SHARE));
        // Who waits for nobody cannot know that all have answered.
        let to_the_end = !self.closed_one || self.roster.present().next().is_none();
        let round = Round::begin(name, now, splay, deadline.max(self.plan.deadline), to_the_end);
        self.round = Some(round.asking_on_from(self.turn));
        self.wanted.clear();
        self.asked_for.clear();
        acts.push(self.poll_over(splay, self.plan.scope.to(), name, Vec::new(), now)?);
        Ok(acts)
    }

    /// Does what is due: asks the missing ones again, closes the round.
    pub fn tick(&mut self, now: Moment) -> Result<Vec<Act>, SealError> {
        let Some(round) = &mut self.round else {
            return Ok(Vec::new());
        };
        if now.monotonic >= round.ends {
            return Ok(self.close_round(now));
        }
        let (name, missing) = (round.name, round.asks_now(&self.roster, now));
        self.tally.asked_again += missing.len() as u64;
        missing.into_iter().map(|key| self.poll(To::One(key), name, Vec::new(), now)).collect()
    }

    /// Ends the round that is on, if one is, and writes what has come since the last write.
    pub fn finish(&mut self, now: Moment) -> Vec<Act> {
        let mut acts = self.close_round(now);
        if self.unwritten {
            let present = self.roster.present().count();
            let own = self.tally.record(&self.plan, self.last_round, self.census(present, present), now);
            acts.push(self.write(own));
        }
        acts
    }

    /// The write of a catalogue failed or was left out: the next one has it again.
    pub fn catalogue_unwritten(&mut self) {
        self.catalogue_is_new = true;
    }

    /// The write of the pending keys failed or was left out: the next one has them again.
    pub fn pending_unwritten(&mut self) {
        self.pending_is_new = true;
    }

    /// Counts a message that was not taken, also in the record of the provider under whose name it came.
    pub fn reject(&mut self, rejection: Rejection, named: Option<PublicKey>) -> Act {
        self.tally.reject(rejection.reason);
        if let Some((key, member)) = named.and_then(|key| Some((key, self.roster.get_mut(&key)?))) {
            member.rejected(rejection.reason);
            self.unwritten = true;
            if let Some(round) = self.round.as_mut().filter(|_| rejection.reason == Reason::TooLarge) {
                round.too_large.insert(key);
            }
        }
        Act::Rejected(rejection)
    }

    /// Ends the round if all that are waited for have answered, and it need not go to its end.
    pub(super) fn close_if_complete(&mut self, at: Moment) -> Vec<Act> {
        let complete = self.round.as_mut().is_some_and(|round| round.is_complete(&self.roster));
        if complete { self.close_round(at) } else { Vec::new() }
    }

    /// Ends the round, whatever is missing.
    fn close_round(&mut self, now: Moment) -> Vec<Act> {
        let Some(round) = self.round.take() else {
            return Vec::new();
        };
        let present = self.roster.present().count();
        let answered = self.roster.present().filter(|(key, _)| round.answered.contains(key)).count();
        (self.closed_one, self.turn) = (true, round.turn);
        self.tally.rounds += 1;
        self.tally.missing += (present - answered) as u64;
        self.tally.round_time = now.since(round.started);
        let why_not = |key: &PublicKey| match (round.late.contains(key), round.too_large.contains(key)) {
            (true, _) => RoundOutcome::Late,
            (false, true) => RoundOutcome::TooLarge,
            (false, false) => RoundOutcome::Missing,
        };
        let left = self.roster.close_round(|key| round.answered.contains(key), why_not);
        self.roster.forget(self.plan.forget_after, now);
        self.pending_is_new |= self.pending.forget(now);
        let mut acts = Vec::new();
        for key in left {
            if let Some(member) = self.roster.get_mut(&key) {
                acts.push(Act::Disconnected(key, member.record.clone()));
            }
        }
        let own = self.tally.record(&self.plan, round.name, self.census(present, answered), now);
        acts.push(Act::Closed { answered, present });
        acts.push(self.write(own));
        acts
    }

    fn census(&self, present: usize, answered: usize) -> Census {
        Census { present, answered, pending: self.pending.len(), trusted: self.admission.trusted() }
    }

    fn write(&mut self, own: Record) -> Act {
        let mut records: Vec<_> = self.roster.records().collect();
        let key = self.identity.public_key();
        let place = records.partition_point(|(other, _)| *other < key);
        records.insert(place, (key, Arc::new(own)));
        self.unwritten = false;
        let catalogue = std::mem::take(&mut self.catalogue_is_new).then(|| {
            // Descriptions of components that nobody runs any more go, so that old versions do not fill it.
            let used: BTreeSet<Hash> = records.iter().flat_map(|(_, record)| record.descriptions()).collect();
            self.catalogue.retain(|hash| used.contains(hash));
            Arc::new(self.catalogue.clone())
        });
        let pending = std::mem::take(&mut self.pending_is_new).then(|| self.pending.clone());
        Act::Write { records: Arc::new(records), catalogue, pending }
    }

    /// What there is to show before the first round ends: the records of an earlier run, and what describes them.
    pub fn restored(&self) -> (Records, Arc<Catalogue>) {
        (Arc::new(self.roster.records().collect()), Arc::new(self.catalogue.clone()))
    }

    pub(super) fn poll(&mut self, to: To, round: u64, describe: Vec<Hash>, now: Moment) -> Result<Act, SealError> {
        self.poll_over(Duration::ZERO, to, round, describe, now)
    }

    fn poll_over(
        &mut self,
        splay: Duration,
        to: To,
        round: u64,
        describe: Vec<Hash>,
        now: Moment,
    ) -> Result<Act, SealError> {
        let id = Id::random().map_err(|error| SealError::Invalid(error.to_string()))?;
        // A poll to one waits as long as the round does, or as long as a whole one after it.
        let left = self.round.as_ref().map(|round| round.ends.saturating_sub(now.monotonic));
        let deadline = left.unwrap_or(self.plan.deadline);
        let poll = Poll {
            gatherer: self.identity.public_key(),
            to,
            round,
            id,
            issued_ms: now.wall_ms,
            ttl_ms: millis(POLL_TTL),
            deadline_ms: millis(deadline),
            splay_ms: millis(splay),
            max_reply: u32::try_from(BODY_BYTES).unwrap_or(u32::MAX),
            scope: self.plan.scope,
            describe,
            unknown: Unknown,
        };
        let sealed = seal(&self.identity, &self.subjects, &Topic::Poll { gatherer: poll.gatherer, to }, &poll)?;
        self.asked.sent(&poll, sealed.hash, now);
        Ok(Act::Publish(sealed))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
