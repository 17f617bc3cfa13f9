//! What the members of a fleet report: numbers that follow from member and round, so that each one in a snapshot can be
//! held against what it should be.

use statsgrid_wire::message::{Outcome, ProducerReport, Sample};
use statsgrid_wire::{Hash, Named, Number, Unknown};

use crate::random::Random;

const COUNTED: [&str; 10] =
    ["allocate", "write", "close", "abort", "read", "get", "add-lease", "renew", "bytes_added", "bytes_freed"];
const REPORTED: [&str; 10] = [
    "avg_load",
    "1min_avg",
    "5min_avg",
    "15min_avg",
    "total",
    "memory_used",
    "disk_used",
    "disk_avail",
    "latencies.get.99_0_percentile",
    "latencies.write.99_0_percentile",
];

/// What there is to report: counters and stats by turns, so that half of any number of them are counters.
#[derive(Clone, Debug)]
pub struct Report {
    counters: Vec<Box<str>>,
    stats: Vec<Box<str>>,
    least: u32,
    most: u32,
}

impl Report {
    /// Of `stats` numbers for each member on the average: evenly from `stats * (1 - spread)` to `stats * (1 + spread)`.
    pub fn of(stats: u32, spread: f64) -> Self {
        let wide = (f64::from(stats) * spread) as u32;
        let (least, most) = (stats - wide.min(stats), stats + wide);
        let names = |section: &str, own: &[&str], count: u32| {
            let name = |number: usize| match number / own.len() {
                0 => format!("{section}.{}", own[number % own.len()]).into_boxed_str(),
                more => format!("{section}.{}_{more}", own[number % own.len()]).into_boxed_str(),
            };
            (0..count as usize).map(name).collect()
        };
        let counters = names("storage_server", &COUNTED, most.div_ceil(2));
        Self { counters, stats: names("load_monitor", &REPORTED, most / 2), least, most }
    }

    /// What the member `index` has in `round`.
    pub fn numbers(&self, index: u32, round: u32) -> (Named<u64>, Named<Number>) {
        let count = self.count(index);
        let (counted, reported) = (count.div_ceil(2) as usize, (count / 2) as usize);
        let counters = (0..).zip(self.counters.iter().take(counted));
        let stats = (0..).zip(self.stats.iter().take(reported));
        let counters = counters.map(|(place, name)| (name.clone(), counter(index, round, place)));
        let stats = stats.map(|(place, name)| (name.clone(), stat(index, round, place)));
        (counters.collect(), stats.collect())
    }

    /// The sample of the member `index` in `round`.
    pub fn sample(&self, index: u32, round: u32, sequence: u64) -> Sample {
        let (counters, stats) = self.numbers(index, round);
        let producer = |name: &str| ProducerReport {
            outcome: Outcome::Ok,
            message: None,
            age_ms: Some(2),
            pace_ms: None,
            digest: Some(Hash::of(name.as_bytes())),
            description: None,
            unknown: Unknown,
        };
        let producers = ["load_monitor", "storage_server"].map(|name| (name, producer(name)));
        let producers = producers.into_iter().collect();
        Sample { sequence, counters_age_ms: 1_000, counters, stats, producers, ..Sample::default() }
    }

    fn count(&self, index: u32) -> u32 {
        let spread = u64::from(self.most - self.least) + 1;
        self.least + (Random::seeded(u64::from(index)).next_number() % spread) as u32
    }
}

fn counter(index: u32, round: u32, place: u64) -> u64 {
    1_000_003 * (place + 1) + 7 * u64::from(index) + 13 * (place + 1) * u64::from(round)
}

fn stat(index: u32, round: u32, place: u64) -> Number {
    let number = 31 * u64::from(index) + 7_919 * place + 101 * u64::from(round);
    match place % 2 {
        0 => Number::Float((number % 100_000) as f64 / 1_000.0),
        _ => Number::Integer(number as i64),
    }
}
