//! The members of a fleet, and what they have heard and said.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use statsgrid_wire::envelope::{Keyring, Raw, Sealed, open, signed_hash};
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::{Subjects, Topic};
use statsgrid_wire::{Address, Hash, Hex, Id, Identity, PublicKey, Reason, Rejection, Verifier};

use super::conduct::{Conduct, Faults, Turn};
use super::numbers::Report;

/// All members, and whom they answer.
pub struct Crew {
    /// By their number in the fleet.
    pub members: Vec<Identity>,
    numbers: HashMap<PublicKey, u32>,
    /// How they behave.
    pub faults: Faults,
    /// What they report.
    pub report: Report,
    /// Rounds after the first one in which they answer.
    pub rounds: u32,
    /// Under which prefix they speak.
    pub subjects: Subjects,
    /// Whom they answer.
    pub gatherer: PublicKey,
    /// Who forges.
    pub forger: Identity,
    verifier: Arc<Verifier>,
    heard: Mutex<HeardSoFar>,
    began: Sender<Began>,
    kept: Mutex<HashMap<u32, Sealed>>,
    /// What they have said.
    pub said: Said,
}

/// A poll that was opened.
#[derive(Debug)]
pub struct Heard {
    /// What it says.
    pub poll: Poll,
    /// What an answer names it by.
    pub hash: Hash,
    /// Its round, counted from 0.
    pub round: u32,
}

/// A round has begun.
#[derive(Clone, Copy, Debug)]
pub struct Began {
    /// Counted from 0.
    pub round: u32,
    /// As the gatherer calls it.
    pub name: u64,
    /// When its first poll was heard.
    pub at: Instant,
}

#[derive(Debug, Default)]
struct HeardSoFar {
    rounds: Vec<u64>,
    /// The newest poll to many: its connections hear the same bytes.
    last: Option<(Bytes, Arc<Heard>)>,
}

/// Messages and bytes that went out.
#[derive(Debug, Default)]
pub struct Said {
    by_conduct: [AtomicU64; 9],
    honest: AtomicU64,
    bytes: AtomicU64,
    largest: AtomicU64,
}

impl Crew {
    /// So many members, each with a new identity, that answer the gatherer of `address`.
    pub fn of(
        members: u32,
        (faults, report, rounds): (Faults, Report, u32),
        address: &Address,
        began: Sender<Began>,
    ) -> Result<Self> {
        let verifier = address.gatherer.verifier().context("the gatherer's key")?;
        let members = identities(members)?;
        Ok(Self {
            numbers: (0..).zip(&members).map(|(index, member)| (member.public_key(), index)).collect(),
            members,
            faults,
            report,
            rounds,
            subjects: address.subjects.clone(),
            gatherer: address.gatherer,
            forger: Identity::generate()?,
            verifier: Arc::new(verifier),
            heard: Mutex::default(),
            began,
            kept: Mutex::default(),
            said: Said::default(),
        })
    }

    /// The poll in `message`, if it is one of the gatherer's, in a round that is answered.
    pub fn hear(&self, message: &Message) -> Option<Arc<Heard>> {
        let mut so_far = lock(&self.heard);
        if let Some((payload, heard)) = &so_far.last
            && *payload == message.payload
        {
            return Some(heard.clone()).filter(|heard| heard.round <= self.rounds);
        }
        let headers = message.headers.iter().flat_map(HeaderMap::iter);
        let headers = headers.flat_map(|(name, values)| values.iter().map(|value| (name.as_ref(), value.as_str())));
        let raw = Raw::new(&message.subject, headers, &message.payload);
        let poll = open::<Poll>(&raw, &self.subjects, self).ok()?.message;
        let known = so_far.rounds.iter().position(|name| *name == poll.round);
        let round = known.unwrap_or_else(|| {
            so_far.rounds.push(poll.round);
            so_far.rounds.len() - 1
        });
        let round = u32::try_from(round).ok()?;
        if known.is_none() {
            let _ = self.began.send(Began { round, name: poll.round, at: Instant::now() });
        }
        let heard = Arc::new(Heard { hash: signed_hash::<Poll>(&message.payload), poll, round });
        so_far.last = Some((message.payload.clone(), heard.clone()));
        (round <= self.rounds).then_some(heard)
    }

    /// What the member does in this round.
    pub fn turn(&self, index: u32, round: u32) -> Turn {
        self.faults.turn(index, round)
    }

    /// This run of the member.
    pub fn instance(&self, index: u32, life: u32) -> Id {
        let hash = Hash::of(format!("{}{life}", self.key(index)).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.0[..16]);
        Hex(bytes)
    }

    /// What people call the member.
    pub fn nickname(&self, index: u32) -> String {
        format!("node-{index:06}")
    }

    /// Its key.
    pub fn key(&self, index: u32) -> PublicKey {
        self.members[index as usize].public_key()
    }

    /// Whose key this is.
    pub fn number(&self, key: &PublicKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    /// Keeps what the member has said, if somebody is to say it again in the next round.
    pub fn keep(&self, index: u32, round: u32, sealed: &Sealed) {
        if self.turn(index, round + 1).conduct == Conduct::Replayed {
            lock(&self.kept).insert(index, sealed.clone());
        }
    }

    /// What the member said in the round before, if it said something.
    pub fn kept(&self, index: u32) -> Option<Sealed> {
        lock(&self.kept).remove(&index)
    }
}

/// The gatherer's polls, and nothing else.
impl Keyring for Crew {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        match topic {
            Topic::Poll { gatherer, .. } if *gatherer == self.gatherer => Ok(self.verifier.clone()),
            _ => Err(Rejection::new(Reason::OtherGatherer, "no poll of the gatherer")),
        }
    }
}

impl Said {
    /// Counts a message of a member in this conduct.
    pub fn count(&self, conduct: Conduct, body: usize) {
        self.by_conduct[conduct as usize].fetch_add(1, Relaxed);
        if conduct.is_taken() {
            self.honest.fetch_add(1, Relaxed);
            self.bytes.fetch_add(body as u64, Relaxed);
            self.largest.fetch_max(body as u64, Relaxed);
        }
    }

    /// How many messages of this conduct went out.
    pub fn of(&self, conduct: Conduct) -> u64 {
        self.by_conduct[conduct as usize].load(Relaxed)
    }

    /// Honest bodies: how many, their mean and the largest, in bytes.
    pub fn bodies(&self) -> (u64, f64, u64) {
        let (honest, bytes) = (self.honest.load(Relaxed), self.bytes.load(Relaxed));
        (honest, bytes as f64 / honest.max(1) as f64, self.largest.load(Relaxed))
    }
}

fn identities(members: u32) -> Result<Vec<Identity>> {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u32);
    let each = members.div_ceil(threads).max(1);
    let shares: Vec<u32> = (0..members).step_by(each as usize).map(|first| each.min(members - first)).collect();
    let made: Vec<Result<Vec<Identity>, _>> = thread::scope(|scope| {
        let make = |share: u32| scope.spawn(move || (0..share).map(|_| Identity::generate()).collect());
        let making: Vec<_> = shares.into_iter().map(make).collect();
        making.into_iter().map(|thread| thread.join().expect("no identity panics")).collect()
    });
    let mut all = Vec::with_capacity(members as usize);
    for made in made {
        all.extend(made?);
    }
    Ok(all)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
