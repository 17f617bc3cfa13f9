//! The threads that verify: each takes what has come, up to a batch, and opens it together.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use statsgrid_wire::envelope::{Message as Body, Opened, Raw, open_batch};
use statsgrid_wire::limits::BODY_BYTES;
use statsgrid_wire::message::{Announcement, Bye, Reply};
use statsgrid_wire::subject::{Scope, Subjects};
use statsgrid_wire::{Moment, PublicKey, Reason, Rejection};
use tokio::sync::mpsc;

use super::keys::Keys;
use super::pace::Pace;
use super::receive::{Oversized, Received};
use crate::journal::Entry;
use crate::limits::{BATCH, LINGER, LINGER_MOST, VERIFIERS};

/// What is known after the check.
#[derive(Debug)]
pub enum Verified {
    /// A reply whose signer is the provider of its subject, with its entry if a journal is written.
    Reply(Box<Opened<Reply>>, Moment, Option<Entry>),
    /// An announcement, likewise.
    Announcement(Opened<Announcement>, Moment),
    /// A goodbye, likewise.
    Bye(Opened<Bye>, Moment),
    /// Anything else, and the provider under whose name it came.
    Rejected(Rejection, Option<PublicKey>),
}

/// Which messages are for this gatherer, and what of them is handed on.
#[derive(Clone, Debug)]
pub struct Hears {
    /// All under this prefix.
    pub subjects: Subjects,
    /// Of these providers.
    pub scope: Scope,
    /// With the entry of each reply, for a journal.
    pub journal: bool,
}

/// Starts the threads. They end when `received` is closed and empty, or nobody reads `verified`.
pub fn verify(
    keys: &Arc<Keys>,
    hears: &Hears,
    pace: &Arc<Pace>,
    received: mpsc::Receiver<Result<Received, Oversized>>,
    verified: &mpsc::Sender<Vec<Verified>>,
) -> io::Result<Vec<JoinHandle<()>>> {
    let received = Arc::new(Mutex::new(received));
    let start = |number| {
        let (received, verified) = (received.clone(), verified.clone());
        let (keys, hears, pace) = (keys.clone(), hears.clone(), pace.clone());
        let thread = std::thread::Builder::new().name(format!("verify-{number}"));
        thread.spawn(move || work(&received, &keys, &hears, &pace, &verified))
    };
    (0..VERIFIERS).map(start).collect()
}

fn work(
    received: &Mutex<mpsc::Receiver<Result<Received, Oversized>>>,
    keys: &Keys,
    hears: &Hears,
    pace: &Pace,
    verified: &mpsc::Sender<Vec<Verified>>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        // Whoever holds the queue takes all that is there; the others verify theirs meanwhile.
        if !take(&mut received.lock().unwrap_or_else(PoisonError::into_inner), &mut batch) {
            return;
        }
        let started = Instant::now();
        let checked = check(&batch, keys, hears);
        pace.verified(batch.len(), started.elapsed());
        // What is of another shard is dropped.
        pace.passed(batch.len() - checked.len());
        // Together, for to wake the loop for each costs as much as what the loop does with it.
        if verified.blocking_send(checked).is_err() {
            return;
        }
        batch.clear();
    }
}

/// Waits for the first message, and then for others, as long as they come and there is room. False at the end of the queue.
fn take<T>(queue: &mut mpsc::Receiver<T>, batch: &mut Vec<T>) -> bool {
    let mut before = 0;
    queue.blocking_recv_many(batch, BATCH);
    let gives_up = Instant::now() + LINGER_MOST;
    while (before + 1..BATCH).contains(&batch.len()) && Instant::now() < gives_up {
        before = batch.len();
        std::thread::sleep(LINGER);
        while batch.len() < BATCH
            && let Ok(more) = queue.try_recv()
        {
            batch.push(more);
        }
    }
    !batch.is_empty()
}

