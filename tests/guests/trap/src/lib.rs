//! A guest that traps: its first reading is good, its second aborts. Before each it counts, so that a test sees the
//! counter outlive the instance, and after the trap a fresh instance begin again.
#![forbid(unsafe_code)]

use statsgrid_producer::{Config, Description, Error, Producer, Stats, count};

struct Trap {
    readings: u32,
}

statsgrid_producer::export!(Trap);

impl Producer for Trap {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&[])?;
        count("instances", 1);
        Ok(Self { readings: 0 })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
            .gauge("readings", "", "Readings of this instance.")
            .counts("readings_begun", "", "Readings of all instances, finished or not.")
            .counts("instances", "", "Instances that were made.")
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        count("readings_begun", 1);
        self.readings += 1;
        if self.readings == 2 {
            // In a component this is the instruction `unreachable`.
            std::process::abort();
        }
        Ok(Stats::new().with("readings", self.readings))
    }
}
