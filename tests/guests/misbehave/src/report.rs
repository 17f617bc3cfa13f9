//! Ways to report, count and print.

use statsgrid_producer::{Stats, count};

pub fn many(stats: &mut Stats, number: u64) {
    for number in 0..number {
        stats.push(format!("stat_{number}"), 1);
    }
}

pub fn long_name(stats: &mut Stats, bytes: usize) {
    stats.push("x".repeat(bytes), 1);
}

pub fn bad_names(stats: &mut Stats) {
    for name in ["nul\0", "new\nline", "\"quoted\"", "\u{1b}[31mred", "two words", "ünicode", "", ".", "a..b"] {
        stats.push(name, 1);
    }
}

pub fn no_numbers(stats: &mut Stats) {
    stats.push("nan", f64::NAN);
    stats.push("infinite", f64::INFINITY);
    stats.push("minus_infinite", f64::NEG_INFINITY);
    stats.push("half", 0.5);
}

pub fn count_one(times: u64) {
    for _ in 0..times {
        count("hits", 1);
    }
}

pub fn count_many(counters: u64) {
    for counter in 0..counters {
        count(&format!("counter_{counter}"), 1);
    }
}

pub fn count_to_the_top() {
    count("top", u64::MAX);
    count("top", 1);
}

pub fn print(lines: u64) {
    for line in 0..lines {
        eprintln!("line {line}");
    }
}

/// Without an end.
pub fn print_a_line(bytes: usize) {
    eprint!("{}", "x".repeat(bytes));
}
