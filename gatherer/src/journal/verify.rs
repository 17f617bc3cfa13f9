//! The check of a journal after the fact, with nothing but the keys: each entry as a receiver would have checked it, then
//! held against the entries before it. PROTOCOL.md has the checks under the same numbers.
//!
//! A file of any size is read in bounded memory. Signatures are checked one by one, strictly: a batch would be faster,
//! and lets through what only a dishonest signer makes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use statsgrid_wire::envelope::{Keyring, Opened, open, signed_hash};
use statsgrid_wire::message::{Answer, Poll, Reply};
use statsgrid_wire::subject::{Subjects, Topic};
use statsgrid_wire::{Id, PublicKey, Reason, Rejection, Verifier};

use super::entry::{Entry, Kind};
use super::lines::{Line, Lines};
use super::remembered::Remembered;
use super::summary::Summary;
use crate::limits::{JOURNAL_LINE_BYTES, KEYS};
use crate::trust::{Admission, Judgement};

/// Who hears what is found.
pub trait Findings {
    /// A line is bad, for this.
    fn bad(&mut self, line: u64, why: &Rejection);
    /// A last line of so many bytes has no end.
    fn torn(&mut self, line: u64, bytes: usize);
    /// A reply is good.
    fn reply(&mut self, reply: &Checked);
}

/// A good reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The round of its poll.
    pub round: u64,
    /// Who answered.
    pub provider: PublicKey,
    /// The run of the provider.
    pub instance: Id,
    /// The number of its sample; none: it is a refusal.
    pub sequence: Option<u64>,
    /// It came after its poll's deadline.
    pub late: bool,
}

/// The check of one journal, whose files are read one after the other, the oldest first.
#[derive(Debug, Default)]
pub struct Verification {
    signers: Signers,
    remembered: Remembered,
    summary: Summary,
}

impl Verification {
    /// Takes the polls of these gatherers, or of all if none is named.
    pub fn of(gatherers: Vec<PublicKey>) -> Self {
        Self { signers: Signers { gatherers, ..Signers::default() }, ..Self::default() }
    }

    /// Takes the replies of those alone whom these decisions accept.
    pub fn trusting(mut self, admission: Admission) -> Self {
        self.signers.admission = Some(admission);
        self
    }

    /// Checks one file.
    pub fn read(&mut self, file: impl BufRead, findings: &mut impl Findings) -> io::Result<()> {
        let mut lines = Lines::of(file);
        while let Some((number, line)) = lines.next()? {
            let checked = match line {
                Line::Whole(line) => self.check(line),
                Line::TooLong => Err(too_long()),
                Line::Torn(bytes) => {
                    self.summary.torn += 1;
                    findings.torn(number, bytes);
                    continue;
                }
            };
            self.summary.entries += 1;
            match checked {
                Ok(Some(reply)) => findings.reply(&reply),
                Ok(None) => {}
                Err(why) => {
                    self.summary.bad += 1;
                    findings.bad(number, &why);
                }
            }
        }
        Ok(())
    }

    /// What was found so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn check(&mut self, line: &[u8]) -> Result<Option<Checked>, Rejection> {
        let entry: Entry = serde_json::from_slice(line)
            .map_err(|error| Rejection::new(Reason::Malformed, format!("no entry of a journal: {error}")))?;
        let subjects = Subjects::found_in(&entry.subject)
            .ok_or_else(|| Rejection::new(Reason::WrongKey, format!("subject {:?} names no signer", entry.subject)))?;
        match entry.kind {
            Kind::Poll => self.check_poll(&entry, &subjects).map(|()| None),
            Kind::Reply => self.check_reply(&entry, &subjects).map(Some),
        }
    }

    fn check_poll(&mut self, entry: &Entry, subjects: &Subjects) -> Result<(), Rejection> {
        let Opened { message: poll, topic, verifier } = open::<Poll>(&entry.raw(), subjects, &self.signers)?;
        self.signers.keep(topic.signer(), verifier);
        self.remembered.asked(subjects, &poll, signed_hash::<Poll>(entry.body.as_bytes()))?;
        self.summary.asked(poll.gatherer);
        Ok(())
    }

    fn check_reply(&mut self, entry: &Entry, subjects: &Subjects) -> Result<Checked, Rejection> {
        let opened = open::<Reply>(&entry.raw(), subjects, &self.signers)?;
        let (provider, gatherer) = (opened.topic.signer(), opened.topic.gatherer());
        self.signers.keep(provider, opened.verifier.clone());
        let place = self.remembered.answered(&entry.subject, &opened)?;
        let reply = &opened.message;
        let sequence = match &reply.answer {
            Answer::Sample(sample) => Some(sample.sequence),
            Answer::Refusal(_) => None,
        };
        self.summary.answered(provider, gatherer);
        self.summary.late += u64::from(entry.late);
        self.summary.again += u64::from(place.again);
        match sequence {
            Some(sequence) if !place.again => self.summary.sampled(provider, gatherer, reply.instance, sequence),
            Some(_) => {}
            None => self.summary.refusals += 1,
        }
        Ok(Checked { round: place.round, provider, instance: reply.instance, sequence, late: entry.late })
    }
}

fn too_long() -> Rejection {
    Rejection::new(Reason::TooLarge, format!("a line of more than {JOURNAL_LINE_BYTES} bytes"))
}

/// Everybody's key that is one, for the gatherers that are taken.
#[derive(Debug, Default)]
struct Signers {
    /// None: all are.
    gatherers: Vec<PublicKey>,
    /// None: every provider is.
    admission: Option<Admission>,
    taken_in: RefCell<HashMap<PublicKey, Arc<Verifier>>>,
}

impl Signers {
    /// Keeps the key of one that has signed: one that was only named costs nothing but time.
    fn keep(&self, key: PublicKey, verifier: Arc<Verifier>) {
        let mut taken_in = self.taken_in.borrow_mut();
        if taken_in.len() < KEYS {
            taken_in.entry(key).or_insert(verifier);
        }
    }
}

impl Keyring for Signers {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        let gatherer = topic.gatherer();
        if !self.gatherers.is_empty() && !self.gatherers.contains(&gatherer) {
            return Err(Rejection::new(Reason::OtherGatherer, format!("a message of or to {gatherer}")));
        }
        let key = topic.signer();
        if let (Topic::Reply { .. }, Some(admission)) = (topic, &self.admission) {
            match admission.judge(&key) {
                Judgement::Accepted => {}
                Judgement::Unknown => {
                    return Err(Rejection::new(Reason::UnknownProvider, format!("{key} is not in the trust file")));
                }
                Judgement::Revoked => {
                    return Err(Rejection::new(Reason::Revoked, format!("{key} is revoked in the trust file")));
                }
            }
        }
        if let Some(verifier) = self.taken_in.borrow().get(&key) {
            return Ok(verifier.clone());
        }
        let weak = |error| Rejection::new(Reason::UnknownProvider, format!("{key}: {error}"));
        Ok(Arc::new(key.new_verifier().map_err(weak)?))
    }
}
