//! Who comes and who goes: announcements, goodbyes, keys that nobody has decided on, and what people decide.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::envelope::SealError;
use statsgrid_wire::message::{Announcement, Bye, Reply};
use statsgrid_wire::subject::To;
use statsgrid_wire::{Id, Moment, PublicKey, Reason, Rejection};

use super::gathering::{Act, Gathering};
use crate::limits::{ASK_EVERY, ASKED_AS_NEWCOMER, PRESENCE_TTL};
use crate::snapshot::RoundOutcome;
use crate::trust::{Admission, Heard, Judgement};

impl Gathering {
    /// A verified announcement: who announces itself is asked at once, if people trust it.
    pub fn announce(&mut self, key: PublicKey, said: &Announcement, at: Moment) -> Result<Vec<Act>, SealError> {
        if let Some(rejection) = self.revoked(&key).or_else(|| self.stale(key, said.issued_ms, at)) {
            return Ok(vec![self.reject(rejection, Some(key))]);
        }
        if !self.admission.accepts(&key) {
            return Ok(vec![self.wait(key, said, at)]);
        }
        // A run that has lost its connection and is there again, and has answered in this round, has nothing new to say.
        let is_heard = self.round.as_ref().is_some_and(|round| round.answered.contains(&key))
            && self.roster.get_mut(&key).is_some_and(|member| member.instance == Some(said.instance));
        let mut acts = self.welcome(key, &said.nickname, said.instance, at);
        if let Some(member) = self.roster.get_mut(&key) {
            member.said_ms = said.issued_ms;
        }
        if !is_heard {
            acts.extend(self.ask_newcomer(key, at)?);
        }
        Ok(acts)
    }

    /// A verified goodbye: it counts for the current run alone.
    pub fn bye(&mut self, key: PublicKey, said: &Bye, at: Moment) -> Vec<Act> {
        if let Some(rejection) = self.revoked(&key).or_else(|| self.stale(key, said.issued_ms, at)) {
            return vec![self.reject(rejection, Some(key))];
        }
        let Some(member) = self.roster.get_mut(&key) else {
            return Vec::new();
        };
        member.said_ms = said.issued_ms;
        if !member.present || member.instance != Some(said.instance) {
            return Vec::new();
        }
        member.present = false;
        member.turned_out(RoundOutcome::Gone);
        self.unwritten = true;
        let mut acts = vec![Act::Disconnected(key, member.record.clone())];
        acts.extend(self.close_if_complete(at));
        acts
    }

    /// People have decided anew. Who is no longer trusted leaves with its record; who waited and now is, is asked.
    pub fn decide(&mut self, admission: Admission, at: Moment) -> Result<Vec<Act>, SealError> {
        self.admission = admission.clone();
        let mut acts = Vec::new();
        for (key, member) in self.roster.take(|key| !admission.accepts(key)) {
            self.unwritten = true;
            if member.present {
                acts.push(Act::Disconnected(key, member.record));
            }
        }
        let decided = self.pending.take(|key| admission.judge(key) != Judgement::Unknown);
        self.pending_is_new |= !decided.is_empty();
        for (key, applicant) in decided.into_iter().filter(|(key, _)| admission.accepts(key)) {
            // One of an earlier run that was not heard in this one is reached by the poll to all, if it is there.
            let Some(instance) = applicant.instance else { continue };
            acts.extend(self.welcome(key, &applicant.nickname, instance, at));
            if let Some(member) = self.roster.get_mut(&key) {
                member.said_ms = applicant.said_ms;
                Arc::make_mut(&mut member.record).first_seen = Some(applicant.first_seen);
            }
            acts.extend(self.ask_newcomer(key, at)?);
        }
        acts.extend(self.close_if_complete(at));
        Ok(acts)
    }

    /// Why nothing of a key is taken that people have revoked.
    pub(super) fn revoked(&self, key: &PublicKey) -> Option<Rejection> {
        let revoked = self.admission.judge(key) == Judgement::Revoked;
        revoked.then(|| Rejection::new(Reason::Revoked, format!("{key} is revoked in the trust file")))
    }

    fn wait(&mut self, key: PublicKey, said: &Announcement, at: Moment) -> Act {
        if let Some(applicant) = self.pending.hear(key, &said.nickname, Heard::Announcement, at) {
            (applicant.instance, applicant.said_ms) = (Some(said.instance), said.issued_ms);
        } else {
            self.tally.pending_refused += 1;
        }
        self.waits(key, &said.nickname)
    }

    /// A key that nobody has decided on has answered a poll.
    pub(super) fn wait_for_decision(&mut self, key: PublicKey, reply: &Reply, at: Moment) -> Act {
        if let Some(applicant) = self.pending.hear(key, &reply.nickname, Heard::Reply, at) {
            applicant.instance = Some(reply.instance);
        } else {
            self.tally.pending_refused += 1;
        }
        self.waits(key, &reply.nickname)
    }

    fn waits(&mut self, key: PublicKey, nickname: &str) -> Act {
        self.pending_is_new = true;
        let detail = format!("{nickname:?} waits for a decision: stats-gatherer approve {key}, or revoke {key}");
        self.reject(Rejection::new(Reason::UnknownProvider, detail), None)
    }

    /// Puts a provider on the roster.
    pub(super) fn welcome(&mut self, key: PublicKey, nickname: &str, instance: Id, at: Moment) -> Vec<Act> {
        let Some(member) = self.roster.join(key, nickname, at) else {
            return Vec::new();
        };
        let came = !member.present;
        member.present = true;
        member.heard = at;
        member.silent_before = Duration::ZERO;
        member.missed = 0;
        member.instance = Some(instance);
        if came { vec![Act::Connected(key, member.record.clone())] } else { Vec::new() }
    }

    /// Asks a provider that came between two polls to all, not too often.
    fn ask_newcomer(&mut self, key: PublicKey, at: Moment) -> Result<Option<Act>, SealError> {
        // Before the first round nothing is asked: its poll goes to all.
        let last = self.closed_one.then_some(self.last_round);
        let Some(round) = self.round.as_ref().map(|round| round.name).or(last) else {
            return Ok(None);
        };
        let Some(member) = self.roster.get_mut(&key) else { return Ok(None) };
        if member.asked.is_some_and(|asked| at.since(asked) < ASK_EVERY) {
            return Ok(None);
        }
        let asked = if member.asked_in.0 == round { member.asked_in.1 } else { 0 };
        if asked >= ASKED_AS_NEWCOMER {
            self.tally.announced_too_often += 1;
            return Ok(None);
        }
        if !self.newcomers.has_room(at) {
            return Ok(None);
        }
        (member.asked, member.asked_in) = (Some(at), (round, asked + 1));
        self.poll(To::One(key), round, Vec::new(), at).map(Some)
    }

    /// Whether a message of presence is not of this time, or older than one that was heard.
    fn stale(&mut self, key: PublicKey, issued_ms: u64, at: Moment) -> Option<Rejection> {
        let off = at.wall_ms.abs_diff(issued_ms);
        let said = self.roster.get_mut(&key).map(|member| member.said_ms);
        let said = said.or_else(|| self.pending.get(&key).map(|applicant| applicant.said_ms));
        let detail = if u128::from(off) > PRESENCE_TTL.as_millis() {
            format!("{key} said so {off} ms ago or ahead, by the two clocks")
        } else if said.is_some_and(|said_ms| issued_ms <= said_ms) {
            format!("{key} said so before, or something newer")
        } else {
            return None;
        };
        Some(Rejection::new(Reason::Stale, detail))
    }
}
