//! The polls that were sent, and who has answered which: what a reply is held against.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::To;
use statsgrid_wire::{Hash, Id, Moment, PublicKey, Reason, Rejection};

use crate::limits::ROUNDS_REMEMBERED;

/// Polls of the last rounds.
#[derive(Debug, Default)]
pub(super) struct Asked {
    rounds: VecDeque<RoundAsked>,
}

#[derive(Debug)]
struct RoundAsked {
    round: u64,
    polls: HashMap<Id, Question>,
    /// Whose sample of this round was taken: its run and its number.
    samples: HashMap<PublicKey, (Id, u64)>,
}

#[derive(Debug)]
struct Question {
    hash: Hash,
    to: To,
    until: Duration,
    answered: HashSet<PublicKey>,
}

/// A poll that asks a provider, in its round.
struct Found<'a> {
    round: u64,
    question: &'a mut Question,
    samples: &'a mut HashMap<PublicKey, (Id, u64)>,
}

/// What a reply is, beside honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The round that it belongs to.
    pub round: u64,
    /// It came after its poll's deadline.
    pub late: bool,
    /// Another poll of the round brought the same sample before.
    pub again: bool,
}

impl Asked {
    /// Remembers a poll that goes out `now`.
    pub(super) fn sent(&mut self, poll: &Poll, hash: Hash, now: Moment) {
        if self.rounds.back().is_none_or(|last| last.round < poll.round) {
            self.rounds.push_back(RoundAsked { round: poll.round, polls: HashMap::new(), samples: HashMap::new() });
        }
        while self.rounds.len() > ROUNDS_REMEMBERED {
            self.rounds.pop_front();
        }
        let until = now.monotonic + Duration::from_millis(poll.deadline_ms);
        let question = Question { hash, to: poll.to, until, answered: HashSet::new() };
        if let Some(round) = self.rounds.iter_mut().find(|round| round.round == poll.round) {
            round.polls.insert(poll.id, question);
        }
    }

    /// Holds a reply of `provider` to the poll `id` with this hash, which came `at`, against what was asked. `sample` is
    /// the run and number of the sample that it holds, if it holds one.
    pub(super) fn place(
        &mut self,
        provider: PublicKey,
        id: Id,
        hash: Hash,
        sample: Option<(Id, u64)>,
        at: Moment,
    ) -> Result<Place, Rejection> {
        let Found { round, question, samples } = self.find(provider, id, hash)?;
        let duplicate = |what| Rejection::new(Reason::Duplicate, format!("{provider} {what} in round {round}"));
        if !question.answered.insert(provider) {
            return Err(duplicate("answers one poll twice"));
        }
        let mut place = Place { round, late: at.monotonic > question.until, again: false };
        if let Some(sample) = sample {
            match samples.get(&provider) {
                Some(before) if *before == sample => place.again = true,
                // A provider that was started anew within the round has a new sample, and no other.
                Some((instance, _)) if *instance == sample.0 => return Err(duplicate("gives two samples")),
                _ => {
                    samples.insert(provider, sample);
                }
            }
        }
        Ok(place)
    }

    /// Whether the poll `id` with this hash asks `provider`; nothing is remembered.
    pub(super) fn asks(&mut self, provider: PublicKey, id: Id, hash: Hash) -> Result<(), Rejection> {
        self.find(provider, id, hash).map(|_| ())
    }

    fn find(&mut self, provider: PublicKey, id: Id, hash: Hash) -> Result<Found<'_>, Rejection> {
        let mut rounds = self.rounds.iter_mut().rev();
        let found = rounds.find_map(|asked| {
            Some(Found { round: asked.round, question: asked.polls.get_mut(&id)?, samples: &mut asked.samples })
        });
        let Some(found) = found else {
            return Err(Rejection::new(Reason::WrongPoll, format!("{provider} answers poll {id}, which is not open")));
        };
        if found.question.hash != hash || !found.question.to.asks(&provider) {
            let detail = format!("{provider} answers another poll than {id} to {}", found.question.to);
            return Err(Rejection::new(Reason::WrongPoll, detail));
        }
        Ok(found)
    }
}
