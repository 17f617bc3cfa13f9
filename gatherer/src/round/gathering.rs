//! The gatherer's whole state, and what each event does to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::envelope::{SealError, Sealed, seal};
use statsgrid_wire::limits::BODY_BYTES;
use statsgrid_wire::message::{Announcement, Answer, Bye, Poll, Refusal, Reply, Sample};
use statsgrid_wire::subject::{Scope, Subjects, To, Topic};
use statsgrid_wire::{Hash, Id, Identity, Moment, PublicKey, Reason, Rejection, Unknown};

use super::asked::{Asked, Place};
use super::record::record_of;
use super::roster::{Member, Roster};
use super::tally::Tally;
use crate::limits::{
    ASK_AGAIN_SHARE, ASK_EVERY, ASKED_ONE_BY_ONE, DESCRIPTIONS_ASKED, POLL_TTL, PRESENCE_TTL, SPLAY_EACH, SPLAY_FROM,
};
use crate::snapshot::{Catalogue, Record, Refused};

/// How a gatherer goes about its rounds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What people call the gatherer.
    pub nickname: String,
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
        records: Vec<(PublicKey, Arc<Record>)>,
        /// Texts by hash, if there are new ones.
        catalogue: Option<Catalogue>,
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

/// The state machine.
pub struct Gathering {
    identity: Arc<Identity>,
    subjects: Subjects,
    plan: Plan,
    roster: Roster,
    asked: Asked,
    catalogue: Catalogue,
    catalogue_is_new: bool,
    /// Descriptions that were asked for in this round, and of whom: each once, each of one provider.
    wanted: BTreeMap<PublicKey, BTreeSet<Hash>>,
    /// Something came since the last write.
    unwritten: bool,
    /// What it counts of itself.
    pub tally: Tally,
    round: Option<Round>,
    last_round: u64,
    closed_one: bool,
}

/// A round that is not over.
#[derive(Debug)]
struct Round {
    name: u64,
    started: Moment,
    ends: Duration,
    asks_again: Option<Duration>,
    answered: BTreeSet<PublicKey>,
    /// Waits to the deadline even if all have answered: others may be there.
    to_the_end: bool,
}

impl Gathering {
    /// Starts from the state of an earlier run, whose last round was `last_round`. The gatherer's own record is no
    /// member of the roster.
    #[expect(clippy::too_many_arguments, reason = "the parts of its state, each of them made by another")]
    pub fn new(
        identity: Arc<Identity>,
        subjects: Subjects,
        plan: Plan,
        roster: Roster,
        catalogue: Catalogue,
        tally: Tally,
        last_round: u64,
    ) -> Self {
        Self {
            identity,
            subjects,
            plan,
            roster,
            asked: Asked::default(),
            catalogue,
            catalogue_is_new: false,
            wanted: BTreeMap::new(),
            unwritten: false,
            tally,
            round: None,
            last_round,
            closed_one: false,
        }
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
        let round = self.round.as_ref()?;
        Some(round.asks_again.map_or(round.ends, |asks_again| asks_again.min(round.ends)))
    }

    /// Starts the round of this moment: its poll goes to all.
    pub fn begin_round(&mut self, now: Moment) -> Result<Vec<Act>, SealError> {
        let mut acts = self.close_round(now);
        let interval = millis(self.plan.interval);
        // A clock that was set back must not name a round twice: each has a name of its own, if not an aligned one.
        let name = (now.wall_ms - now.wall_ms % interval).max(self.last_round + 1);
        self.last_round = name;
        let ends = now.monotonic + self.plan.deadline;
        let asks_again = now.monotonic + self.plan.deadline.mul_f64(ASK_AGAIN_SHARE);
        self.round = Some(Round {
            name,
            started: now,
            ends,
            asks_again: Some(asks_again),
            answered: BTreeSet::new(),
            // Who waits for nobody cannot know that all have answered.
            to_the_end: !self.closed_one || self.roster.present().next().is_none(),
        });
        self.wanted.clear();
        acts.push(self.poll(To::All, name, Vec::new(), now)?);
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
        if round.asks_again.is_some_and(|asks_again| now.monotonic >= asks_again) {
            round.asks_again = None;
            return self.ask_missing(now);
        }
        Ok(Vec::new())
    }

