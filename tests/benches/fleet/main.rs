//! What a round of a fleet costs: beside those who scrape as many targets, beside what no gatherer can do without, and at a
//! hundred times the size, all in one run.
//!
//! `make bench` builds what it needs and prints the section of gatherer/BENCHMARKS.md that it replaces there with `KEEP=1`;
//! with `--quick` it takes a minute, and its figures mean nothing. CPU time is the kernel's account of whole processes, and
//! what only plays a part beside them (simulator, targets, sink) is not in it. A rival that is not installed is left out,
//! and its row says so. Left out on purpose: any test of these figures, for a busy machine fails it.

mod claim;
mod crowd;
mod http;
mod kept;
mod limit;
#[path = "../../../gatherer/benches/munin/machine.rs"]
mod machine;
mod measured;
#[path = "../../../gatherer/benches/munin/fleet.rs"]
mod nodes;
mod report;
mod rivals;
mod scale;
mod simulated;
mod sink;
mod targets;
mod written;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use measured::Measured;
use scale::Scale;
use simulated::Programs;

type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (quick, keep) = (has("--quick"), has("--keep"));
    if quick && keep {
        return Err("what --quick measures is not kept: leave out one of the two".into());
    }
    let scale = if quick { Scale::quick() } else { Scale::full() };
    let programs = Programs { fleet: built("statsgrid-fleet")?, gatherer: built("stats-gatherer")?, server: server()? };
    statsgrid_tests::take_children_along()?;
    // The machine is described before it is busy with this.
    let surroundings = report::surroundings(&programs);
    let folder = tempfile::tempdir_in(target())?;
    let measured = Measured::take(&scale, &programs, folder.path())?;
    let text = report::report(&scale, &measured, &surroundings);
    print!("{text}");
    if quick {
        eprintln!("these figures mean nothing: --quick only shows that it runs");
    }
    if keep { kept::keep(&workspace().join("gatherer/BENCHMARKS.md"), &text) } else { Ok(()) }
}

fn server() -> Result<PathBuf, Failed> {
    let named = std::env::var_os("STATSGRID_NATS_SERVER").map(PathBuf::from).filter(|path| path.is_file());
    named.ok_or_else(|| "no STATSGRID_NATS_SERVER names a nats-server: run `make bench`".into())
}

fn built(name: &str) -> Result<PathBuf, Failed> {
    let path = target().join("release").join(name);
    if path.is_file() { Ok(path) } else { Err(format!("{} is missing: run `make bench`", path.display()).into()) }
}

fn target() -> PathBuf {
    workspace().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
