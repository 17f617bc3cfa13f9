//! What came of a run, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// A whole run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Members of the fleet.
    pub providers: u32,
    /// That they shared.
    pub connections: usize,
    /// Numbers of each on the average.
    pub stats: u32,
    /// The rounds that were counted, after the one in which all joined.
    pub rounds: Vec<Round>,
    /// The most memory of each process.
    pub rss_bytes: BTreeMap<&'static str, u64>,
    /// CPU seconds of the gatherer's threads over the whole run.
    pub gatherer_threads_s: BTreeMap<String, f64>,
    /// Bodies of honest replies.
    pub reply_bytes: Bytes,
    /// Of the last snapshot.
    pub snapshot_bytes: u64,
    /// Replies in the journal, checked with their signatures: in time, and late; none if none was kept.
    pub journal: Option<[u64; 2]>,
    /// Messages with a fault that went out, by what it is.
    pub said: BTreeMap<&'static str, u64>,
    /// Messages that the gatherer did not take, by its reason.
    pub rejected: BTreeMap<String, u64>,
    /// Times that the bus lost messages on their way to the gatherer.
    pub lost: u64,
    /// What is not as it should be; the first of many.
    pub wrong: Vec<String>,
}

/// Sizes.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Bytes {
    /// On the average.
    pub mean: f64,
    /// The largest.
    pub most: u64,
}

/// One round.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Round {
    /// Its name: the aligned start in Unix milliseconds.
    pub round: u64,
    /// Members that were to answer in time.
    pub expected: u32,
    /// Of these, those whose numbers of this round are in its snapshot, each one as it should be.
    pub answered: u32,
    /// Members whose numbers of an earlier round are there, as they should be.
    pub older: u32,
    /// Late answers to polls of this round.
    pub late: u32,
    /// From the first poll to the end of the round.
    pub wall_s: f64,
    /// The write of the snapshot.
    pub write_s: f64,
    /// CPU from the round's start to the next one's start.
    pub cpu_s: BTreeMap<&'static str, f64>,
    /// CPU from the round's start until its snapshot was there.
    pub cpu_until_written_s: BTreeMap<&'static str, f64>,
    /// From the round's start until its snapshot was there.
    pub until_written_s: f64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { providers, connections, stats, .. } = self;
        writeln!(f, "{providers} providers over {connections} connections, {stats} stats each on the average")?;
        let Bytes { mean, most } = self.reply_bytes;
        writeln!(f, "replies of {mean:.0} bytes on the average, {most} at most\n")?;
        writeln!(
            f,
            "{:>5} {:>9} {:>9} {:>7} {:>6} {:>8} {:>8} {:>9} {:>11} {:>7}",
            "round", "expected", "answered", "older", "late", "wall s", "write s", "gatherer", "nats-server", "fleet"
        )?;
        for (number, round) in (1..).zip(&self.rounds) {
            let cpu = |name: &str| round.cpu_s.get(name).copied().unwrap_or_default();
            writeln!(
                f,
                "{number:>5} {:>9} {:>9} {:>7} {:>6} {:>8.2} {:>8.2} {:>9.2} {:>11.2} {:>7.2}",
                round.expected,
                round.answered,
                round.older,
                round.late,
                round.wall_s,
                round.write_s,
                cpu("gatherer"),
                cpu("nats_server"),
                cpu("fleet"),
            )?;
        }
        writeln!(f, "      the last three are CPU seconds, from one round's start to the next one's\n")?;
        self.write_totals(f)
    }
}

impl Outcome {
    fn write_totals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &mut dyn Iterator<Item = (String, u64)>| {
            let counts: Vec<String> = counts.map(|(name, count)| format!("{count} {name}")).collect();
            if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }
        };
        let said = list(&mut self.said.iter().map(|(name, count)| ((*name).to_owned(), *count)));
        writeln!(f, "said with a fault: {said}")?;
        let rejected = list(&mut self.rejected.iter().map(|(name, count)| (name.clone(), *count)));
        writeln!(f, "not taken:         {rejected}")?;
        if let Some([in_time, late]) = self.journal {
            writeln!(f, "in the journal:    {in_time} replies in time and {late} late ones, signatures checked again")?;
        }
        writeln!(f, "lost on the bus:   {} times", self.lost)?;
        let memory = |name: &str| self.rss_bytes.get(name).copied().unwrap_or_default() as f64 / 1e6;
        let (gatherer, server) = (memory("gatherer"), memory("nats_server"));
        writeln!(f, "most memory:       gatherer {gatherer:.0} MB, nats-server {server:.0} MB")?;
        let threads = self.gatherer_threads_s.iter().filter(|(_, seconds)| **seconds > 0.0);
        let threads: Vec<String> = threads.map(|(name, seconds)| format!("{name} {seconds:.1}")).collect();
        writeln!(f, "gatherer's CPU s:  {}", threads.join(", "))?;
        writeln!(f, "snapshot:          {:.1} MB", self.snapshot_bytes as f64 / 1e6)?;
        for wrong in &self.wrong {
            writeln!(f, "WRONG: {wrong}")?;
        }
        if self.wrong.is_empty() { writeln!(f, "All is as it should be.") } else { Ok(()) }
    }
}
