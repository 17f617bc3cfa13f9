//! What a reader of a journal remembers: the polls of the last rounds, who answered each, and with which sample.
//!
//! The gatherer's own memory (`round/asked.rs`) goes by its own rounds and its own clock. This one goes by what stands in
//! the file, for that is what a stranger can check.

use std::collections::{HashMap, HashSet, VecDeque};

use statsgrid_wire::envelope::Opened;
use statsgrid_wire::message::{Answer, Poll, Reply};
use statsgrid_wire::subject::{Subjects, To};
use statsgrid_wire::{Hash, Id, PublicKey, Reason, Rejection};

use crate::limits::{JOURNAL_ROUND_ENTRIES, JOURNAL_ROUNDS_REMEMBERED};

/// The last rounds that were met, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    rounds: VecDeque<Round>,
}

#[derive(Debug)]
struct Round {
    gatherer: PublicKey,
    name: u64,
    /// Polls and answers that were taken.
    entries: usize,
    polls: HashMap<Hash, Question>,
    /// Each provider's last sample: its run and its number.
    samples: HashMap<PublicKey, (Id, u64)>,
}

#[derive(Debug)]
struct Question {
    to: To,
    /// An answer's subject up to the provider.
    answered_on: String,
    answered: HashSet<PublicKey>,
}

/// A reply in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The round of its poll.
    pub round: u64,
    /// An entry before it brought the same sample.
    pub again: bool,
}

impl Remembered {
    /// Remembers a poll whose seal is good.
    pub(super) fn asked(&mut self, subjects: &Subjects, poll: &Poll, hash: Hash) -> Result<(), Rejection> {
        let is_it = |round: &Round| round.gatherer == poll.gatherer && round.name == poll.round;
        match self.rounds.iter_mut().find(|round| is_it(round)) {
            Some(round) => round.ask(subjects, poll, hash),
            None => {
                if self.rounds.len() >= JOURNAL_ROUNDS_REMEMBERED {
                    self.rounds.pop_front();
                }
                let mut round = Round::of(poll);
                round.ask(subjects, poll, hash)?;
                self.rounds.push_back(round);
                Ok(())
            }
        }
    }

    /// Holds a reply whose seal is good against the polls.
    pub(super) fn answered(&mut self, subject: &str, opened: &Opened<Reply>) -> Result<Place, Rejection> {
        let (provider, reply) = (opened.topic.signer(), &opened.message);
        match self.rounds.iter_mut().find(|round| round.polls.contains_key(&reply.poll)) {
            Some(round) => round.answer(provider, subject, reply),
            None => {
                let detail = format!("{provider} answers poll {}, which does not stand before it", reply.poll);
                Err(Rejection::new(Reason::WrongPoll, detail))
            }
        }
    }
}

impl Round {
    fn of(poll: &Poll) -> Self {
        let (gatherer, name) = (poll.gatherer, poll.round);
        Self { gatherer, name, entries: 0, polls: HashMap::new(), samples: HashMap::new() }
    }

    fn ask(&mut self, subjects: &Subjects, poll: &Poll, hash: Hash) -> Result<(), Rejection> {
        // A poll stands again after each rotation.
        if self.polls.contains_key(&hash) {
            return Ok(());
        }
        self.grow()?;
        let prefix = subjects.prefix();
        let answered_on = format!("{prefix}.reply.{}.{}.{}.", poll.gatherer, poll.answered_to(), poll.id);
        self.polls.insert(hash, Question { to: poll.to, answered_on, answered: HashSet::new() });
        Ok(())
    }

    fn answer(&mut self, provider: PublicKey, subject: &str, reply: &Reply) -> Result<Place, Rejection> {
        let round = self.name;
        let wrong = |what: &str| Rejection::new(Reason::WrongPoll, format!("{provider} answers {what}"));
        let double = |what: &str| Rejection::new(Reason::Duplicate, format!("{provider} {what} in round {round}"));
        let Some(question) = self.polls.get(&reply.poll) else { return Err(wrong("no poll of this round")) };
        if !question.to.asks(&provider) {
            return Err(wrong(&format!("a poll to {}", question.to)));
        }
        if subject.strip_prefix(&question.answered_on) != Some(provider.as_str()) {
            return Err(wrong("on another subject than its poll gives"));
        }
        if question.answered.contains(&provider) {
            return Err(double("answers one poll twice"));
        }
        let again = match (&reply.answer, self.samples.get(&provider)) {
            (Answer::Sample(sample), Some((instance, sequence))) if *instance == reply.instance => {
                if *sequence != sample.sequence {
                    return Err(double("gives two samples"));
                }
                true
            }
            _ => false,
        };
        self.grow()?;
        // Nothing is remembered of what is refused.
        if let Some(question) = self.polls.get_mut(&reply.poll) {
            question.answered.insert(provider);
        }
        if let Answer::Sample(sample) = &reply.answer {
            self.samples.insert(provider, (reply.instance, sample.sequence));
        }
        Ok(Place { round, again })
    }

    fn grow(&mut self) -> Result<(), Rejection> {
        if self.entries >= JOURNAL_ROUND_ENTRIES {
            let detail = format!("round {} has more than {JOURNAL_ROUND_ENTRIES} polls and answers", self.name);
            return Err(Rejection::new(Reason::TooLarge, detail));
        }
        self.entries += 1;
        Ok(())
    }
}
