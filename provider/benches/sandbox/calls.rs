//! Warm calls: through the provider, by bare wasmtime, with each limit by itself, and against a script that is forked.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use statsgrid_provider::{ComponentSource, Counters, Host, ProducerSettings, Producers, Program, Settings, Source};
use statsgrid_wire::SystemClock;
use statsgrid_wire::message::Outcome;

use crate::bare::{Bare, Limit};
use crate::machine::cpu_time;
use crate::table::{Table, median, of, shown};

type Failed = Box<dyn Error + Send + Sync>;

/// As a poll of the usual interval has it.
const PATIENCE: Duration = Duration::from_secs(8);
/// Each limit with its row.
const LIMITS: [(Limit, &str); 5] = [
    (Limit::Epochs, "  of which: epochs"),
    (Limit::Limiter, "  of which: limiter of memory and tables"),
    (Limit::Fuel, "  of which: fuel for bytes that cross"),
    (Limit::Timer, "  of which: timer of the call"),
    (Limit::All, "  of which: all of these; the rest is task, names, report"),
];
/// What a node without a sandbox runs: 20 lines from a shell.
const SCRIPT: &str = "i=0; while [ $i -lt 20 ]; do echo \"value_$i $i\"; i=$((i+1)); done";

/// All rows of calls. Batches take turns, so that a machine that has other things to do slows all alike.
pub async fn measure(table: &Table, component: &Path, calls: u32, batches: usize) -> Result<(), Failed> {
    let bytes = std::fs::read(component)?;
    let producers = one(component).await?;
    let mut bare = Vec::new();
    for limit in [Limit::None].into_iter().chain(LIMITS.map(|(limit, _)| limit)) {
        bare.push((Bare::new(&bytes, limit).await?, Vec::new()));
    }
    let mut ours = Vec::new();
    for _ in 0..batches {
        ours.push(read(&producers, calls).await?);
        for (bare, times) in &mut bare {
            let started = Instant::now();
            for _ in 0..calls {
                bare.get_stats().await?;
            }
            times.push(started.elapsed() / calls);
        }
    }
    let mut bare = bare.into_iter().map(|(_, times)| median(times));
    let (ours, rival) = (median(ours), bare.next().unwrap_or_default());
    let row = "warm call of 20 stats, all limits on / bare wasmtime";
    table.ratio(row, &shown(ours), &shown(rival), of(ours, rival), "<= 1.5");
    for ((_, row), limited) in LIMITS.iter().zip(bare) {
        table.ratio(row, &shown(limited), &shown(rival), of(limited, rival), "");
    }
    against_a_script(table, &producers, calls).await
}

async fn read(producers: &Producers, calls: u32) -> Result<Duration, Failed> {
    let started = Instant::now();
    for _ in 0..calls {
        let readings = producers.read(PATIENCE).await;
        let [reading] = readings.as_slice() else { return Err("not one reading".into()) };
        if reading.outcome != Outcome::Ok || reading.stats.len() != 20 {
            return Err(format!("{reading:?}").into());
        }
    }
    Ok(started.elapsed() / calls)
}

/// CPU time of all threads and children, in a script's favour: its output is thrown away unread.
async fn against_a_script(table: &Table, producers: &Producers, calls: u32) -> Result<(), Failed> {
    let scripts = (calls / 20).max(10);
    let started = cpu_time();
    read(producers, calls * 10).await?;
    let ours = (cpu_time() - started) / (calls * 10);
    let started = cpu_time();
    for _ in 0..scripts {
        let status = Command::new("sh").args(["-c", SCRIPT]).stdout(Stdio::null()).status()?;
        if !status.success() {
            return Err(format!("the script: {status}").into());
        }
    }
    let rival = (cpu_time() - started) / scripts;
    let row = "CPU time of that call / of fork and exec of sh, 20 lines";
    table.ratio(row, &shown(ours), &shown(rival), of(ours, rival), "<= 0.02");
    Ok(())
}

/// What a provider makes of one section.
async fn one(component: &Path) -> Result<Producers, Failed> {
    let host = Arc::new(Host::new(Settings::default().stack_bytes())?);
    let section = ProducerSettings::of(component.to_owned());
    let source = ComponentSource::load(&host, &Settings::default(), "twenty", &section, &Counters::default());
    let source = Source::Component(Box::new(source.map_err(|fault| fault.message)?));
    Ok(Producers::start(vec![("twenty".to_owned(), source)], Arc::new(SystemClock::start())).await)
}

/// Rows of loading: cold and out of the cache.
pub fn load(table: &Table, component: &Path, folder: &Path, times: usize) -> Result<(), Failed> {
    let cold = Host::new(Settings::default().stack_bytes())?;
    let warm = Host::new(Settings::default().stack_bytes())?.with_cache(&folder.join("native"));
    drop(Program::load(&warm, component, None)?);
    let load = |host: &Host| -> Result<Duration, Failed> {
        let started = Instant::now();
        // Dropped at once, so that the next load does not find it in use.
        drop(Program::load(host, component, None)?);
        Ok(started.elapsed())
    };
    let (mut ours, mut rival) = (Vec::new(), Vec::new());
    for _ in 0..times {
        ours.push(load(&warm)?);
        rival.push(load(&cold)?);
    }
    let (ours, rival) = (median(ours), median(rival));
    table.ratio("load from the cache / compile", &shown(ours), &shown(rival), of(ours, rival), "");
    Ok(())
}
