//! What the kernel says of this machine and of processes: names, CPU time, memory.

use std::fs::read_to_string;
use std::time::Duration;

/// The machine in a line: a ratio is of it.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    format!("{cores} cores, {}", model.trim_start_matches([' ', '\t', ':']))
}

/// CPU time of this process, its threads and the children that it waited for.
pub fn cpu_time() -> Duration {
    let stat = read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in the second field may hold anything but is closed by the last parenthesis; utime is field 14.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(4);
    // proc_pid_stat(5): in ticks, of which Linux shows 100 a second.
    Duration::from_millis(fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// Resident memory of a process in KiB, and of that what no file backs.
pub fn resident(process: &str) -> [u64; 2] {
    let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    ["VmRSS:", "RssAnon:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
    })
}
