//! /proc/stat: CPU time by mode, context switches and processes, all since the start.
//!
//! The line `cpu` sums all CPUs; those of single CPUs and of interrupts are left out, and so are its last two
//! columns, the time of guests: the kernel counts it under user and nice already. What has no line or column (older
//! kernels, some containers) is left out; only the line `cpu` must be there.

use statsgrid_producer::{Description, Error, Kind, Stats};

use crate::Source;

pub const SOURCE: Source = Source { path: "/proc/stat", describe, parse };

/// The unit of the line `cpu` (USER_HZ). It is 100 on every architecture that Linux runs on today, whatever the
/// kernel's own tick is; a component could not ask sysconf for it.
const TICKS_PER_SECOND: f64 = 100.0;

/// The columns of the line `cpu`, in their order.
const MODES: [(&str, &str); 8] = [
    ("cpu.user", "CPU time in programs."),
    ("cpu.nice", "CPU time in programs of low priority."),
    ("cpu.system", "CPU time in the kernel."),
    ("cpu.idle", "CPU time with nothing to do."),
    ("cpu.iowait", "CPU time with nothing to do but wait for disks."),
    ("cpu.irq", "CPU time in interrupts."),
    ("cpu.softirq", "CPU time in deferred interrupts."),
    ("cpu.steal", "CPU time that the hypervisor gave to others."),
];

/// Lines with one number: their names there and here.
const COUNTS: [(&str, &str, Kind, &str); 4] = [
    ("ctxt", "context_switches", Kind::Counter, "Context switches."),
    ("processes", "processes.forks", Kind::Counter, "Processes and threads started."),
    ("procs_running", "processes.running", Kind::Gauge, "Threads that run or could run."),
    ("procs_blocked", "processes.blocked", Kind::Gauge, "Threads that wait for disks."),
];

fn describe(description: Description) -> Description {
    let description =
        MODES.iter().fold(description, |description, (name, help)| description.counter(*name, "seconds", *help));
    COUNTS.iter().fold(description, |description, (_, name, kind, help)| match kind {
        Kind::Counter => description.counter(*name, "", *help),
        Kind::Gauge => description.gauge(*name, "", *help),
    })
}

fn parse(text: &str) -> Result<Stats, Error> {
    let mut stats = cpu_time(line(text, "cpu").ok_or_else(|| Error::new("it has no line cpu"))?)?;
    for (key, name, _, _) in COUNTS {
        if let Some(value) = line(text, key) {
            stats.push(name, whole_number(key, value.trim())?);
        }
    }
    Ok(stats)
}

fn cpu_time(columns: &str) -> Result<Stats, Error> {
    let mut stats = Stats::new();
    for ((name, _), ticks) in MODES.iter().zip(columns.split_whitespace()) {
        stats.push(*name, whole_number("cpu", ticks)? as f64 / TICKS_PER_SECOND);
    }
    if stats == Stats::new() { Err(Error::new("its line cpu is empty")) } else { Ok(stats) }
}

/// What follows `key` and a blank.
fn line<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
}

fn whole_number(key: &str, field: &str) -> Result<u64, Error> {
    field.parse().map_err(|_| Error::new(format!("`{field}` in its line {key} is not a whole number")))
}

#[cfg(test)]
pub const EXAMPLE: &str = "\
cpu  174180 45519 14653 132052 918 0 115 1169 12 3
cpu0 87090 22759 7326 66026 459 0 57 584 6 1
intr 743070 0 9 0
ctxt 743070
btime 1795364075
processes 19421
procs_running 6
procs_blocked 1
softirq 320624 0 65489 5 20288
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_processes() {
        let expected = Stats::new()
            .with("cpu.user", 1741.8)
            .with("cpu.nice", 455.19)
            .with("cpu.system", 146.53)
            .with("cpu.idle", 1320.52)
            .with("cpu.iowait", 9.18)
            .with("cpu.irq", 0.0)
            .with("cpu.softirq", 1.15)
            .with("cpu.steal", 11.69)
            .with("context_switches", 743_070)
            .with("processes.forks", 19_421)
            .with("processes.running", 6)
            .with("processes.blocked", 1);
        assert_eq!(parse(EXAMPLE).unwrap(), expected);
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        assert_eq!(parse("cpu  100 0").unwrap(), Stats::new().with("cpu.user", 1.0).with("cpu.nice", 0.0));
        assert_eq!(parse("ctxt 7\ncpu 50\n").unwrap(), Stats::new().with("cpu.user", 0.5).with("context_switches", 7));
    }

    #[test]
    fn malformed() {
        let cases = [
            ("", "it has no line cpu"),
            ("cpu0 1 2 3 4\nctxt 7", "it has no line cpu"),
            ("cpu  \n", "its line cpu is empty"),
            ("cpu  1 2 x 4", "`x` in its line cpu is not a whole number"),
            ("cpu  1.5 2 3 4", "`1.5` in its line cpu is not a whole number"),
            ("cpu  -1 2 3 4", "`-1` in its line cpu is not a whole number"),
            ("cpu  18446744073709551616 2 3 4", "`18446744073709551616` in its line cpu is not a whole number"),
            ("cpu 1\nctxt many", "`many` in its line ctxt is not a whole number"),
            ("cpu 1\nprocs_running 1 2", "`1 2` in its line procs_running is not a whole number"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
