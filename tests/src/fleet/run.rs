//! A run: a fleet and the gatherer that it answers, round after round, and what is found of each.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use statsgrid_gatherer::snapshot::Record;
use statsgrid_wire::Number;
use tokio::runtime::{Builder, Runtime};

use super::check::{Wrong, check, round_of};
use super::conduct::{Conduct, Faults};
use super::connection::Connections;
use super::crew::{Began, Crew};
use super::journal;
use super::numbers::Report;
use super::outcome::{Bytes, Outcome, Round};
use super::stage::{Pace, Stage};
use super::usage::{cpu_of_threads, cpu_seconds, memory};
use crate::process::Process;

/// Between two looks at the snapshot.
const LOOK: Duration = Duration::from_millis(5);

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Members.
    pub providers: u32,
    /// That they share.
    pub connections: u32,
    /// Numbers of each on the average.
    pub stats: u32,
    /// How far a member's count of numbers is from that at most, as a share of it.
    pub spread: f64,
    /// After the one in which all join.
    pub rounds: u32,
    /// What goes wrong.
    pub faults: Faults,
    /// The gatherer's rounds.
    pub pace: Pace,
    /// For all files; it is there, and empty.
    pub folder: PathBuf,
    /// The program under test.
    pub gatherer: PathBuf,
    /// The bus.
    pub nats_server: PathBuf,
}

/// Runs it; `told` hears of each round as it ends.
pub fn run(options: &Options, mut told: impl FnMut(&str)) -> Result<Outcome> {
    let stage = Stage::set(&options.folder, &options.gatherer, &options.nats_server)?;
    let (begins, began) = channel();
    let report = Report::of(options.stats, options.spread);
    let parts = (options.faults, report, options.rounds);
    let crew = Arc::new(Crew::of(options.providers, parts, &stage.address, begins)?);
    stage.trust((0..options.providers).map(|index| crew.key(index)))?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let connections = runtime.block_on(Connections::serve(&crew, stage.server(), options.connections))?;
    told(&format!("{} providers are there; the gatherer starts", options.providers));
    let gatherer = stage.gather(&options.pace);
    let watch = Watch { stage: &stage, crew: &crew, gatherer: &gatherer, began, names: Vec::new(), starts: Vec::new() };
    let patience = options.pace.interval * 3;
    let (rounds, last) = watch.rounds(options.rounds, patience, &mut told)?;
    let mut outcome = Outcome {
        providers: options.providers,
        connections: connections.count(),
        stats: options.stats,
        snapshot_bytes: fs::metadata(stage.snapshot())?.len(),
        gatherer_threads_s: cpu_of_threads(gatherer.id())?,
        ..Outcome::default()
    };
    for (name, pid) in [("gatherer", gatherer.id()), ("nats_server", stage.server_id())] {
        outcome.rss_bytes.insert(name, memory(pid)?[1]);
    }
    finish(runtime, gatherer)?;
    let mut wrong = rounds.wrong;
    outcome.rounds = rounds.rounds;
    if options.pace.journal {
        told("the journal is checked");
        let kept = journal::check(&stage.journal(), stage.address.gatherer, &crew, &rounds.names)?;
        for (round, late) in outcome.rounds.iter_mut().zip(kept.late.iter().skip(1)) {
            round.late = *late;
        }
        outcome.journal = Some(kept.replies);
        wrong.extend(kept.wrong);
    }
    account(&mut outcome, &crew, &last, &mut wrong);
    outcome.wrong = wrong.lines();
    Ok(outcome)
}

/// The gatherer first, which writes what it has.
fn finish(runtime: Runtime, gatherer: Process) -> Result<()> {
    let ended = gatherer.terminate();
    runtime.shutdown_timeout(Duration::from_secs(5));
    if ended.code != Some(0) {
        bail!("the gatherer ended with {:?}: {}", ended.code, ended.stderr);
    }
    Ok(())
}

/// What was said with a fault, held against what the gatherer says that it did not take.
fn account(outcome: &mut Outcome, crew: &Crew, own: &Record, wrong: &mut Wrong) {
    let (honest, mean, most) = crew.said.bodies();
    outcome.reply_bytes = Bytes { mean, most };
    let counted = |name: &str| own.stats.counters.get(name).copied().unwrap_or_default();
    for (name, count) in own.stats.counters.iter() {
        if let Some(reason) = name.strip_prefix("statsgrid.rejected.").filter(|_| *count > 0) {
            outcome.rejected.insert(reason.to_owned(), *count);
        }
    }
    outcome.lost = counted("statsgrid.messages_lost");
    let said = |conduct| crew.said.of(conduct);
    let (forged, replayed) = (said(Conduct::Forged), said(Conduct::Replayed));
    let (oversized, doubled) = (said(Conduct::Oversized), said(Conduct::Doubled));
    let all = [("forged", forged), ("replayed", replayed), ("oversized", oversized), ("doubled", doubled)];
    outcome.said = all.into_iter().chain([("late", said(Conduct::Late))]).filter(|(_, count)| *count > 0).collect();
    let rejected = |reasons: &[&str]| -> u64 {
        reasons.iter().map(|reason| counted(&format!("statsgrid.rejected.{reason}"))).sum()
    };
    let taken = counted("statsgrid.replies");
    let expected = [
        ("forged", forged, rejected(&["bad_signature", "wrong_key"])),
        ("replayed or doubled", replayed + doubled, rejected(&["wrong_poll", "duplicate"])),
        ("oversized", oversized, rejected(&["too_large"])),
    ];
    // What the bus loses cannot be counted by the gatherer.
    for (what, said, rejected) in expected.into_iter().filter(|_| outcome.lost == 0) {
        if said != rejected {
            wrong.push(|| format!("{said} {what} messages went out, and the gatherer counts {rejected}"));
        }
    }
    if honest < taken {
        wrong.push(|| format!("the gatherer has taken {taken} replies, and {honest} honest ones went out"));
    }
}

