//! A guest whose reading takes `takes_ms` and says how many there were; its samples are counted meanwhile and between.
#![forbid(unsafe_code)]

use std::time::Duration;

use statsgrid_producer::{Config, Description, Error, Producer, Stats, count};

struct Slow {
    takes: Duration,
    readings: u32,
    samples: u32,
}

statsgrid_producer::export!(Slow);

impl Producer for Slow {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["takes_ms"])?;
        let takes = Duration::from_millis(config.parse("takes_ms")?.unwrap_or_default());
        Ok(Self { takes, readings: 0, samples: 0 })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
            .sample_every(Duration::from_millis(100))
            .gauge("readings", "", "Readings of this instance.")
            .gauge("samples", "", "Samples of this instance.")
            .counts("instances_read", "", "Readings of all instances.")
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        std::thread::sleep(self.takes);
        self.readings += 1;
        count("instances_read", 1);
        Ok(Stats::new().with("readings", self.readings).with("samples", self.samples))
    }

    fn sample(&mut self) {
        self.samples += 1;
    }
}
