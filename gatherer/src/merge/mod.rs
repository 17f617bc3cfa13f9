//! `stats-gatherer merge`: the snapshots of shards joined into one, for readers that know of one file.
//!
//! Each snapshot is read twice from one open file: first as a whole, to know that it is good, then record by record,
//! all side by side in the order of their keys. A gatherer puts a new file in the place of the old one, so what is open
//! stays what it was, and memory does not grow with the fleet. What is no good is left out and named, and the rest is
//! joined all the same. The nodes of a shard that is left out keep the records that the last merged snapshot has of them, and
//! grow old there: a shard that is away must not look like nodes that never were. Left out on purpose: the bus, and any loop
//! (cron and systemd have timers).

mod input;
mod own;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::atomic::{self, WriteError};
use statsgrid_wire::daemon::{Lock, LockError};
use statsgrid_wire::subject::Shard;

use crate::snapshot::limits::VALID_MS;
use crate::snapshot::{BEGIN, Catalogue, CatalogueError, END, Record, SNAPSHOT_MODE, beside, write_entry};
use crate::trust::{Pending, PendingError};
use input::Input;
pub use input::InputError;

/// Who else may hold the lock of the merged snapshot, and what to do then.
const HOLDER: &str = "gatherer or merge";
const REMEDY: &str = "give this one a file of its own, or wait for the other merge";

/// What is not as it should be, and was got around.
#[derive(Debug)]
pub enum Trouble {
    /// A snapshot is left out.
    Input {
        /// Why.
        error: InputError,
        /// The last merged snapshot's records of its nodes stay.
        nodes_stay: bool,
    },
    /// A snapshot is left out, for another one is of the same run of a gatherer: both would be counted.
    Twice(PathBuf),
    /// A snapshot is in, and its gatherer writes it no more.
    Old {
        /// The snapshot.
        path: PathBuf,
        /// How old it is.
        age_s: u64,
    },
    /// The descriptions of a snapshot are left out.
    Catalogue(CatalogueError),
    /// The keys that wait for a decision at one gatherer are left out.
    Pending(PendingError),
}

/// Why nothing was written, or not all.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The result would take the place of a part of it.
    #[error("{0} is to be read and to be written: give the merged snapshot a file of its own")]
    SameFile(PathBuf),
    /// Another one writes there.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// There is nothing to join.
    #[error("none of the snapshots can be read, and {0} stays as it is")]
    Nothing(PathBuf),
    /// The disk.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Joins the snapshots at `paths` into `out`, with what lies beside them; tells what it got around.
pub fn merge(out: &Path, paths: &[PathBuf], now_ms: u64, mut tell: impl FnMut(Trouble)) -> Result<(), MergeError> {
    if let Some(same) = paths.iter().find(|path| is_same(path, out)) {
        return Err(MergeError::SameFile(same.clone()));
    }
    let _lock = Lock::take(&beside(out, "lock"), HOLDER, REMEDY)?;
    let mut inputs = open_all(out, paths, &mut tell)?;
    inputs.iter().filter_map(|input| old(input, now_ms)).for_each(&mut tell);
    // What cannot be written beside the values is no reason to lose them.
    let catalogue = write_catalogue(out, &inputs, &mut tell);
    let own = owns(&inputs);
    atomic::write(out, SNAPSHOT_MODE, |out| write_records(out, &mut inputs, &own))?;
    write_pending(out, &inputs, &mut tell)?;
    Ok(catalogue?)
}

/// All that are good, the newest first, and behind them the last merged snapshot where it has what no other has.
fn open_all(out: &Path, paths: &[PathBuf], tell: &mut dyn FnMut(Trouble)) -> Result<Vec<Input>, MergeError> {
    let (mut opened, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        match Input::open(path) {
            Ok(input) => opened.push(input),
            Err(error) => errors.push(error),
        }
    }
    opened.sort_by_key(|input| Reverse(input.written()));
    let mut inputs: Vec<Input> = Vec::new();
    for input in opened {
        // Of a run's files it is the newest that counts.
        if inputs.iter().any(|newer| newer.is_of_the_run_of(&input)) {
            tell(Trouble::Twice(input.path));
        } else {
            inputs.push(input);
        }
    }
    let shards = inputs.iter().map(Input::shard).collect::<Option<Vec<Shard>>>();
    let shards = shards.filter(|shards| !shards.is_empty() && !errors.is_empty());
    let kept = shards.and_then(|shards| Input::open(out).ok().map(|kept| kept.without(shards)));
    let nodes_stay = kept.is_some();
    errors.into_iter().for_each(|error| tell(Trouble::Input { error, nodes_stay }));
    if inputs.is_empty() {
        return Err(MergeError::Nothing(out.to_owned()));
    }
    inputs.extend(kept);
    Ok(inputs)
}

