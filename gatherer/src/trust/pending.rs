//! Keys that ask to be let in: those that signed an announcement, or a reply to a poll, and on which nobody has decided.
//!
//! Anybody who reaches the bus can make such keys by the thousand, so their number is bounded, and who is silent yields
//! to who is not: a node that asks each minute stays, one key a message goes.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use statsgrid_wire::daemon::atomic::{self, WriteError};
use statsgrid_wire::{Id, Moment, PublicKey};

use crate::limits::{PENDING, PENDING_FILE_BYTES, PENDING_FORGET, PENDING_YIELD};
use crate::snapshot::{Millis, beside, read_at_most};

/// The keys that wait, and what is known of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pending {
    applicants: BTreeMap<PublicKey, Applicant>,
}

/// One key that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applicant {
    /// What it calls itself.
    pub nickname: String,
    /// When it was first heard, by the gatherer's clock.
    pub first_seen: Millis,
    /// When it was last heard.
    pub last_seen: Millis,
    /// How it was last heard.
    pub by: Heard,
    /// Its run, if it was heard by this run of the gatherer.
    #[serde(skip)]
    pub instance: Option<Id>,
    /// When it was last heard, by the clock that only goes on.
    #[serde(skip)]
    heard: Duration,
    /// When its last announcement was issued, by its own clock: an older one is a replay.
    #[serde(skip)]
    pub said_ms: u64,
}

/// How a key was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// It announced itself.
    Announcement,
    /// It answered a poll.
    Reply,
}

