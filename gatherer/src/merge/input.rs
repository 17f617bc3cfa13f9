//! One snapshot that is merged: found good as a whole, then handed out record by record.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use statsgrid_wire::PublicKey;
use statsgrid_wire::subject::Shard;

use crate::round::shard_of;
use crate::snapshot::{Line, Lines, Millis, Record, Role, SCHEMA, Unlike};

/// Why a snapshot is left out.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is not there.
    #[error("no snapshot at {0}: give its path, or wait for the end of its gatherer's first round")]
    Missing(PathBuf),
    /// It cannot be opened.
    #[error("the snapshot {path} cannot be opened")]
    Unreadable {
        /// The snapshot.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what a gatherer writes.
    #[error("{0} is no snapshot as a gatherer writes it, or not a whole one")]
    Unlike(PathBuf),
    /// It is of a later version.
    #[error("the snapshot {path} has schema {schema}, and this version reads {SCHEMA} at most: update it")]
    NewerSchema {
        /// The snapshot.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
}

/// A snapshot, at one of its records.
pub(super) struct Input {
    pub(super) path: PathBuf,
    lines: Lines,
    /// The record that it is at, and the text of that; none behind the last.
    key: Option<PublicKey>,
    record: Vec<u8>,
    /// The records of gatherers in it: one, if a gatherer wrote it.
    pub(super) own: Vec<(PublicKey, Record)>,
    /// Shards whose nodes are read over.
    without: Vec<Shard>,
}

/// What is to be known of a record that is handed on as it stands.
#[derive(Deserialize)]
struct Head {
    timestamp: Millis,
    #[serde(default)]
    role: Role,
    #[serde(default)]
    schema: u32,
}

impl Input {
    /// Opens the snapshot at `path` and reads all of it once: whatever is wrong with it is known before any of it is
    /// written elsewhere.
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        match path.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(InputError::Missing(path.to_owned())),
            Err(source) => return Err(InputError::Unreadable { path: path.to_owned(), source }),
            Ok(_) => {}
        }
        let unlike = |_| InputError::Unlike(path.to_owned());
        let lines = Lines::open(path).map_err(unlike)?;
        let mut input =
            Self { path: path.to_owned(), lines, key: None, record: Vec::new(), own: Vec::new(), without: Vec::new() };
        while input.advance().map_err(unlike)? {
            let head: Head = serde_json::from_slice(&input.record).map_err(|_| unlike(Unlike))?;
            if head.schema > SCHEMA {
                return Err(InputError::NewerSchema { path: input.path, schema: head.schema });
            }
            if let (Role::Gatherer, Some(key)) = (head.role, input.key) {
                let record = serde_json::from_slice(&input.record).map_err(|_| unlike(Unlike))?;
                input.own.push((key, record));
            }
        }
        Ok(input)
    }

    /// The same without the nodes of these shards; nothing is counted of what a gatherer said of itself there.
    pub(super) fn without(self, shards: Vec<Shard>) -> Self {
        Self { own: Vec::new(), without: shards, ..self }
    }

    /// Whether it is what was merged before.
    pub(super) fn is_kept(&self) -> bool {
        !self.without.is_empty()
    }

    /// When it was written, by its gatherer's own record, which is of the moment of the write.
    pub(super) fn written(&self) -> Option<Millis> {
        self.own.iter().map(|(_, record)| record.timestamp).max()
    }

    /// Whose records it has, if its gatherer asks one shard.
    pub(super) fn shard(&self) -> Option<Shard> {
        let [(_, own)] = self.own.as_slice() else { return None };
        shard_of(own)
    }

    /// Whether one run of a gatherer wrote both.
    pub(super) fn is_of_the_run_of(&self, other: &Self) -> bool {
        let runs = |input: &Self| input.own.iter().filter_map(|(_, own)| own.instance).collect::<Vec<_>>();
        runs(self).iter().any(|run| runs(other).contains(run))
    }

    /// Goes back to its first record.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.key = None;
        self.lines.rewind().map_err(|_| self.broken())?;
        self.next()
    }

    /// Goes on to its next record.
    pub(super) fn next(&mut self) -> io::Result<()> {
        self.advance().map(|_| ()).map_err(|_| self.broken())
    }

    /// Whose record it is at.
    pub(super) fn key(&self) -> Option<PublicKey> {
        self.key
    }

    /// The JSON of that record.
    pub(super) fn record(&self) -> &[u8] {
        &self.record
    }

    /// When the sample in that record was taken.
    pub(super) fn timestamp(&self) -> io::Result<Millis> {
        let head: Head = serde_json::from_slice(&self.record).map_err(|_| self.broken())?;
        Ok(head.timestamp)
    }

    /// The next record that is not read over, whose key is greater than the last one's; false behind the last.
    fn advance(&mut self) -> Result<bool, Unlike> {
        loop {
            let Some(Line { key, record }) = self.lines.next()? else {
                self.key = None;
                return Ok(false);
            };
            let key: PublicKey = std::str::from_utf8(key).ok().and_then(|key| key.parse().ok()).ok_or(Unlike)?;
            if self.key.is_some_and(|last| last >= key) {
                return Err(Unlike);
            }
            self.key = Some(key);
            if !self.without.iter().any(|shard| shard.holds(&key)) {
                self.record.clear();
                self.record.extend_from_slice(record);
                return Ok(true);
            }
        }
    }

    /// It was good a moment ago, and a gatherer replaces a snapshot and never writes into it.
    fn broken(&self) -> io::Error {
        io::Error::other(format!(
            "{} was changed, or cannot be read any more, while it was merged",
            self.path.display()
        ))
    }
}
