//! How late a one-second tick comes: the load of this host as a program on it feels it, after Tahoe-LAFS's load
//! monitor.
//!
//! The provider ticks it each second (`sample`); delays.rs holds the last 60 delays. Nothing is read but the monotonic
//! clock, so it needs no grant.
#![forbid(unsafe_code)]

mod delays;

use std::time::{Duration, Instant};

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

use delays::{Delays, TICK};

/// A delay beyond this is worth a line in the log, as it was to the original.
const EXCESSIVE: Duration = Duration::from_secs(1);

struct LoadMonitor {
    delays: Delays,
}

statsgrid_producer::export!(LoadMonitor);

impl Producer for LoadMonitor {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&[])?;
        Ok(Self { delays: Delays::default() })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
            .gauge("avg_load", "seconds", "Average delay of a one-second tick over the last 60 ticks.")
            .gauge("max_load", "seconds", "Longest delay of a one-second tick over the last 60 ticks.")
            .sample_every(TICK)
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        Ok(Stats::new()
            .with("avg_load", self.delays.average().as_secs_f64())
            .with("max_load", self.delays.longest().as_secs_f64()))
    }

    fn sample(&mut self) {
        let delay = self.delays.tick(Instant::now());
        if delay > EXCESSIVE {
            eprintln!("a one-second tick came {:.3} seconds late", delay.as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use statsgrid_producer::Number;
    use statsgrid_producer::testing::Harness;

    use super::*;

    #[test]
    fn it_ticks_each_second_and_begins_at_zero() {
        let mut monitor = Harness::<LoadMonitor>::start(Config::new()).unwrap();
        assert_eq!(monitor.description().sample_interval(), Some(Duration::from_secs(1)));
        assert_eq!(monitor.get_stats().unwrap(), Stats::new().with("avg_load", 0.0).with("max_load", 0.0));
    }

    #[test]
    fn ticks_that_come_early_are_no_load() {
        let mut monitor = Harness::<LoadMonitor>::start(Config::new()).unwrap();
        monitor.sample();
        monitor.sample();
        let stats = monitor.get_stats().unwrap();
        assert_eq!(stats.get("max_load"), Some(Number::Float(0.0)));
    }

    #[test]
    fn a_config_key_is_refused() {
        let outcome = Harness::<LoadMonitor>::start(Config::from([("interval", "2")]));
        assert_eq!(outcome.err().unwrap().to_string(), "config key `interval` is unknown: there are none");
    }
}