/// Why the file of an earlier run is of no use.
#[derive(Debug, thiserror::Error)]
pub enum PendingError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{path} is no list of pending providers")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl Pending {
    /// Those that waited at the end of an earlier run, from `PATH.pending`, where PATH is the snapshot's; none if there
    /// is no such file.
    pub fn read(snapshot: &Path) -> Result<Self, PendingError> {
        let path = Self::path(snapshot);
        let text = match read_at_most(&path, PENDING_FILE_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(PendingError::Read { path, source }),
        };
        serde_json::from_slice(&text).map_err(|source| PendingError::Corrupt { path, source })
    }

    /// Puts them into `PATH.pending`.
    pub fn write(&self, snapshot: &Path) -> Result<(), WriteError> {
        atomic::write(&Self::path(snapshot), 0o644, |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            out.write_all(b"\n")
        })
    }

    /// Where they are kept beside a snapshot.
    pub fn path(snapshot: &Path) -> PathBuf {
        beside(snapshot, "pending")
    }

    /// Those of an earlier run count as heard `now`, and are no more than are kept.
    pub fn restored(mut self, now: Moment) -> Self {
        while self.applicants.len() > PENDING {
            self.applicants.pop_last();
        }
        self.applicants.values_mut().for_each(|applicant| applicant.heard = now.monotonic);
        self
    }

    /// Notes that `key` was heard; none if there is no room for it.
    pub fn hear(&mut self, key: PublicKey, nickname: &str, by: Heard, at: Moment) -> Option<&mut Applicant> {
        if !self.applicants.contains_key(&key) && self.applicants.len() >= PENDING && !self.make_room(at) {
            return None;
        }
        let seen = Millis::new(at.wall_ms);
        let applicant = self.applicants.entry(key).or_insert_with(|| Applicant {
            nickname: String::new(),
            first_seen: seen,
            last_seen: seen,
            by,
            instance: None,
            heard: at.monotonic,
            said_ms: 0,
        });
        nickname.clone_into(&mut applicant.nickname);
        (applicant.last_seen, applicant.by, applicant.heard) = (seen, by, at.monotonic);
        Some(applicant)
    }

    /// Takes in those who wait at another gatherer: the ones that were seen last, where they are more than are kept.
    pub(crate) fn join(&mut self, other: Self) {
        self.applicants.extend(other.applicants);
        let mut seen: Vec<_> = self.applicants.iter().map(|(key, applicant)| (applicant.last_seen, *key)).collect();
        seen.sort_unstable();
        for (_, key) in seen.iter().rev().skip(PENDING) {
            self.applicants.remove(key);
        }
    }

    /// Takes out who was silent for longest, if that was long enough.
    fn make_room(&mut self, at: Moment) -> bool {
        let silent = self.applicants.iter().min_by_key(|(_, applicant)| applicant.heard);
        let silent = silent.filter(|(_, applicant)| at.monotonic.saturating_sub(applicant.heard) >= PENDING_YIELD);
        silent.map(|(key, _)| *key).is_some_and(|key| self.applicants.remove(&key).is_some())
    }

    /// Forgets who has not asked for long; true if there was one.
    pub fn forget(&mut self, now: Moment) -> bool {
        let before = self.applicants.len();
        self.applicants.retain(|_, applicant| now.monotonic.saturating_sub(applicant.heard) < PENDING_FORGET);
        self.applicants.len() != before
    }

    /// Takes out those for whom `decided` is true.
    pub fn take(&mut self, decided: impl Fn(&PublicKey) -> bool) -> Vec<(PublicKey, Applicant)> {
        self.applicants.extract_if(.., |key, _| decided(key)).collect()
    }

    /// The one of this key.
    pub fn get(&self, key: &PublicKey) -> Option<&Applicant> {
        self.applicants.get(key)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&PublicKey, &Applicant)> {
        self.applicants.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.applicants.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.applicants.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::{Clock, Identity, ManualClock};

    fn key() -> PublicKey {
        Identity::generate().unwrap().public_key()
    }

    #[test]
    fn a_flood_of_keys_leaves_those_that_keep_asking() {
        let clock = ManualClock::at(1_795_358_400_000);
        let mut pending = Pending::default();
        let honest = key();
        pending.hear(honest, "honest", Heard::Announcement, clock.now()).unwrap();
        for minute in 0..5 {
            let heard =
                (0..PENDING).filter(|_| pending.hear(key(), "flood", Heard::Announcement, clock.now()).is_some());
            // Those of a minute fill it; they yield once they have been silent for long enough.
            assert_eq!(heard.count(), if minute % 2 == 0 { PENDING - 1 } else { 0 }, "minute {minute}");
            assert_eq!(pending.len(), PENDING);
            clock.advance(PENDING_YIELD / 2);
            assert!(pending.hear(honest, "honest", Heard::Reply, clock.now()).is_some());
        }
        let applicant = pending.get(&honest).unwrap();
        assert_eq!((applicant.first_seen.get(), applicant.by), (1_795_358_400_000, Heard::Reply));
        clock.advance(PENDING_FORGET);
        assert!(pending.forget(clock.now()) && pending.is_empty());
    }

    #[test]
    fn they_outlive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = folder.path().join("stats.json");
        assert!(Pending::read(&snapshot).unwrap().is_empty());
        let clock = ManualClock::at(1_795_358_400_000);
        let (mut pending, alpha) = (Pending::default(), key());
        pending.hear(alpha, "al\"pha", Heard::Announcement, clock.now()).unwrap();
        pending.write(&snapshot).unwrap();
        let read = Pending::read(&snapshot).unwrap().restored(clock.now());
        assert_eq!(read.get(&alpha).unwrap().nickname, "al\"pha");
        std::fs::write(Pending::path(&snapshot), "[]").unwrap();
        assert!(matches!(Pending::read(&snapshot), Err(PendingError::Corrupt { .. })));
    }

    #[test]
    fn who_is_decided_upon_is_taken_out() {
        let clock = ManualClock::at(1_795_358_400_000);
        let mut pending = Pending::default();
        let (a, b) = (key(), key());
        for key in [a, b] {
            pending.hear(key, "n", Heard::Announcement, clock.now()).unwrap();
        }
        let taken: Vec<PublicKey> = pending.take(|key| *key == a).into_iter().map(|(key, _)| key).collect();
        assert_eq!((taken, pending.len()), (vec![a], 1));
    }
}