/// Opens a batch, kind by kind.
fn check(batch: &[Result<Received, Oversized>], keys: &Keys, hears: &Hears) -> Vec<Verified> {
    let Hears { subjects, scope, journal } = hears;
    let (mut replies, mut announcements, mut goodbyes) = (Vec::new(), Vec::new(), Vec::new());
    let mut verified = Vec::new();
    for received in batch {
        let received = match received {
            Ok(received) => received,
            Err(oversized) => {
                verified.push(too_large(oversized, subjects));
                continue;
            }
        };
        let subject = &received.message.subject;
        let is_of_another_shard = || subjects.read(subject).is_some_and(|topic| !scope.holds(&topic.signer()));
        match subjects.kind(subject) {
            // Who comes and who goes is said to the gatherers of all shards: nothing is wrong with it, and it is not ours.
            Some("announce" | "bye") if is_of_another_shard() => {}
            Some("announce") => announcements.push(received),
            Some("bye") => goodbyes.push(received),
            // What is no subject of ours is rejected as a reply would be.
            _ => replies.push(received),
        }
    }
    verified.extend(open_all(&replies, keys, subjects, |opened, received| {
        let entry = journal.then(|| entry(received)).flatten();
        Verified::Reply(Box::new(opened), received.at, entry)
    }));
    verified.extend(open_all(&announcements, keys, subjects, |opened, received| {
        Verified::Announcement(opened, received.at)
    }));
    verified.extend(open_all(&goodbyes, keys, subjects, |opened, received| Verified::Bye(opened, received.at)));
    verified
}

fn open_all<M: Body>(
    received: &[&Received],
    keys: &Keys,
    subjects: &Subjects,
    good: impl Fn(Opened<M>, &Received) -> Verified,
) -> Vec<Verified> {
    let raws: Vec<Raw<'_>> = received.iter().map(|received| raw(received)).collect();
    let opened = open_batch::<M>(&raws, subjects, keys).into_iter().zip(received);
    let result = |(opened, received): (Result<Opened<M>, Rejection>, &&Received)| match opened {
        Ok(opened) => {
            keys.keep(opened.topic.signer(), &opened.verifier);
            good(opened, received)
        }
        Err(rejection) => {
            let named = subjects.read(&received.message.subject).map(|topic| topic.signer());
            Verified::Rejected(rejection, named)
        }
    };
    opened.map(result).collect()
}

fn too_large(Oversized { subject, bytes }: &Oversized, subjects: &Subjects) -> Verified {
    let detail = format!("a message of {bytes} bytes; at most {BODY_BYTES} of body are taken");
    Verified::Rejected(Rejection::new(Reason::TooLarge, detail), subjects.read(subject).map(|topic| topic.signer()))
}

fn raw(received: &Received) -> Raw<'_> {
    Raw::new(&received.message.subject, headers(received), &received.message.payload)
}

fn entry(received: &Received) -> Option<Entry> {
    let message = &received.message;
    Entry::reply(received.at.wall_ms, &message.subject, headers(received), &message.payload)
}

fn headers(received: &Received) -> impl Iterator<Item = (&str, &str)> {
    let pairs = received.message.headers.iter().flat_map(|headers| headers.iter());
    pairs.flat_map(|(name, values)| values.iter().map(|value| (name.as_ref(), value.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_what_has_come_and_no_more_than_fits() {
        let (sender, mut queue) = mpsc::channel(2 * BATCH);
        let mut taken = || {
            let mut batch = Vec::new();
            take(&mut queue, &mut batch).then_some(batch.len())
        };
        for count in [1, BATCH - 1, BATCH] {
            (0..count).for_each(|number| sender.try_send(number).unwrap());
            assert_eq!(taken(), Some(count));
        }
        (0..BATCH + 1).for_each(|number| sender.try_send(number).unwrap());
        assert_eq!((taken(), taken()), (Some(BATCH), Some(1)));
        sender.try_send(7).unwrap();
        drop(sender);
        assert_eq!((taken(), taken()), (Some(1), None), "the end");
    }
}
