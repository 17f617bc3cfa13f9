//! What a verified reply does to the state: it is placed, becomes a record, and brings or names descriptions.

use std::collections::BTreeSet;
use std::sync::Arc;

use statsgrid_wire::envelope::SealError;
use statsgrid_wire::message::{Answer, Outcome, Refusal, Reply, Sample};
use statsgrid_wire::subject::{Scope, To, Topic};
use statsgrid_wire::{Hash, Id, Moment, PublicKey, Reason, Rejection};

use super::asked::Place;
use super::gathering::{Act, Gathering};
use super::record::{Speaker, record_of};
use crate::limits::{DESCRIPTION_ASKED_OF, DESCRIPTIONS_ASKED};
use crate::snapshot::{Refused, RoundOutcome};

impl Gathering {
    /// Takes a verified reply that came `at` one moment and was verified `now`.
    pub fn reply(&mut self, topic: &Topic, reply: Reply, at: Moment, now: Moment) -> Result<Vec<Act>, SealError> {
        let Topic::Reply { scope, poll, provider, .. } = *topic else {
            return Ok(Vec::new());
        };
        let place = match self.place(scope, poll, provider, &reply, at) {
            Ok(Some(place)) => place,
            Ok(None) => return Ok(vec![self.wait_for_decision(provider, &reply, at)]),
            Err(rejection) => {
                tell(provider, poll, &reply, &rejection);
                return Ok(vec![self.reject(rejection, Some(provider))]);
            }
        };
        self.tally.late += u64::from(place.late);
        if let Some(round) = &mut self.round
            && round.name == place.round
        {
            // The round may wait for what came in time and is not looked at yet.
            let heard = if place.late { &mut round.late } else { &mut round.answered };
            heard.insert(provider);
        }
        let mut acts = self.welcome(provider, &reply.nickname, reply.instance, at);
        if !place.again {
            acts.push(Act::Accepted { late: place.late });
        }
        let speaker = Speaker { instance: reply.instance, nickname: reply.nickname };
        match reply.answer {
            Answer::Sample(sample) => acts.extend(self.take_sample(provider, speaker, *sample, place, at)?),
            Answer::Refusal(refusal) => self.take_refusal(provider, &refusal, place),
        }
        acts.extend(self.close_if_complete(now));
        Ok(acts)
    }

    /// Where a reply belongs; none if it answers a poll of ours and nobody has decided on its provider.
    fn place(
        &mut self,
        scope: Scope,
        poll: Id,
        provider: PublicKey,
        reply: &Reply,
        at: Moment,
    ) -> Result<Option<Place>, Rejection> {
        if let Some(rejection) = self.revoked(&provider) {
            return Err(rejection);
        }
        if scope != self.plan.scope {
            let detail = format!("{provider} answers {scope}, and {} is asked", self.plan.scope);
            return Err(Rejection::new(Reason::WrongPoll, detail));
        }
        if !self.admission.accepts(&provider) {
            // Not remembered with the poll: strangers would fill that memory.
            return self.asked.asks(provider, poll, reply.poll).map(|()| None);
        }
        self.asked.place(provider, poll, reply.poll, sample_of(reply), at).map(Some)
    }

    fn take_sample(
        &mut self,
        key: PublicKey,
        speaker: Speaker,
        sample: Sample,
        place: Place,
        at: Moment,
    ) -> Result<Vec<Act>, SealError> {
        self.take_descriptions(key, &sample);
        // A late reply is of a round that is over, and so are its questions.
        let asked = if place.late { None } else { self.ask_descriptions(key, &sample, place.round, at)? };
        let stored = if place.again { None } else { self.store(key, speaker, sample, place, at) };
        Ok(stored.into_iter().chain(asked).collect())
    }

    fn take_refusal(&mut self, key: PublicKey, refusal: &Refusal, place: Place) {
        self.tally.refusals += 1;
        self.unwritten = true;
        // One that comes late says nothing of a provider that has given a sample since.
        let member = self.roster.get_mut(&key).filter(|member| member.round.is_none_or(|held| held <= place.round));
        if let Some(member) = member {
            let refused = Refused { reason: refusal.reason, clock_ahead_ms: refusal.clock_ahead_ms };
            Arc::make_mut(&mut member.record).refused = Some(refused);
            member.turned_out(RoundOutcome::Refused);
        }
    }

    fn store(&mut self, key: PublicKey, speaker: Speaker, sample: Sample, place: Place, at: Moment) -> Option<Act> {
        let member = self.roster.get_mut(&key)?;
        // A late reply is never put over a newer one.
        if member.round.is_some_and(|held| held > place.round) {
            return None;
        }
        let whole = sample.producers.iter().all(|(_, report)| report.outcome == Outcome::Ok);
        self.tally.replies += 1;
        self.tally.partial += u64::from(!whole);
        self.unwritten = true;
        member.round = Some(place.round);
        member.record = Arc::new(record_of(speaker, sample, place.round, at, &member.record));
        member.turned_out(match (place.late, whole) {
            (true, _) => RoundOutcome::Late,
            (false, true) => RoundOutcome::Ok,
            (false, false) => RoundOutcome::Partial,
        });
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

    /// Asks for the descriptions that are unknown: a provider once a round, and each description of a few providers, not
    /// of all that run the same component, nor of one that names it and never sends it.
    fn ask_descriptions(
        &mut self,
        key: PublicKey,
        sample: &Sample,
        round: u64,
        at: Moment,
    ) -> Result<Option<Act>, SealError> {
        if self.wanted.contains_key(&key) || self.catalogue.is_full() {
            return Ok(None);
        }
        let described = sample.producers.iter().filter_map(|(_, report)| report.description);
        let asked_of = |hash: &Hash| self.asked_for.get(hash).copied().unwrap_or_default();
        let unknown =
            self.catalogue.missing(described).into_iter().filter(|hash| asked_of(hash) < DESCRIPTION_ASKED_OF);
        let unknown: BTreeSet<Hash> = unknown.take(DESCRIPTIONS_ASKED).collect();
        unknown.iter().for_each(|hash| *self.asked_for.entry(*hash).or_default() += 1);
        if unknown.is_empty() {
            return Ok(None);
        }
        self.wanted.insert(key, unknown.clone());
        self.poll(To::One(key), round, unknown.into_iter().collect(), at).map(Some)
    }
}

/// The run and the number of the sample that a reply holds, if it holds one.
fn sample_of(reply: &Reply) -> Option<(Id, u64)> {
    match &reply.answer {
        Answer::Sample(sample) => Some((reply.instance, sample.sequence)),
        Answer::Refusal(_) => None,
    }
}

/// Logs that a provider's own word was not taken: which sample it was, for whoever misses it in the journal.
fn tell(provider: PublicKey, poll: Id, reply: &Reply, rejection: &Rejection) {
    let (instance, sequence) = (reply.instance, sample_of(reply).map(|(_, sequence)| sequence));
    tracing::debug!(%provider, %poll, %instance, sequence, reason = %rejection.reason, "a reply was not taken");
}
