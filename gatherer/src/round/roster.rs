//! Who is there: the providers that are waited for, and the last records of those that are gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::{Id, Moment, PublicKey};

use crate::limits::{MISSES, RECORDS};
use crate::snapshot::Record;

/// All providers that have a record.
#[derive(Debug, Default)]
pub struct Roster {
    members: BTreeMap<PublicKey, Member>,
}

/// One provider.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its entry of the snapshot, shared with whoever writes it.
    pub record: Arc<Record>,
    /// It is waited for.
    pub present: bool,
    /// Rounds in a row without its answer.
    pub missed: u32,
    /// Its current run, if it was heard since the start.
    pub instance: Option<Id>,
    /// When it was last heard.
    pub heard: Moment,
    /// When it was last asked by itself.
    pub asked: Option<Moment>,
}

impl Roster {
    /// The records of an earlier run: shown, and not waited for until they are heard.
    pub fn of(records: impl IntoIterator<Item = (PublicKey, Record)>, now: Moment) -> Self {
        let member = |(key, record)| {
            let record = Arc::new(record);
            (key, Member { record, present: false, missed: 0, instance: None, heard: now, asked: None })
        };
        Self { members: records.into_iter().take(RECORDS).map(member).collect() }
    }

    /// The member of this key, made if there is room.
    pub fn join(&mut self, key: PublicKey, nickname: &str, now: Moment) -> Option<&mut Member> {
        if self.members.len() >= RECORDS && !self.members.contains_key(&key) {
            return None;
        }
        let member = self.members.entry(key).or_insert_with(|| Member {
            record: Arc::new(Record::unanswered(nickname)),
            present: false,
            missed: 0,
            instance: None,
            heard: now,
            asked: None,
        });
        Some(member)
    }

    /// The member of this key.
    pub fn get_mut(&mut self, key: &PublicKey) -> Option<&mut Member> {
        self.members.get_mut(key)
    }

    /// Those that are waited for.
    pub fn present(&self) -> impl Iterator<Item = (PublicKey, &Member)> {
        self.members.iter().filter(|(_, member)| member.present).map(|(key, member)| (*key, member))
    }

    /// All records, by key.
    pub fn records(&self) -> impl Iterator<Item = (PublicKey, Arc<Record>)> {
        self.members.iter().map(|(key, member)| (*key, member.record.clone()))
    }

    /// Counts a round in which those for whom `answered` is false were silent; gives who is no longer waited for.
    pub fn close_round(&mut self, answered: impl Fn(&PublicKey) -> bool) -> Vec<PublicKey> {
        let mut left = Vec::new();
        for (key, member) in self.members.iter_mut().filter(|(_, member)| member.present) {
            if answered(key) {
                member.missed = 0;
                continue;
            }
            member.missed += 1;
            if member.missed >= MISSES {
                member.present = false;
                left.push(*key);
            }
        }
        left
    }

    /// Drops the records of those that are gone, and whose last reply was received longer than `after` ago.
    pub fn forget(&mut self, after: Duration, now: Moment) {
        self.members.retain(|_, member| {
            let received = member.record.timestamp.get();
            let silent = if received == 0 {
                now.since(member.heard)
            } else {
                Duration::from_millis(now.wall_ms.saturating_sub(received))
            };
            member.present || silent < after
        });
    }
}
