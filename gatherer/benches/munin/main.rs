//! What the munin plugin costs: whole processes, as munin starts them, timed in turns with their rivals in one run.
//!
//! `make bench-munin` builds what it needs and runs it; with `--quick` it takes seconds, and its figures mean nothing.
//! Figures that were reached are in BENCHMARKS.md of this package. It needs no munin, and rivals in Python only where
//! there is one. The snapshot lies in the page cache, as it does where a gatherer has just written it. Left out on
//! purpose: any test of these figures, for a busy machine fails it.

mod fleet;
mod machine;
mod process;

use std::error::Error;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use process::{Program, median_of, peak};

type Failed = Box<dyn Error + Send + Sync>;

/// The links that are called for graphs of a series each.
const LINKS: [&str; 4] = [
    "tahoe_runtime_load_avg",
    "tahoe_storage_bytes_added",
    "tahoe_runtime_load_avg_fleet",
    "tahoe_runtime_load_avg_top10",
];

/// Everything there is, which nobody draws of 100,000 nodes.
const ALL: &str = "statsgrid_all";

fn main() -> Result<(), Failed> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let folder = tempfile::tempdir()?;
    let plugins = Plugins::new(folder.path())?;
    println!("{}\n", machine::describe());
    small(&plugins, if quick { 5 } else { 301 })?;
    large(&plugins, if quick { (2_000, 1) } else { (100_000, 5) })
}

/// 1,000 nodes: each program's time, and what it is of the time of one that only reads the file.
fn small(plugins: &Plugins, times: usize) -> Result<(), Failed> {
    let snapshot = plugins.snapshot(1_000)?;
    let reader = plugins.built("rivals/only_reads")?;
    let mut programs = vec![
        Program::new("a Rust program that does nothing", &plugins.built("rivals/does_nothing")?, &[]),
        Program::new("a Rust program that only reads the file", &reader, &[]),
    ];
    programs.extend(plugins.calls(&[&LINKS[..], &[ALL]].concat()));
    if let Some(python) = python() {
        let original = in_this_folder("rivals/original.py");
        programs.push(Program::new("Python that does nothing", python, &["-c", ""]));
        programs.push(Program::new("Python in the original's style, fetch", python, &[&original]));
        programs.push(Program::new("Python in the original's style, config", python, &[&original, "config"]));
    }
    let medians = median_of(&programs, &snapshot, times)?;
    let [_, least, ..] = medians.as_slice() else { return Err("nothing was timed".into()) };
    println!("| 1,000 nodes of 20 stats, {} KB, median of {times} | ms | of reading |", kilobytes(&snapshot)?);
    println!("|---|---|---|");
    for (Program { name, .. }, median) in programs.iter().zip(&medians) {
        println!("| {name} | {} | {:.2} |", ms(*median), median.as_secs_f64() / least.as_secs_f64());
    }
    Ok(())
}

/// A hundred thousand nodes: time and memory.
fn large(plugins: &Plugins, (nodes, times): (usize, usize)) -> Result<(), Failed> {
    let snapshot = plugins.snapshot(nodes)?;
    let reader = plugins.built("rivals/only_reads")?;
    let mut programs = vec![Program::new("a Rust program that only reads the file", &reader, &[])];
    programs.extend(plugins.calls(&LINKS));
    let medians = median_of(&programs, &snapshot, times)?;
    println!(
        "\n| {nodes} nodes of 20 stats, {} KB, median of {times} | ms | peak memory, KiB |",
        kilobytes(&snapshot)?
    );
    println!("|---|---|---|");
    for (program, median) in programs.iter().zip(medians) {
        println!("| {} | {} | {} |", program.name, ms(median), peak(program, &snapshot)?);
    }
    Ok(())
}

/// The release build, and the links by which the plugin knows what it is asked for.
struct Plugins<'f> {
    folder: &'f Path,
}

impl<'f> Plugins<'f> {
    fn new(folder: &'f Path) -> Result<Self, Failed> {
        let plugins = Self { folder };
        let built = plugins.built("statsgrid_")?;
        for link in LINKS.into_iter().chain([ALL]) {
            symlink(&built, folder.join(link))?;
        }
        Ok(plugins)
    }

    /// Both calls that munin makes of each link.
    fn calls(&self, links: &[&str]) -> Vec<Program> {
        let both = |link: &&str| {
            let program =
                |call, arguments| Program::new(&format!("{call} of {link}"), &self.folder.join(link), arguments);
            [program("fetch", &[]), program("config", &["config"])]
        };
        links.iter().flat_map(both).collect()
    }

    fn built(&self, name: &str) -> Result<PathBuf, Failed> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let path = workspace.join(target).join("release").join(name);
        if path.is_file() {
            Ok(path)
        } else {
            Err(format!("{} is missing: run `make bench-munin`", path.display()).into())
        }
    }

    fn snapshot(&self, nodes: usize) -> Result<PathBuf, Failed> {
        let path = self.folder.join(format!("{nodes}.json"));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        fleet::write(&path, nodes, |node| fleet::record(node, now.as_millis() as u64))?;
        Ok(path)
    }
}

/// The system's, as plugins use it.
fn python() -> Option<&'static Path> {
    Some(Path::new("/usr/bin/python3")).filter(|path| path.is_file())
}

fn in_this_folder(name: &str) -> String {
    format!("{}/benches/munin/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn kilobytes(path: &Path) -> Result<u64, Failed> {
    Ok(path.metadata()?.len() / 1000)
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}
