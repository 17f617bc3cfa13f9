//! Programs as munin starts them: the time from the start to the end, and the most memory they had.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failed;

/// A program and how it is called.
pub struct Program {
    pub name: String,
    path: PathBuf,
    arguments: Vec<String>,
}

impl Program {
    pub fn new(name: &str, path: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Self { name: name.to_owned(), path: path.to_owned(), arguments }
    }

    fn call(&self, snapshot: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env("statsfile", snapshot).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

/// Each program's median time. They run in turns, so that what else the machine does falls on all alike.
pub fn median_of(programs: &[Program], snapshot: &Path, times: usize) -> Result<Vec<Duration>, Failed> {
    let mut taken = vec![Vec::new(); programs.len()];
    // The first turn fills the caches, and does not count.
    for turn in 0..=times {
        for (program, taken) in programs.iter().zip(&mut taken) {
            let mut call = program.call(snapshot);
            let started = Instant::now();
            let status = call.status()?;
            let time = started.elapsed();
            if !status.success() {
                return Err(format!("{}: {status}", program.name).into());
            }
            if turn > 0 {
                taken.push(time);
            }
        }
    }
    Ok(taken.into_iter().map(median).collect())
}

/// The most memory that a program had resident, in KiB, as it was last seen: it is looked at again and again, for an
/// ended process shows none. So this is for programs that run for a while and hold what they have until they end.
pub fn peak(program: &Program, snapshot: &Path) -> Result<u64, Failed> {
    let mut child = program.call(snapshot).spawn()?;
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let status = read_to_string(&path).unwrap_or_default();
        let now = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak = now.map_or(Ok(peak), str::parse)?;
    }
    Ok(peak)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