    fn ask_missing(&mut self, now: Moment) -> Result<Vec<Act>, SealError> {
        let Some(round) = &self.round else {
            return Ok(Vec::new());
        };
        let name = round.name;
        let is_missing = |(key, _): &(PublicKey, &Member)| !round.answered.contains(key);
        let missing: Vec<PublicKey> =
            self.roster.present().filter(is_missing).map(|(key, _)| key).take(ASKED_ONE_BY_ONE).collect();
        self.tally.asked_again += missing.len() as u64;
        missing.into_iter().map(|key| self.poll(To::One(key), name, Vec::new(), now)).collect()
    }

    /// Ends the round that is on, if one is, and writes what has come since the last write.
    pub fn finish(&mut self, now: Moment) -> Vec<Act> {
        let mut acts = self.close_round(now);
        if self.unwritten {
            let present = self.roster.present().count();
            let own = self.tally.record(&self.plan.nickname, self.last_round, present, present, now);
            acts.push(self.write(own));
        }
        acts
    }

    /// The write of a catalogue failed or was left out: the next one has it again.
    pub fn catalogue_unwritten(&mut self) {
        self.catalogue_is_new = true;
    }

    /// Takes a verified reply that came `at` this moment.
    pub fn reply(&mut self, topic: &Topic, reply: Reply, at: Moment) -> Result<Vec<Act>, SealError> {
        let Topic::Reply { scope, poll, provider, .. } = *topic else {
            return Ok(Vec::new());
        };
        let sample = match &reply.answer {
            Answer::Sample(sample) => Some((reply.instance, sample.sequence)),
            Answer::Refusal(_) => None,
        };
        let placed = match scope {
            Scope::All => self.asked.place(provider, poll, reply.poll, sample, at),
            Scope::Shard(_) => Err(Rejection::new(Reason::WrongPoll, format!("{provider} answers for a shard"))),
        };
        let place = match placed {
            Ok(place) => place,
            Err(rejection) => return Ok(vec![self.reject(rejection)]),
        };
        self.tally.late += u64::from(place.late);
        if let Some(round) = &mut self.round
            && round.name == place.round
        {
            round.answered.insert(provider);
        }
        let mut acts = self.welcome(provider, &reply.nickname, reply.instance, at);
        if !place.again {
            acts.push(Act::Accepted { late: place.late });
        }
        match &reply.answer {
            Answer::Sample(sample) => acts.extend(self.take_sample(provider, &reply, sample, place, at)?),
            Answer::Refusal(refusal) => self.take_refusal(provider, refusal),
        }
        acts.extend(self.close_if_complete(at));
        Ok(acts)
    }

    fn take_sample(
        &mut self,
        key: PublicKey,
        reply: &Reply,
        sample: &Sample,
        place: Place,
        at: Moment,
    ) -> Result<Vec<Act>, SealError> {
        let mut acts = Vec::new();
        if !place.again {
            acts.extend(self.store(key, reply, sample, place.round, at));
        }
        self.take_descriptions(key, sample);
        // A late reply is of a round that is over, and so are its questions.
        if !place.late {
            acts.extend(self.ask_descriptions(key, sample, place.round, at)?);
        }
        Ok(acts)
    }

    fn take_refusal(&mut self, key: PublicKey, refusal: &Refusal) {
        self.tally.refusals += 1;
        self.unwritten = true;
        if let Some(member) = self.roster.get_mut(&key) {
            let refused = Refused { reason: refusal.reason, clock_ahead_ms: refusal.clock_ahead_ms };
            Arc::make_mut(&mut member.record).refused = Some(refused);
        }
    }

