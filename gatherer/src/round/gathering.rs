//! The gatherer's whole state, and what each event does to it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::envelope::{SealError, Sealed, seal};
use statsgrid_wire::limits::{BODY_BYTES, DESCRIPTIONS_WANTED};
use statsgrid_wire::message::{Announcement, Answer, Bye, Poll, Reply, Sample};
use statsgrid_wire::subject::{Scope, Subjects, To, Topic};
use statsgrid_wire::{Hash, Id, Identity, Moment, PublicKey, Reason, Rejection, Unknown};

use super::asked::Asked;
use super::record::record_of;
use super::roster::{Member, Roster};
use super::tally::Tally;
use crate::limits::{ASK_AGAIN_SHARE, ASK_EVERY, ASKED_ONE_BY_ONE, POLL_TTL, PRESENCE_TTL, SPLAY_EACH, SPLAY_FROM};
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
    wanted: BTreeSet<Hash>,
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
    /// Starts from the state of an earlier run. The gatherer's own record is no member of the roster.
    pub fn new(
        identity: Arc<Identity>,
        subjects: Subjects,
        plan: Plan,
        roster: Roster,
        catalogue: Catalogue,
        tally: Tally,
    ) -> Self {
        Self {
            identity,
            subjects,
            plan,
            roster,
            asked: Asked::default(),
            catalogue,
            catalogue_is_new: false,
            wanted: BTreeSet::new(),
            tally,
            round: None,
            last_round: 0,
            closed_one: false,
        }
    }

    /// When the next round starts by the aligned wall clock, from `now` on.
    pub fn until_next_round(&self, now: Moment) -> Duration {
        let interval = millis(self.plan.interval);
        Duration::from_millis(interval - now.wall_ms % interval)
    }

    /// The same for the round after the first, which starts at once and runs to its deadline.
    pub fn until_second_round(&self, now: Moment) -> Duration {
        let ends = Moment { wall_ms: now.wall_ms + millis(self.plan.deadline), ..now };
        self.plan.deadline + self.until_next_round(ends)
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
            to_the_end: !self.closed_one,
        });
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

    /// Ends the round that is on, if one is: what has come is written.
    pub fn finish(&mut self, now: Moment) -> Vec<Act> {
        self.close_round(now)
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
        if place.late {
            self.tally.late += 1;
        }
        if let Some(round) = &mut self.round
            && round.name == place.round
        {
            round.answered.insert(provider);
        }
        let mut acts = self.welcome(provider, &reply.nickname, reply.instance, at);
        match &reply.answer {
            Answer::Sample(sample) => {
                if !place.again {
                    acts.extend(self.store(provider, &reply, sample, place.round, at));
                }
                acts.extend(self.ask_descriptions(provider, sample, place.round, at)?);
            }
            Answer::Refusal(refusal) => {
                self.tally.refusals += 1;
                if let Some(member) = self.roster.get_mut(&provider) {
                    let refused = Refused { reason: refusal.reason, clock_ahead_ms: refusal.clock_ahead_ms };
                    Arc::make_mut(&mut member.record).refused = Some(refused);
                }
            }
        }
        if self.round.as_ref().is_some_and(|round| !round.to_the_end) && self.all_answered() {
            acts.extend(self.close_round(at));
        }
        Ok(acts)
    }

    fn store(&mut self, key: PublicKey, reply: &Reply, sample: &Sample, round: u64, at: Moment) -> Option<Act> {
        let member = self.roster.get_mut(&key)?;
        // A late reply is never put over a newer one.
        if member.record.round > round {
            return None;
        }
        self.tally.replies += 1;
        member.record = Arc::new(record_of(reply, sample, round, at, &member.record));
        Some(Act::Stats(key, member.record.clone()))
    }

    /// Takes in the descriptions that came, and asks for those that are unknown.
    fn ask_descriptions(
        &mut self,
        key: PublicKey,
        sample: &Sample,
        round: u64,
        at: Moment,
    ) -> Result<Option<Act>, SealError> {
        let described: BTreeSet<Hash> = sample.producers.iter().filter_map(|(_, report)| report.description).collect();
        // A provider fills the catalogue with what its own producers are described by, and with nothing else.
        for text in sample.descriptions.iter().filter(|text| described.contains(&Hash::of(text.as_bytes()))) {
            match self.catalogue.insert(text.clone()) {
                Ok(_) => self.catalogue_is_new = true,
                Err(error) => tracing::warn!("a description from {key}: {error}"),
            }
        }
        // Each is asked of one provider a round, not of all that run the same component.
        let unknown: Vec<Hash> = self.catalogue.missing(described).into_iter().collect();
        let unknown: Vec<Hash> =
            unknown.into_iter().filter(|hash| self.wanted.insert(*hash)).take(DESCRIPTIONS_WANTED).collect();
        if unknown.is_empty() { Ok(None) } else { self.poll(To::One(key), round, unknown, at).map(Some) }
    }

    /// A verified announcement: who announces itself is asked at once.
    pub fn announce(&mut self, key: PublicKey, said: &Announcement, at: Moment) -> Result<Vec<Act>, SealError> {
        if let Some(rejection) = stale(key, said.issued_ms, at) {
            return Ok(vec![self.reject(rejection)]);
        }
        let mut acts = self.welcome(key, &said.nickname, said.instance, at);
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
        if let Some(rejection) = stale(key, said.issued_ms, at) {
            return vec![self.reject(rejection)];
        }
        let Some(member) = self.roster.get_mut(&key) else {
            return Vec::new();
        };
        if !member.present || member.instance != Some(said.instance) {
            return Vec::new();
        }
        member.present = false;
        let mut acts = vec![Act::Disconnected(key, member.record.clone())];
        if self.round.as_ref().is_some_and(|round| !round.to_the_end) && self.all_answered() {
            acts.extend(self.close_round(at));
        }
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

    fn all_answered(&self) -> bool {
        let Some(round) = &self.round else { return false };
        self.roster.present().all(|(key, _)| round.answered.contains(&key))
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
        // Descriptions that have not come are asked for again in the next round.
        self.wanted.clear();
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
        let catalogue = std::mem::take(&mut self.catalogue_is_new).then(|| self.catalogue.clone());
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
}

fn stale(key: PublicKey, issued_ms: u64, at: Moment) -> Option<Rejection> {
    let off = at.wall_ms.abs_diff(issued_ms);
    let detail = || format!("{key} said so {off} ms ago or ahead, by the two clocks");
    (u128::from(off) > PRESENCE_TTL.as_millis()).then(|| Rejection::new(Reason::Stale, detail()))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
