//! What writing a snapshot takes, beside serde_json writing the same values from plain maps and structs, and one sync.
//!
//! They write in turns, each over its own last file, so that what else the disk does falls on both. The gatherer's way has
//! more to do: it writes to another name, makes sure of the order of keys, renames, and syncs the folder too.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use statsgrid_gatherer::snapshot::{Snapshot, write_snapshot};

use crate::scale::Scale;
use crate::{Failed, median, nodes};

/// Medians.
#[derive(Clone, Copy, Debug)]
pub struct Writes {
    /// The gatherer's.
    pub ours: Duration,
    /// serde_json's.
    pub plain: Duration,
    /// Of the gatherer's file.
    pub bytes: u64,
}

#[derive(Deserialize, Serialize)]
struct PlainRecord {
    timestamp: f64,
    nickname: String,
    stats: PlainStats,
    schema: u32,
    role: String,
    instance: String,
    sequence: u64,
    started_at: f64,
    round: u64,
    producers: BTreeMap<String, PlainProducer>,
    outcome: String,
    first_seen: f64,
}

#[derive(Deserialize, Serialize)]
struct PlainStats {
    counters: BTreeMap<String, u64>,
    stats: BTreeMap<String, PlainNumber>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum PlainNumber {
    Integer(i64),
    Float(f64),
}

#[derive(Deserialize, Serialize)]
struct PlainProducer {
    outcome: String,
    taken_at: f64,
    digest: String,
    description: String,
}

impl Writes {
    /// Writes both in `folder`.
    pub fn measure(scale: &Scale, folder: &Path) -> Result<Self, Failed> {
        let (path, plain_path) = (folder.join("stats.json"), folder.join("plain.json"));
        let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis() as u64;
        nodes::write(&path, scale.records, |node| nodes::record(node, now_ms))?;
        let records = Snapshot::read(&path)?.records;
        let plain: BTreeMap<String, PlainRecord> = serde_json::from_slice(&std::fs::read(&path)?)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // The first turn makes files that the others replace.
        for turn in 0..=scale.writes {
            let took = [
                timed(|| Ok(write_snapshot(&path, records.iter().map(|(key, record)| (*key, record)))?))?,
                timed(|| write_plain(&plain_path, &plain))?,
            ];
            if turn > 0 {
                ours.push(took[0]);
                theirs.push(took[1]);
            }
        }
        same(&path, &plain_path)?;
        Ok(Self { ours: median(ours), plain: median(theirs), bytes: path.metadata()?.len() })
    }
}

fn write_plain(path: &Path, records: &BTreeMap<String, PlainRecord>) -> Result<(), Failed> {
    let mut out = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut out, records)?;
    out.flush()?;
    Ok(out.get_ref().sync_all()?)
}

/// They hold the same values.
fn same(ours: &Path, plain: &Path) -> Result<(), Failed> {
    let without_breaks = |path: &Path| -> Result<Vec<u8>, Failed> {
        let mut bytes = std::fs::read(path)?;
        bytes.retain(|byte| *byte != b'\n');
        Ok(bytes)
    };
    let is_same = without_breaks(ours)? == without_breaks(plain)?;
    is_same.then_some(()).ok_or_else(|| "the plain file holds something else than the snapshot".into())
}

fn timed(what: impl FnOnce() -> Result<(), Failed>) -> Result<Duration, Failed> {
    let started = Instant::now();
    what()?;
    Ok(started.elapsed())
}