    fn store(&mut self, key: PublicKey, reply: &Reply, sample: &Sample, round: u64, at: Moment) -> Option<Act> {
        let member = self.roster.get_mut(&key)?;
        // A late reply is never put over a newer one.
        if member.round.is_some_and(|held| held > round) {
            return None;
        }
        self.tally.replies += 1;
        self.unwritten = true;
        member.round = Some(round);
        member.record = Arc::new(record_of(reply, sample, round, at, &member.record));
        Some(Act::Stats(key, member.record.clone()))
    }

    /// A provider fills the catalogue with what its own producers are described by, as it was asked to, and with
    /// nothing else.
    fn take_descriptions(&mut self, key: PublicKey, sample: &Sample) {
        let Some(wanted) = self.wanted.get(&key) else { return };
        for text in sample.descriptions.iter().filter(|text| wanted.contains(&Hash::of(text.as_bytes()))) {
            match self.catalogue.insert(text.clone()) {
                Ok(_) => self.catalogue_is_new = true,
                Err(error) => tracing::debug!("a description from {key}: {error}"),
            }
        }
    }

    /// Asks for the descriptions that are unknown: a provider once a round, and each description of one provider, not
    /// of all that run the same component.
    fn ask_descriptions(
        &mut self,
        key: PublicKey,
        sample: &Sample,
        round: u64,
        at: Moment,
    ) -> Result<Option<Act>, SealError> {
        if self.wanted.contains_key(&key) {
            return Ok(None);
        }
        let described = sample.producers.iter().filter_map(|(_, report)| report.description);
        let asked_of_others = |hash: &Hash| self.wanted.values().any(|wanted| wanted.contains(hash));
        let unknown = self.catalogue.missing(described).into_iter().filter(|hash| !asked_of_others(hash));
        let unknown: BTreeSet<Hash> = unknown.take(DESCRIPTIONS_ASKED).collect();
        if unknown.is_empty() {
            return Ok(None);
        }
        self.wanted.insert(key, unknown.clone());
        self.poll(To::One(key), round, unknown.into_iter().collect(), at).map(Some)
    }

    /// A verified announcement: who announces itself is asked at once.
    pub fn announce(&mut self, key: PublicKey, said: &Announcement, at: Moment) -> Result<Vec<Act>, SealError> {
        if let Some(rejection) = self.stale(key, said.issued_ms, at) {
            return Ok(vec![self.reject(rejection)]);
        }
        let mut acts = self.welcome(key, &said.nickname, said.instance, at);
        if let Some(member) = self.roster.get_mut(&key) {
            member.said_ms = said.issued_ms;
        }
        // Before the first round nothing is asked: its poll goes to all.
        let Some(round) = self.round.as_ref().map(|round| round.name).or(self.closed_one.then_some(self.last_round))
        else {
            return Ok(acts);
        };
        let due = self.roster.get_mut(&key).is_some_and(|member| {
            let due = member.asked.is_none_or(|asked| at.since(asked) >= ASK_EVERY);
            if due {
                member.asked = Some(at);
            }
            due
        });
        if due {
            acts.push(self.poll(To::One(key), round, Vec::new(), at)?);
        }
        Ok(acts)
    }

    /// A verified goodbye: it counts for the current run alone.
    pub fn bye(&mut self, key: PublicKey, said: &Bye, at: Moment) -> Vec<Act> {
        if let Some(rejection) = self.stale(key, said.issued_ms, at) {
            return vec![self.reject(rejection)];
        }
        let Some(member) = self.roster.get_mut(&key) else {
            return Vec::new();
        };
        member.said_ms = said.issued_ms;
        if !member.present || member.instance != Some(said.instance) {
            return Vec::new();
        }
        member.present = false;
        let mut acts = vec![Act::Disconnected(key, member.record.clone())];
        acts.extend(self.close_if_complete(at));
        acts
    }

