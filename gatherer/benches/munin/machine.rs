//! The machine in a line: a ratio is of it.

use std::fs::read_to_string;
use std::thread::available_parallelism;

/// Its cores, their make, and how busy they are with other work.
pub fn describe() -> String {
    let cores = available_parallelism().map_or(0, |cores| cores.get());
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    format!("{cores} cores, {}; load before the run {load}", model.trim_start_matches([' ', '\t', ':']))
}
