//! Programs as munin starts them: the time from the start to the end, and the most memory they had.

use std::fs::read_to_string;
use std::io::Read;
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

/// The most memory that a program had resident, in KiB: looked up when it prints its answer, and holds it all. None
/// for an answer that fits a pipe: the program may be gone.
pub fn peak(program: &Program, snapshot: &Path) -> Result<Option<u64>, Failed> {
    let mut child = program.call(snapshot).stdout(Stdio::piped()).spawn()?;
    let mut answer = child.stdout.take().ok_or("no pipe")?;
    let mut first = [0];
    answer.read_exact(&mut first)?;
    let status = read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    std::io::copy(&mut answer, &mut std::io::sink())?;
    child.wait()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(peak.map(str::parse).transpose()?)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
