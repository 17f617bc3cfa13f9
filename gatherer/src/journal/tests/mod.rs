//! The journal as a whole: what is written is verified, and what is not so is named.

mod checks;
mod writing;

use statsgrid_wire::envelope::{Sealed, seal};
use statsgrid_wire::message::{Answer, Poll, Refusal, RefusalReason, Reply, Sample};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Scope, Subjects, To, Topic};
use statsgrid_wire::{Id, Identity, PublicKey, Rejection, Unknown};

use super::{Checked, Entry, Findings, Summary, Verification};

const NOW: u64 = 1_795_358_400_000;

/// A gatherer that asks.
struct Asking {
    identity: Identity,
    subjects: Subjects,
}

/// A provider that answers.
struct Node {
    identity: Identity,
    instance: Id,
}

/// A poll as it was sent.
#[derive(Clone)]
struct Asked {
    poll: Poll,
    sealed: Sealed,
}

impl Asking {
    fn new() -> Self {
        Self::under(DEFAULT_PREFIX)
    }

    fn under(prefix: &str) -> Self {
        Self { identity: Identity::generate().unwrap(), subjects: Subjects::under(prefix).unwrap() }
    }

    fn key(&self) -> PublicKey {
        self.identity.public_key()
    }

    fn ask(&self, to: To, round: u64) -> Asked {
        let (gatherer, id) = (self.key(), Id::random().unwrap());
        let (ttl_ms, deadline_ms, splay_ms, max_reply) = (60_000, 10_000, 0, 65_536);
        let (scope, describe, unknown, issued_ms) = (Scope::All, Vec::new(), Unknown, round);
        let poll = Poll {
            gatherer,
            to,
            round,
            id,
            issued_ms,
            ttl_ms,
            deadline_ms,
            splay_ms,
            max_reply,
            scope,
            describe,
            unknown,
        };
        let sealed = seal(&self.identity, &self.subjects, &Topic::Poll { gatherer, to }, &poll).unwrap();
        Asked { poll, sealed }
    }

    /// What `node` answers to `asked`.
    fn reply(&self, node: &Node, asked: &Asked, answer: Answer) -> Sealed {
        let Poll { gatherer, id, .. } = asked.poll;
        let topic = Topic::Reply { gatherer, scope: asked.poll.answered_to(), poll: id, provider: node.key() };
        let nickname = "alpha".to_owned();
        let reply = Reply { poll: asked.sealed.hash, instance: node.instance, nickname, answer, unknown: Unknown };
        seal(&node.identity, &self.subjects, &topic, &reply).unwrap()
    }

    fn sample(&self, node: &Node, asked: &Asked, sequence: u64) -> Entry {
        entry(&self.reply(node, asked, sample(sequence)))
    }
}

impl Node {
    fn new() -> Self {
        Self { identity: Identity::generate().unwrap(), instance: Id::random().unwrap() }
    }

    fn key(&self) -> PublicKey {
        self.identity.public_key()
    }
}

impl Asked {
    fn entry(&self) -> Entry {
        Entry::poll(&self.sealed, NOW).unwrap()
    }
}

fn sample(sequence: u64) -> Answer {
    let counters = [("a.count", sequence)].into_iter().collect();
    Answer::Sample(Box::new(Sample { sequence, counters, ..Sample::default() }))
}

fn refusal() -> Answer {
    Answer::Refusal(Refusal { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000, unknown: Unknown })
}

/// A reply as it came.
fn entry(sealed: &Sealed) -> Entry {
    let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
    Entry::reply(NOW + 5, &sealed.subject, headers, &sealed.body).unwrap()
}

/// What was found.
#[derive(Default)]
struct Found {
    bad: Vec<(u64, Rejection)>,
    torn: Vec<(u64, usize)>,
    replies: Vec<Checked>,
}

impl Findings for Found {
    fn bad(&mut self, line: u64, why: &Rejection) {
        self.bad.push((line, why.clone()));
    }

    fn torn(&mut self, line: u64, bytes: usize) {
        self.torn.push((line, bytes));
    }

    fn reply(&mut self, reply: &Checked) {
        self.replies.push(*reply);
    }
}

fn verify(text: &[u8]) -> (Summary, Found) {
    let (mut verification, mut found) = (Verification::default(), Found::default());
    verification.read(text, &mut found).unwrap();
    (verification.summary().clone(), found)
}

fn text(entries: &[Entry]) -> Vec<u8> {
    let mut lines = Vec::new();
    entries.iter().for_each(|entry| entry.write_line(&mut lines));
    lines
}
