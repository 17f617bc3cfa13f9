//! The table: each row a figure of ours, the rival's in the same run, and what the one is of the other.

use std::time::Duration;

/// Rows, printed as they come.
pub struct Table;

impl Table {
    /// Begins with the machine.
    pub fn of(machine: &str) -> Self {
        println!("{machine}\n");
        println!("| {:<58} | {:>12} | {:>12} | {:>9} | {:<12} |", "", "ours", "rival", "ratio", "aim");
        println!("|{:-<60}|{:->14}|{:->14}|{:->11}|{:-<14}|", "", ":", ":", ":", "");
        Self
    }

    /// A figure against a rival's.
    pub fn ratio(&self, what: &str, ours: &str, rival: &str, ratio: f64, aim: &str) {
        println!("| {what:<58} | {ours:>12} | {rival:>12} | {ratio:>9.2} | {aim:<12} |");
    }

    /// A figure by itself.
    pub fn figure(&self, what: &str, ours: &str, aim: &str) {
        println!("| {what:<58} | {ours:>12} | {:>12} | {:>9} | {aim:<12} |", "", "");
    }
}

/// A time for people.
pub fn shown(time: Duration) -> String {
    match time.as_nanos() {
        nanos @ 0..10_000_000 => format!("{:.2} us", nanos as f64 / 1e3),
        nanos => format!("{:.1} ms", nanos as f64 / 1e6),
    }
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What one time is of another.
pub fn of(ours: Duration, rival: Duration) -> f64 {
    ours.as_secs_f64() / rival.as_secs_f64()
}