/// Whether two names lead to one file that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|path| Some(path) == real(other))
}

/// The newest of a snapshot is its gatherer's own record, for that one is of the moment of the write.
fn old(input: &Input, now_ms: u64) -> Option<Trouble> {
    let age_ms = now_ms.saturating_sub(input.written()?.get());
    (age_ms > VALID_MS).then(|| Trouble::Old { path: input.path.clone(), age_s: age_ms / 1000 })
}

/// The record of each gatherer, as one of all its shards.
fn owns(inputs: &[Input]) -> BTreeMap<PublicKey, Record> {
    let mut joined: BTreeMap<PublicKey, Record> = BTreeMap::new();
    for (key, record) in inputs.iter().flat_map(|input| &input.own) {
        joined.entry(*key).and_modify(|held| own::join(held, record)).or_insert_with(|| record.clone());
    }
    joined
}

fn write_catalogue(out: &Path, inputs: &[Input], tell: &mut dyn FnMut(Trouble)) -> Result<(), WriteError> {
    let mut joined = Catalogue::default();
    for input in inputs {
        // What is no description is dropped there as it is by every reader.
        let taken = Catalogue::read(&input.path).and_then(|(catalogue, _)| joined.join(catalogue));
        taken.unwrap_or_else(|error| tell(Trouble::Catalogue(error)));
    }
    joined.write(out)
}

fn write_pending(out: &Path, inputs: &[Input], tell: &mut dyn FnMut(Trouble)) -> Result<(), WriteError> {
    let mut joined = Pending::default();
    for input in inputs.iter().filter(|input| !input.is_kept()) {
        match Pending::read(&input.path) {
            Ok(pending) => joined.join(pending),
            Err(error) => tell(Trouble::Pending(error)),
        }
    }
    joined.write(out)
}

fn write_records(out: &mut dyn Write, inputs: &mut [Input], own: &BTreeMap<PublicKey, Record>) -> io::Result<()> {
    for input in inputs.iter_mut() {
        input.rewind()?;
    }
    let mut before = BEGIN;
    while let Some(key) = inputs.iter().filter_map(Input::key).min() {
        out.write_all(std::mem::replace(&mut before, b",\n"))?;
        match own.get(&key) {
            Some(record) => write_entry(out, key, record)?,
            None => write_newest(out, key, inputs)?,
        }
        for input in inputs.iter_mut().filter(|input| input.key() == Some(key)) {
            input.next()?;
        }
    }
    out.write_all(END)
}

/// The record of `key`, as it stands there; the newest one where several snapshots hold one, as they do after a change
/// of the number of shards. Of two of one time it is that of the snapshot which was written later: it knows what became of
/// the node since.
fn write_newest(out: &mut dyn Write, key: PublicKey, inputs: &[Input]) -> io::Result<()> {
    let mut holders = inputs.iter().filter(|input| input.key() == Some(key));
    let Some(mut newest) = holders.next() else { return Ok(()) };
    for other in holders {
        if other.timestamp()? > newest.timestamp()? {
            newest = other;
        }
    }
    write!(out, "\"{key}\":")?;
    out.write_all(newest.record())
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { error, nodes_stay: false } => write!(f, "{}; its values are left out", with_cause(error)),
            Self::Input { error, nodes_stay: true } => {
                write!(f, "{}; its nodes keep the values of the last merge", with_cause(error))
            }
            Self::Twice(path) => {
                write!(f, "{} is of a gatherer's run that another one is of too; it is left out", path.display())
            }
            Self::Old { path, age_s } => {
                write!(f, "{} was written {age_s} s ago: see whether its gatherer runs", path.display())
            }
            Self::Catalogue(error) => write!(f, "{}; its descriptions are left out", with_cause(error)),
            Self::Pending(error) => write!(f, "{}; its keys are left out", with_cause(error)),
        }
    }
}

fn with_cause(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

#[cfg(test)]
mod tests;