    /// Counts a message that was not taken.
    pub fn reject(&mut self, rejection: Rejection) -> Act {
        self.tally.reject(rejection.reason);
        Act::Rejected(rejection)
    }

    /// Puts a provider on the roster.
    fn welcome(&mut self, key: PublicKey, nickname: &str, instance: Id, at: Moment) -> Vec<Act> {
        let Some(member) = self.roster.join(key, nickname, at) else {
            return Vec::new();
        };
        let came = !member.present;
        member.present = true;
        member.heard = at;
        member.missed = 0;
        member.instance = Some(instance);
        if came { vec![Act::Connected(key, member.record.clone())] } else { Vec::new() }
    }

    /// Ends the round if all that are waited for have answered, and it need not go to its end.
    fn close_if_complete(&mut self, at: Moment) -> Vec<Act> {
        let Some(round) = self.round.as_ref().filter(|round| !round.to_the_end) else { return Vec::new() };
        let complete = self.roster.present().all(|(key, _)| round.answered.contains(&key));
        if complete { self.close_round(at) } else { Vec::new() }
    }

    /// Ends the round, whatever is missing.
    fn close_round(&mut self, now: Moment) -> Vec<Act> {
        let Some(round) = self.round.take() else {
            return Vec::new();
        };
        let present = self.roster.present().count();
        let answered = self.roster.present().filter(|(key, _)| round.answered.contains(key)).count();
        self.closed_one = true;
        self.tally.rounds += 1;
        self.tally.missing += (present - answered) as u64;
        self.tally.round_time = now.since(round.started);
        let left = self.roster.close_round(|key| round.answered.contains(key));
        self.roster.forget(self.plan.forget_after, now);
        let mut acts = Vec::new();
        for key in left {
            if let Some(member) = self.roster.get_mut(&key) {
                acts.push(Act::Disconnected(key, member.record.clone()));
            }
        }
        let own = self.tally.record(&self.plan.nickname, round.name, present, answered, now);
        acts.push(Act::Closed { answered, present });
        acts.push(self.write(own));
        acts
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
            self.catalogue.clone()
        });
        Act::Write { records, catalogue }
    }

    fn poll(&mut self, to: To, round: u64, describe: Vec<Hash>, now: Moment) -> Result<Act, SealError> {
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
            splay_ms: if to == To::All { self.splay(deadline) } else { 0 },
            max_reply: u32::try_from(BODY_BYTES).unwrap_or(u32::MAX),
            scope: Scope::All,
            describe,
            unknown: Unknown,
        };
        let sealed = seal(&self.identity, &self.subjects, &Topic::Poll { gatherer: poll.gatherer, to }, &poll)?;
        self.asked.sent(&poll, sealed.hash, now);
        Ok(Act::Publish(sealed))
    }

    /// Replies of a large roster are spread, over a third of the deadline at most, for who is late is asked again.
    fn splay(&self, deadline: Duration) -> u64 {
        let present = self.roster.present().count();
        if present < SPLAY_FROM {
            return 0;
        }
        let each = u32::try_from(present).unwrap_or(u32::MAX);
        millis(SPLAY_EACH.saturating_mul(each).min(deadline / 3))
    }

    /// Whether a message of presence is not of this time, or older than one that was heard.
    fn stale(&mut self, key: PublicKey, issued_ms: u64, at: Moment) -> Option<Rejection> {
        let off = at.wall_ms.abs_diff(issued_ms);
        let replayed = self.roster.get_mut(&key).is_some_and(|member| issued_ms <= member.said_ms);
        let detail = if u128::from(off) > PRESENCE_TTL.as_millis() {
            format!("{key} said so {off} ms ago or ahead, by the two clocks")
        } else if replayed {
            format!("{key} said so before, or something newer")
        } else {
            return None;
        };
        Some(Rejection::new(Reason::Stale, detail))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