/// Looks on while rounds go by.
struct Watch<'a> {
    stage: &'a Stage,
    crew: &'a Crew,
    gatherer: &'a Process,
    began: Receiver<Began>,
    names: Vec<u64>,
    starts: Vec<(Instant, BTreeMap<&'static str, f64>)>,
}

/// What was seen.
struct Seen {
    rounds: Vec<Round>,
    names: Vec<u64>,
    wrong: Wrong,
}

impl Watch<'_> {
    /// Until the start of the round after the last; gives the gatherer's last record too.
    fn rounds(mut self, count: u32, patience: Duration, told: &mut impl FnMut(&str)) -> Result<(Seen, Record)> {
        let (mut rounds, mut wrong): (Vec<Round>, _) = (Vec::new(), Wrong::default());
        let mut last = None;
        let mut file = None;
        let mut ends = Instant::now() + patience;
        while self.names.len() < count as usize + 2 || rounds.len() < count as usize + 1 {
            self.listen()?;
            let path = self.stage.snapshot();
            let now = fs::metadata(&path).ok().map(|metadata| metadata.ino());
            if now.is_some() && now != file {
                file = now;
                let place = rounds.len();
                if let Some((round, own, faults)) = self.closed(&path, place)? {
                    told(&format!("round {place}: {} of {} answered", round.answered, round.expected));
                    (last, ends) = (Some(own), Instant::now() + patience);
                    rounds.push(round);
                    wrong.extend(faults);
                }
            }
            if Instant::now() > ends {
                bail!("round {} has not ended within {patience:?}: {}", rounds.len(), self.gatherer.stderr());
            }
        }
        self.fill_in(&mut rounds);
        // In the first one all have joined.
        rounds.remove(0);
        self.names.truncate(count as usize + 1);
        Ok((Seen { rounds, names: self.names, wrong }, last.context("no round has ended")?))
    }

    /// Waits a little for a round to begin.
    fn listen(&mut self) -> Result<()> {
        match self.began.recv_timeout(LOOK) {
            Ok(Began { round, name, at }) => {
                debug_assert_eq!(round as usize, self.names.len());
                self.names.push(name);
                self.starts.push((at, self.cpu()?));
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => bail!("the fleet has ended"),
        }
    }

    /// What the snapshot says, if it is of the round at `place`.
    fn closed(&self, path: &Path, place: usize) -> Result<Option<(Round, Record, Wrong)>> {
        let Some(name) = self.names.get(place).copied() else { return Ok(None) };
        if round_of(path, &self.crew.gatherer)? != Some(name) {
            return Ok(None);
        }
        let (until_written_s, cpu) = (self.starts[place].0.elapsed().as_secs_f64(), self.cpu()?);
        let number = u32::try_from(place)?;
        let found = check(path, self.crew, number, &self.names)?;
        let own = found.own.context("the gatherer's own record is not in the snapshot")?;
        let seconds = |name: &str| own.stats.stats.get(name).copied().map(Number::as_f64).unwrap_or_default();
        let is_due = |index: &u32| self.crew.turn(*index, number).conduct.is_in_time();
        let round = Round {
            round: name,
            expected: (0..).zip(&self.crew.members).map(|(index, _)| index).filter(is_due).count() as u32,
            answered: found.answered,
            older: found.older,
            wall_s: seconds("statsgrid.round_seconds"),
            // The record was made before its own write: this is of the one before, and is moved by one below.
            write_s: seconds("statsgrid.write_seconds"),
            cpu_until_written_s: difference(&cpu, &self.starts[place].1),
            until_written_s,
            ..Round::default()
        };
        Ok(Some((round, own, found.wrong)))
    }

    /// What is known of a round only when the next one begins.
    fn fill_in(&self, rounds: &mut [Round]) {
        let writes: Vec<f64> = rounds.iter().map(|round| round.write_s).collect();
        for (place, round) in rounds.iter_mut().enumerate() {
            round.write_s = writes.get(place + 1).copied().unwrap_or_default();
            round.cpu_s = difference(&self.starts[place + 1].1, &self.starts[place].1);
        }
    }

    fn cpu(&self) -> Result<BTreeMap<&'static str, f64>> {
        let pids =
            [("gatherer", self.gatherer.id()), ("nats_server", self.stage.server_id()), ("fleet", std::process::id())];
        pids.into_iter().map(|(name, pid)| Ok((name, cpu_seconds(pid)?))).collect()
    }
}

fn difference(
    after: &BTreeMap<&'static str, f64>,
    before: &BTreeMap<&'static str, f64>,
) -> BTreeMap<&'static str, f64> {
    after.iter().map(|(name, cpu)| (*name, cpu - before.get(name).copied().unwrap_or_default())).collect()
}
