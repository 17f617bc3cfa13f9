//! A gatherer and a provider that a test plays: honest by themselves, and forged from there.

use std::sync::Arc;

use async_nats::Message;
use statsgrid_wire::envelope::{Keyring, Raw, open, seal, signed_hash};
use statsgrid_wire::message::{Announcement, Answer, Bye, Poll, Reply, Sample};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Scope, Subjects, To, Topic};
use statsgrid_wire::{Address, Id, Identity, Number, PublicKey, Rejection, Unknown, Verifier};

use crate::letter::Letter;
use crate::nats_server::NatsServer;
use crate::now_ms;

/// What a poll says of its validity and of how long it waits, unless a test changes it.
const TTL_MS: u64 = 60_000;
const DEADLINE_MS: u64 = 10_000;

/// A gatherer in name.
#[derive(Debug)]
pub struct PlayedGatherer {
    /// Who it is.
    pub identity: Identity,
    /// Under the prefix that all use who say nothing else.
    pub subjects: Subjects,
}

/// A provider in name.
#[derive(Debug)]
pub struct PlayedProvider {
    /// Who it is.
    pub identity: Identity,
    /// This run of it.
    pub instance: Id,
    /// What people call it.
    pub nickname: String,
    subjects: Subjects,
}

impl PlayedGatherer {
    /// A new one.
    #[allow(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        Self { identity: new_identity(), subjects: subjects() }
    }

    /// Its public key.
    pub fn key(&self) -> PublicKey {
        self.identity.public_key()
    }

    /// The line that nodes take.
    pub fn address(&self, server: &NatsServer) -> String {
        let servers = vec![server.url().to_owned()];
        let (subjects, gatherer) = (self.subjects.clone(), self.key());
        Address { servers, subjects, gatherer, enrolment: None }.to_string()
    }

    /// What it subscribes to, to hear who comes.
    pub fn announcements(&self) -> String {
        let [announcements, _] = self.subjects.presence_for(&self.key());
        announcements
    }

    /// What it subscribes to, to hear who goes.
    pub fn goodbyes(&self) -> String {
        let [_, goodbyes] = self.subjects.presence_for(&self.key());
        goodbyes
    }

    /// What it subscribes to, to hear answers.
    pub fn replies(&self) -> String {
        self.subjects.replies_to(&self.key(), Scope::All)
    }

    /// A poll of this moment, in a round of its own.
    pub fn poll(&self, to: To) -> Poll {
        Poll {
            gatherer: self.key(),
            to,
            round: now_ms(),
            id: new_id(),
            issued_ms: now_ms(),
            ttl_ms: TTL_MS,
            deadline_ms: DEADLINE_MS,
            splay_ms: 0,
            max_reply: 64 * 1024,
            scope: Scope::All,
            describe: Vec::new(),
            unknown: Unknown,
        }
    }

    /// Seals a poll.
    pub fn seal(&self, poll: &Poll) -> Letter {
        let topic = Topic::Poll { gatherer: poll.gatherer, to: poll.to };
        seal(&self.identity, &self.subjects, &topic, poll).expect("an honest poll can be sealed").into()
    }

    /// Reads an answer, as the gatherer does.
    #[track_caller]
    pub fn read_reply(&self, message: &Message) -> Reply {
        read(message, &self.subjects)
    }

    /// Reads an announcement, as the gatherer does.
    #[track_caller]
    pub fn read_announcement(&self, message: &Message) -> Announcement {
        read(message, &self.subjects)
    }

    /// Reads a goodbye, as the gatherer does.
    #[track_caller]
    pub fn read_bye(&self, message: &Message) -> Bye {
        read(message, &self.subjects)
    }
}

impl PlayedProvider {
    /// A new one.
    pub fn new(nickname: &str) -> Self {
        Self { identity: new_identity(), instance: new_id(), nickname: nickname.to_owned(), subjects: subjects() }
    }

    /// Its public key.
    pub fn key(&self) -> PublicKey {
        self.identity.public_key()
    }

    /// What it says of itself to `gatherer` at this moment.
    pub fn announcement(&self, gatherer: PublicKey) -> Announcement {
        let (instance, nickname) = (self.instance, self.nickname.clone());
        Announcement { gatherer, instance, nickname, issued_ms: now_ms(), unknown: Unknown }
    }

    /// Seals an announcement.
    pub fn announce(&self, announcement: &Announcement) -> Letter {
        let topic = Topic::Announce { gatherer: announcement.gatherer, provider: self.key() };
        seal(&self.identity, &self.subjects, &topic, announcement).expect("an honest word can be sealed").into()
    }

    /// Takes leave of `gatherer` in the name of `instance`.
    pub fn bye(&self, gatherer: PublicKey, instance: Id) -> Letter {
        let bye = Bye { gatherer, instance, issued_ms: now_ms(), unknown: Unknown };
        let topic = Topic::Bye { gatherer, provider: self.key() };
        seal(&self.identity, &self.subjects, &topic, &bye).expect("an honest word can be sealed").into()
    }

    /// The answer to the poll in `asked`, with this stat: it is the sample of this number.
    pub fn sample(&self, asked: &Message, sequence: u64, (name, value): (&str, i64)) -> Reply {
        let stats = [(name, Number::Integer(value))].into_iter().collect();
        let sample = Sample { sequence, stats, ..Sample::default() };
        self.say(asked, Answer::Sample(Box::new(sample)))
    }

    /// The answer to the poll in `asked`.
    pub fn say(&self, asked: &Message, answer: Answer) -> Reply {
        let (instance, nickname) = (self.instance, self.nickname.clone());
        Reply { poll: signed_hash::<Poll>(&asked.payload), instance, nickname, answer, unknown: Unknown }
    }

    /// Seals an answer to the poll in `asked`.
    pub fn answer(&self, asked: &Message, reply: &Reply) -> Letter {
        let poll: Poll = read(asked, &self.subjects);
        let topic =
            Topic::Reply { gatherer: poll.gatherer, scope: poll.answered_to(), poll: poll.id, provider: self.key() };
        seal(&self.identity, &self.subjects, &topic, reply).expect("an honest answer can be sealed").into()
    }
}

/// Whoever signed is taken: what a test reads, it has asked for.
struct AnyKey;

impl Keyring for AnyKey {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        Ok(Arc::new(topic.signer().verifier().expect("honest keys are strong")))
    }
}

#[track_caller]
fn read<M: statsgrid_wire::envelope::Message>(message: &Message, subjects: &Subjects) -> M {
    let letter = Letter::from(message);
    let headers = letter.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let raw = Raw::new(&letter.subject, headers, &letter.body);
    open(&raw, subjects, &AnyKey).expect("an honest message can be opened").message
}

fn new_identity() -> Identity {
    Identity::generate().expect("the system gives randomness")
}

fn new_id() -> Id {
    Id::random().expect("the system gives randomness")
}

fn subjects() -> Subjects {
    Subjects::under(DEFAULT_PREFIX).expect("the default is a prefix")
}
