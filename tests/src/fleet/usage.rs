//! What a process has used: CPU time, whole and by its threads, and memory.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

/// Clock ticks a second in which the kernel tells CPU time (`USER_HZ`, proc_pid_stat(5)).
const TICKS: f64 = 100.0;

/// Seconds of CPU of a process, of user and system, with all its threads; also those that have ended.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    ticks(&format!("/proc/{pid}/stat")).map(|(_, seconds)| seconds)
}

/// The same by the names of its threads, of those that run. Those that differ by a number alone are added up.
pub fn cpu_of_threads(pid: u32) -> Result<BTreeMap<String, f64>> {
    let mut threads = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = entry?.path().join("stat");
        // A thread may end while it is looked at.
        let Ok((name, seconds)) = ticks(&path.to_string_lossy()) else { continue };
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        *threads.entry(name).or_default() += seconds;
    }
    Ok(threads)
}

/// Bytes of memory now, and the most that there ever were (VmRSS and VmHWM of proc_pid_status(5)).
pub fn memory(pid: u32) -> Result<[u64; 2]> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("the process runs")?;
        let number: u64 = line.trim().trim_end_matches(" kB").parse().context("a number of kB")?;
        Ok(number * 1024)
    };
    Ok([kilobytes("VmRSS:")?, kilobytes("VmHWM:")?])
}

fn ticks(path: &str) -> Result<(String, f64)> {
    let stat = fs::read_to_string(path).with_context(|| format!("{path} cannot be read: did the program end?"))?;
    // The name stands in parentheses and may hold anything.
    let (head, rest) = stat.rsplit_once(')').context("no name of a process")?;
    let name = head.split_once('(').map(|(_, name)| name).unwrap_or_default();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).context("no ticks");
    // Fields 14 and 15 of the line, of which two stand before the end of the name.
    Ok((name.to_owned(), (number(11)? + number(12)?) / TICKS))
}
