//! What `/metrics` of a fleet costs: a gatherer that has a snapshot of it and no bus, scraped over HTTP in turns with a rival
//! in one run.
//!
//! `make bench-metrics` builds what it needs and runs it; with `--quick` it takes seconds, and its figures mean nothing.
//! Figures that were reached are in BENCHMARKS.md of this package. A turn is a gatherer of its own, whose first reader has
//! the exposition planned and written, as in each round; the next one gets what was kept. Left out on purpose: any test of
//! these figures, for a busy machine fails it.

mod fleet;
#[path = "../munin/machine.rs"]
mod machine;
#[path = "../munin/fleet.rs"]
mod munin_fleet;
mod served;

use std::error::Error;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use served::{Scrape, Served};

type Failed = Box<dyn Error + Send + Sync>;

const TEXT: &str = "text/plain";
const OPEN_METRICS: &str = "application/openmetrics-text";

/// What is timed in each turn, in this order.
const TIMED: [&str; 6] = [
    "a Rust program that only writes the text",
    "the text, planned and written",
    "the text, kept",
    "a Rust program that only writes the OpenMetrics",
    "the OpenMetrics, written by the same plan",
    "the OpenMetrics, kept",
];

fn main() -> Result<(), Failed> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (nodes, turns) = if quick { (500, 3) } else { (10_000, 15) };
    let bench = Bench::new(nodes)?;
    let [text, open_metrics] = [bench.rival(TEXT)?, bench.rival(OPEN_METRICS)?];
    println!("{}\n", machine::describe());
    let mut scrapes: [Vec<Scrape>; TIMED.len()] = Default::default();
    let mut peak = 0;
    for _ in 0..turns {
        let gatherer = bench.gatherer()?;
        let turn = [
            text.scrape(TEXT)?,
            gatherer.scrape(TEXT)?,
            gatherer.scrape(TEXT)?,
            open_metrics.scrape(OPEN_METRICS)?,
            gatherer.scrape(OPEN_METRICS)?,
            gatherer.scrape(OPEN_METRICS)?,
        ];
        scrapes.iter_mut().zip(turn).for_each(|(held, scrape)| held.push(scrape));
        peak = peak.max(gatherer.peak()?);
    }
    print(nodes, turns, &scrapes)?;
    println!("\nMost memory of a gatherer, in KiB: {peak}; {} before the first scrape", bench.gatherer()?.peak()?);
    Ok(())
}

fn print(nodes: usize, turns: usize, scrapes: &[Vec<Scrape>]) -> Result<(), Failed> {
    println!("| {nodes} nodes of 20 stats and counters, median of {turns} | MB | ms | CPU ms | of only writing |");
    println!("|---|---|---|---|---|");
    let median = |scrapes: &[Scrape], of: fn(&Scrape) -> Duration| {
        let mut times: Vec<Duration> = scrapes.iter().map(of).collect();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    let mut least = Duration::ZERO;
    for (place, (name, scrapes)) in TIMED.iter().zip(scrapes).enumerate() {
        let (time, cpu) = (median(scrapes, |scrape| scrape.time), median(scrapes, |scrape| scrape.cpu));
        if place % 3 == 0 {
            least = time;
        }
        let bytes = scrapes.first().ok_or("nothing was timed")?.bytes;
        let ratio = time.as_secs_f64() / least.as_secs_f64();
        println!("| {name} | {:.1} | {} | {} | {ratio:.2} |", bytes as f64 / 1e6, ms(time), ms(cpu));
    }
    Ok(())
}

/// A snapshot, and a bus that says nothing: the gatherer shows what it knows from its last run.
struct Bench {
    folder: tempfile::TempDir,
    silent: TcpListener,
}

impl Bench {
    fn new(nodes: usize) -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        fleet::write(&folder.path().join("stats.json"), nodes, now.as_millis() as u64)?;
        Ok(Self { folder, silent: TcpListener::bind("127.0.0.1:0")? })
    }

    fn gatherer(&self) -> Result<Served, Failed> {
        let mut run = Command::new(built("stats-gatherer")?);
        run.args([
            "run",
            "--enrol",
            "open",
            "--listen",
            "127.0.0.1:0",
            "--nats",
            &format!("nats://{}", self.silent.local_addr()?),
        ]);
        run.arg("--snapshot").arg(self.folder.path().join("stats.json"));
        Served::start(run)
    }

    /// What writes the lines that a gatherer gives in this format.
    fn rival(&self, accept: &str) -> Result<Served, Failed> {
        let path = self.folder.path().join("exposition");
        std::fs::write(&path, self.gatherer()?.text(accept)?)?;
        let mut rival = Command::new(built("rivals/only_writes")?);
        rival.arg(&path);
        Served::start(rival)
    }
}

fn built(name: &str) -> Result<PathBuf, Failed> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let path = workspace.join(target).join("release").join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{} is missing: run `make bench-metrics`", path.display()).into())
    }
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}
