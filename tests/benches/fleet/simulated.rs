//! Rounds of a simulated fleet: `statsgrid-fleet` runs a nats-server and a gatherer, answers for all members, and checks each
//! number of each snapshot. What it found is read here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use statsgrid_tests::{Process, command};

use crate::Failed;
use crate::scale::Scale;

/// The programs that it takes.
pub struct Programs {
    /// `statsgrid-fleet`.
    pub fleet: PathBuf,
    /// `stats-gatherer`.
    pub gatherer: PathBuf,
    /// `nats-server`.
    pub server: PathBuf,
}

/// What a run found: the part of its JSON that is used here.
#[derive(Debug, Deserialize)]
pub struct Simulated {
    /// Members.
    pub providers: u32,
    /// Connections that they shared.
    pub connections: u32,
    rounds: Vec<Round>,
    rss_bytes: BTreeMap<String, u64>,
    gatherer_threads_s: BTreeMap<String, f64>,
    /// Bodies of replies.
    pub reply_bytes: Bytes,
    /// Of the last snapshot.
    pub snapshot_bytes: u64,
    /// Times that the bus lost messages on their way to the gatherer.
    pub lost: u64,
    /// What was not as it should be; the first of many.
    pub wrong: Vec<String>,
}

/// Sizes.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Bytes {
    /// On the average.
    pub mean: f64,
}

#[derive(Debug, Deserialize)]
struct Round {
    expected: u32,
    answered: u32,
    wall_s: f64,
    write_s: f64,
    cpu_s: BTreeMap<String, f64>,
    cpu_until_written_s: BTreeMap<String, f64>,
    until_written_s: f64,
}

/// A fleet to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    /// Its members.
    pub providers: u32,
    /// Connections that they share.
    pub connections: u32,
}

/// How long a fleet may take to be there, and to check what was gathered of it: 100,000 take a minute.
const PREPARATION: Duration = Duration::from_secs(300);

impl Fleet {
    fn command(self, programs: &Programs, scale: &Scale, json: &Path) -> Command {
        let mut run = command(&programs.fleet);
        run.arg("run").arg("--gatherer").arg(&programs.gatherer).arg("--nats-server").arg(&programs.server);
        run.arg("--json").arg(json).args(["--interval", &format!("{}s", scale.interval.as_secs())]);
        // A journal is kept by who asks for one.
        run.args(["--spread", &scale.spread.to_string(), "--no-journal"]);
        run.args(json.parent().iter().flat_map(|folder| [Path::new("--folder"), folder]));
        for (flag, number) in [
            ("--providers", self.providers),
            ("--connections", self.connections),
            ("--stats", scale.stats),
            ("--rounds", scale.rounds),
        ] {
            run.args([flag, &number.to_string()]);
        }
        run
    }
}

impl Simulated {
    /// Runs `fleet`. What is not as it should be in a snapshot is told by [`Simulated::wrong`].
    pub fn run(programs: &Programs, scale: &Scale, fleet: Fleet, folder: &Path) -> Result<Self, Failed> {
        let json = folder.join(format!("fleet-{}-{}.json", fleet.providers, fleet.connections));
        let mut process = Process::start("statsgrid-fleet", folder, fleet.command(programs, scale, &json));
        let status = process.ends_within(scale.interval * (scale.rounds + 2) + PREPARATION);
        match std::fs::read(&json) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(_) => {
                let (size, said) = (fleet.providers, process.stderr());
                Err(format!("a fleet of {size} ended with {status:?} and told nothing: {}", said.trim()).into())
            }
        }
    }

    /// CPU seconds a round of `process` (`gatherer`, `nats_server`, `fleet`), on the average.
    pub fn cpu_s(&self, process: &str) -> f64 {
        self.mean(|round| round.cpu_s.get(process).copied().unwrap_or_default())
    }

    /// CPU seconds a round of what a fleet's owner runs: gatherer and server.
    pub fn both_cpu_s(&self) -> f64 {
        self.cpu_s("gatherer") + self.cpu_s("nats_server")
    }

    /// The same for each provider.
    pub fn each(&self) -> Duration {
        Duration::from_secs_f64(self.both_cpu_s()) / self.providers.max(1)
    }

    /// The gatherer's CPU time for each reply, with all that it does in a round.
    pub fn each_reply(&self) -> Duration {
        Duration::from_secs_f64(self.cpu_s("gatherer") / self.mean(|round| f64::from(round.answered)))
    }

    /// The simulator's share of all cores, from a poll until the snapshot was written.
    pub fn share_of_fleet(&self) -> f64 {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let fleet = self.mean(|round| round.cpu_until_written_s.get("fleet").copied().unwrap_or_default());
        fleet / self.mean(|round| round.until_written_s) / cores as f64
    }

    /// The most memory that a process had resident, in bytes.
    pub fn memory(&self, process: &str) -> u64 {
        self.rss_bytes.get(process).copied().unwrap_or_default()
    }

    /// Wall seconds from a poll to the last reply that was verified: the middle round's.
    pub fn wall_s(&self) -> f64 {
        crate::median(self.rounds.iter().map(|round| Duration::from_secs_f64(round.wall_s)).collect()).as_secs_f64()
    }

    /// The same of the slowest round.
    pub fn longest_wall_s(&self) -> f64 {
        self.rounds.iter().map(|round| round.wall_s).fold(0.0, f64::max)
    }

    /// The longest time from a poll to the whole snapshot.
    pub fn longest_s(&self) -> f64 {
        self.rounds.iter().map(|round| round.wall_s + round.write_s).fold(0.0, f64::max)
    }

    /// Members that were to answer in any round and are not in its snapshot.
    pub fn missing(&self) -> u32 {
        self.rounds.iter().map(|round| round.expected - round.answered.min(round.expected)).sum()
    }

    /// Whether nothing was lost, missing or wrong: a fleet that has answered less is cheaper.
    pub fn is_whole(&self) -> bool {
        self.lost == 0 && self.missing() == 0 && self.wrong.is_empty()
    }

    /// Each thread's share of the gatherer's CPU time, the largest first.
    pub fn threads(&self) -> Vec<(&str, f64)> {
        let all: f64 = self.gatherer_threads_s.values().sum();
        let mut shares: Vec<_> = self.gatherer_threads_s.iter().map(|(name, s)| (name.as_str(), s / all)).collect();
        shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        shares
    }

    fn mean(&self, of: impl Fn(&Round) -> f64) -> f64 {
        self.rounds.iter().map(of).sum::<f64>() / self.rounds.len().max(1) as f64
    }
}
