//! A snapshot held against what should be in it, record by record, so that a fleet of any size is checked.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use statsgrid_gatherer::snapshot::{Record, Role, RoundOutcome};
use statsgrid_wire::PublicKey;

use super::conduct::Conduct;
use super::crew::Crew;

/// Faults that are told one by one.
const TOLD: usize = 10;

/// What was found in a snapshot.
#[derive(Debug, Default)]
pub struct Found {
    /// The gatherer's own record.
    pub own: Option<Record>,
    /// Members whose numbers are of this round, and should be.
    pub answered: u32,
    /// Members whose numbers are of an earlier round, and should be.
    pub older: u32,
    /// What is not as it should be.
    pub wrong: Wrong,
}

/// Faults: the first ones in words, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Wrong {
    told: Vec<String>,
    count: usize,
}

impl Wrong {
    /// One more.
    pub fn push(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(what());
        }
    }

    /// Those of another check too.
    pub fn extend(&mut self, other: Self) {
        let room = TOLD.saturating_sub(self.told.len());
        self.told.extend(other.told.into_iter().take(room));
        self.count += other.count;
    }

    /// In words.
    pub fn lines(self) -> Vec<String> {
        let more = self.count - self.told.len();
        let more = (more > 0).then(|| format!("and {more} more"));
        self.told.into_iter().chain(more).collect()
    }
}

/// The name of the round that the snapshot at `path` is of, by the gatherer's own record.
pub fn round_of(path: &Path, gatherer: &PublicKey) -> Result<Option<u64>> {
    let start = format!("\"{gatherer}\":");
    for line in BufReader::new(File::open(path)?).lines() {
        if let Some(record) = line?.strip_prefix(&start) {
            let record: Record = serde_json::from_str(record.trim_end_matches(','))?;
            return Ok(Some(record.round));
        }
    }
    Ok(None)
}

/// Checks the snapshot that ends `round`; `names` are those of the rounds so far.
pub fn check(path: &Path, crew: &Crew, round: u32, names: &[u64]) -> Result<Found> {
    let mut found = Found::default();
    let mut seen = vec![false; crew.members.len()];
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let Some((key, record)) = line.split_once("\":") else { continue };
        let key: PublicKey = key.trim_start_matches('"').parse().context("a snapshot's key")?;
        let record: Record = serde_json::from_str(record.trim_end_matches(',')).context("a record of the snapshot")?;
        if record.role == Role::Gatherer {
            found.own = Some(record);
            continue;
        }
        let Some(index) = crew.number(&key) else {
            found.wrong.push(|| format!("{key} is in the snapshot and no member of the fleet"));
            continue;
        };
        if std::mem::replace(&mut seen[index as usize], true) {
            found.wrong.push(|| format!("round {round}: {} stands twice in the snapshot", crew.nickname(index)));
        }
        match judge(&record, crew, index, round, names) {
            Ok(true) => found.answered += 1,
            Ok(false) => found.older += 1,
            Err(why) => found.wrong.push(|| format!("round {round}: {}: {why}", crew.nickname(index))),
        }
    }
    for (index, _) in (0..).zip(&seen).filter(|(_, seen)| !**seen) {
        found.wrong.push(|| format!("round {round}: {} is not in the snapshot", crew.nickname(index)));
    }
    Ok(found)
}

/// Whether the record is of this round, if all that it says is right.
fn judge(record: &Record, crew: &Crew, index: u32, round: u32, names: &[u64]) -> Result<bool, String> {
    let conduct = crew.turn(index, round).conduct;
    let is_in = |earlier: &u32| {
        let conduct = crew.turn(index, *earlier).conduct;
        if *earlier == round { conduct.is_in_time() } else { conduct.is_taken() }
    };
    let held = names.iter().position(|name| *name == record.round).and_then(|held| u32::try_from(held).ok());
    // A round that waited for what came in time may have what came after it, and says so.
    let is_late = conduct == Conduct::Late && held == Some(round) && record.outcome == Some(RoundOutcome::Late);
    let due =
        (0..=round).rev().find(|earlier| is_late || is_in(earlier)).ok_or("it never answered, and has a record")?;
    if held != Some(due) {
        return Err(format!("its record is of round {held:?} where {due} is due; it {conduct:?}"));
    }
    let (counters, stats) = crew.report.numbers(index, due);
    if record.nickname != crew.nickname(index) {
        return Err(format!("its record bears the name {:?}", record.nickname));
    }
    if record.stats.counters != counters || record.stats.stats != stats {
        return Err(format!("its numbers are not those of round {due}"));
    }
    let turn = crew.turn(index, due);
    if record.sequence != turn.sequence || record.instance != Some(crew.instance(index, turn.life)) {
        return Err(format!("its record is of sample {}, and {} is due", record.sequence, turn.sequence));
    }
    match (record.outcome, conduct) {
        (Some(RoundOutcome::Ok), conduct) if conduct.is_in_time() => {}
        (Some(RoundOutcome::Late), Conduct::Late) if is_late => {}
        (Some(RoundOutcome::Gone), Conduct::Leaves) => {}
        (Some(RoundOutcome::TooLarge), Conduct::Oversized) => {}
        (Some(RoundOutcome::Missing), Conduct::Silent | Conduct::Late | Conduct::Forged | Conduct::Replayed) => {}
        (outcome, conduct) => return Err(format!("it {conduct:?}, and the record says {outcome:?}")),
    }
    Ok(due == round && !is_late)
}
