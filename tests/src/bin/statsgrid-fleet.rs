//! Simulates a fleet and the gatherer that it answers, and says what came of each round.
//!
//! `make fleet N=10000 ROUNDS=5` builds what it needs and runs it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use statsgrid_tests::fleet::{Faults, Options, Pace, run};
use statsgrid_tests::take_children_along;

/// Simulates a fleet of providers, with faults, and holds what a gatherer makes of it against what should come of it.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a fleet with a nats-server and a gatherer of its own; ends with 1 if anything is not as it should be
    Run(Box<Run>),
}

#[derive(Debug, Args)]
struct Run {
    /// Logical providers, each with an identity of its own
    #[arg(long, default_value_t = 1_000)]
    providers: u32,

    /// Connections that they share; as many as providers: each has its own [default: one for each thousand, 10 at least]
    #[arg(long)]
    connections: Option<u32>,

    /// Stats of each provider, on the average
    #[arg(long, default_value_t = 20)]
    stats: u32,

    /// How far a provider's count of stats is from that, as a share of it: evenly from stats*(1-X) to stats*(1+X)
    #[arg(long, default_value_t = 0.5)]
    spread: f64,

    /// Rounds that are counted, after the one in which all join
    #[arg(long, default_value_t = 5)]
    rounds: u32,

    /// Between two rounds [default: 1s for each 1500 providers, from 2s to 60s]
    #[arg(long, value_parser = humantime::parse_duration)]
    interval: Option<Duration>,

    /// How long the gatherer waits for who is missing [default: a third of the interval]
    #[arg(long, value_parser = humantime::parse_duration)]
    deadline: Option<Duration>,

    #[command(flatten)]
    faults: FaultOptions,

    /// Have no journal kept, nor checked
    #[arg(long)]
    no_journal: bool,

    /// Write what came of it here too, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Where all files of the run lie, in a folder that goes with it [default: the system's folder for such]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// The stats-gatherer to run
    #[arg(long, value_name = "PROGRAM")]
    gatherer: PathBuf,

    /// The nats-server to run
    #[arg(long, value_name = "PROGRAM")]
    nats_server: PathBuf,

    /// More flags for the gatherer
    #[arg(last = true)]
    more: Vec<OsString>,
}

/// Of a hundred providers, how many in each round.
#[derive(Clone, Copy, Debug, Args)]
struct FaultOptions {
    /// Percent that do not answer
    #[arg(long, default_value_t = 0.0)]
    silent: f64,

    /// Percent that answer after the deadline
    #[arg(long, default_value_t = 0.0)]
    late: f64,

    /// Percent in whose names others answer
    #[arg(long, default_value_t = 0.0)]
    forged: f64,

    /// Percent whose last answer is said again by others
    #[arg(long, default_value_t = 0.0)]
    replayed: f64,

    /// Percent whose answer is larger than is taken
    #[arg(long, default_value_t = 0.0)]
    oversized: f64,

    /// Percent that say their answer twice
    #[arg(long, default_value_t = 0.0)]
    doubled: f64,

    /// Percent that leave, and come back in the next round
    #[arg(long, default_value_t = 0.0)]
    leaving: f64,
}

fn main() -> Result<ExitCode> {
    let Command::Run(options) = Cli::parse().command;
    take_children_along()?;
    let folder = match &options.folder {
        Some(folder) => {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
            tempfile::tempdir_in(folder)?
        }
        None => tempfile::tempdir()?,
    };
    let outcome = run(&options.with_defaults(folder.path().to_owned()), |news| eprintln!("{news}"))?;
    print!("{outcome}");
    if let Some(path) = &options.json {
        let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        serde_json::to_writer_pretty(BufWriter::new(file), &outcome)?;
    }
    Ok(if outcome.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Run {
    fn with_defaults(&self, folder: PathBuf) -> Options {
        // The simulator shares the machine with what it measures, and needs as much of it.
        let interval = Duration::from_secs(u64::from(self.providers / 1_500).clamp(2, 60));
        let interval = self.interval.unwrap_or(interval);
        let deadline = self.deadline.unwrap_or(interval / 3);
        let FaultOptions { silent, late, forged, replayed, oversized, doubled, leaving } = self.faults;
        Options {
            providers: self.providers,
            connections: self.connections.unwrap_or((self.providers / 1_000).max(10)),
            stats: self.stats,
            spread: self.spread,
            rounds: self.rounds,
            faults: Faults { silent, late, forged, replayed, oversized, doubled, leaving },
            pace: Pace { interval, deadline, journal: !self.no_journal, more: self.more.clone() },
            folder,
            gatherer: self.gatherer.clone(),
            nats_server: self.nats_server.clone(),
        }
    }
}
