//! /proc/meminfo: memory and swap, line by line as in `MemTotal:       24684092 kB`, where kB are 1024 bytes.
//!
//! Used memory is what is not available, as `free` has it: caches that the kernel gives up on demand are not use. Linux
//! before 3.14 did not say what is available; there both are left out. So is what has no line, as swap has none in some
//! containers.

use std::collections::HashMap;

use statsgrid_producer::{Description, Error, Stats};

use crate::Source;

pub const SOURCE: Source = Source { path: "/proc/meminfo", describe, parse };

fn describe(description: Description) -> Description {
    description
        .gauge("memory.total", "bytes", "Memory that the kernel can use.")
        .gauge("memory.free", "bytes", "Memory that nothing uses, not even a cache.")
        .gauge("memory.available", "bytes", "Memory that a new program could have without swapping.")
        .gauge("memory.used", "bytes", "Memory that is not available.")
        .gauge("swap.total", "bytes", "Swap space.")
        .gauge("swap.free", "bytes", "Swap space that is not in use.")
        .gauge("swap.used", "bytes", "Swap space that is in use.")
}

fn parse(text: &str) -> Result<Stats, Error> {
    let lines: HashMap<_, _> = text.lines().filter_map(|line| line.split_once(':')).collect();
    let total = bytes(&lines, "MemTotal")?.ok_or_else(|| Error::new("it has no line MemTotal"))?;
    let mut stats = Stats::new().with("memory.total", total);
    if let Some(free) = bytes(&lines, "MemFree")? {
        stats.push("memory.free", free);
    }
    if let Some(available) = bytes(&lines, "MemAvailable")? {
        stats.push("memory.available", available);
        stats.push("memory.used", total.saturating_sub(available));
    }
    if let (Some(total), Some(free)) = (bytes(&lines, "SwapTotal")?, bytes(&lines, "SwapFree")?) {
        stats.append(Stats::new().with("swap.total", total).with("swap.free", free));
        stats.push("swap.used", total.saturating_sub(free));
    }
    Ok(stats)
}

/// The value of a line, if there is such a line.
fn bytes(lines: &HashMap<&str, &str>, name: &str) -> Result<Option<u64>, Error> {
    let Some(value) = lines.get(name) else { return Ok(None) };
    let kibibytes = value.trim().strip_suffix("kB").and_then(|number| number.trim().parse::<u64>().ok());
    match kibibytes.and_then(|kibibytes| kibibytes.checked_mul(1024)) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(Error::new(format!("{name} is `{}`, not a number of kB", value.trim()))),
    }
}

#[cfg(test)]
pub const EXAMPLE: &str = "\
MemTotal:       24684092 kB
MemFree:        19880268 kB
MemAvailable:   21889352 kB
Buffers:           13272 kB
Active(anon):     972872 kB
SwapTotal:       2097148 kB
SwapFree:        2000000 kB
HugePages_Total:       0
";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, i64)]) {
        let expected = expected.iter().fold(Stats::new(), |stats, (name, value)| stats.with(*name, *value));
        assert_eq!(parse(text).unwrap(), expected, "{text:?}");
    }

    #[test]
    fn memory_and_swap() {
        check(
            EXAMPLE,
            &[
                ("memory.total", 25_276_510_208),
                ("memory.free", 20_357_394_432),
                ("memory.available", 22_414_696_448),
                ("memory.used", 2_861_813_760),
                ("swap.total", 2_147_479_552),
                ("swap.free", 2_048_000_000),
                ("swap.used", 99_479_552),
            ],
        );
    }

    #[test]
    fn what_has_no_line_is_left_out() {
        check("MemTotal: 8 kB\nMemFree: 2 kB\n", &[("memory.total", 8192), ("memory.free", 2048)]);
        check("MemTotal: 8 kB\nSwapTotal: 0 kB\n", &[("memory.total", 8192)]);
    }

    #[test]
    fn used_is_never_negative() {
        check(
            "MemTotal: 1 kB\nMemAvailable: 2 kB\n",
            &[("memory.total", 1024), ("memory.available", 2048), ("memory.used", 0)],
        );
    }

    #[test]
    fn malformed() {
        let cases = [
            ("", "it has no line MemTotal"),
            ("MemFree: 1 kB", "it has no line MemTotal"),
            ("MemTotal 8 kB", "it has no line MemTotal"),
            ("MemTotal: 8", "MemTotal is `8`, not a number of kB"),
            ("MemTotal: eight kB", "MemTotal is `eight kB`, not a number of kB"),
            ("MemTotal: 8 kB\nMemFree: -1 kB", "MemFree is `-1 kB`, not a number of kB"),
            ("MemTotal: 8 kB\nSwapTotal:", "SwapTotal is ``, not a number of kB"),
            ("MemTotal: 18014398509481984 kB", "MemTotal is `18014398509481984 kB`, not a number of kB"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
