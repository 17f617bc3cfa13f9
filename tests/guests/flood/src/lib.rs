//! A guest that reports as much as it is told: `stats` stats and `counters` counters, under names of 40 letters.
#![forbid(unsafe_code)]

use statsgrid_producer::{Config, Description, Error, Producer, Stats, count};

struct Flood {
    stats: u32,
    counters: u32,
}

statsgrid_producer::export!(Flood);

impl Producer for Flood {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["stats", "counters"])?;
        Ok(Self {
            stats: config.parse("stats")?.unwrap_or_default(),
            counters: config.parse("counters")?.unwrap_or_default(),
        })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        for number in 0..self.counters {
            count(&format!("counter_with_a_rather_long_name_in_it_{number:04}"), 1);
        }
        let mut stats = Stats::new();
        for number in 0..self.stats {
            stats.push(format!("stat_with_a_rather_long_name_within_it_{number:04}"), i64::MAX);
        }
        Ok(stats)
    }
}
