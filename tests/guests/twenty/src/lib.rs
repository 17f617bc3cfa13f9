//! A guest that behaves: 20 gauges, made as cheaply as a producer can, so that what is measured is the host.
#![forbid(unsafe_code)]

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

const NAMES: [&str; 20] = [
    "cpu.user",
    "cpu.system",
    "cpu.idle",
    "cpu.iowait",
    "load.1",
    "load.5",
    "load.15",
    "memory.total",
    "memory.free",
    "memory.cached",
    "swap.total",
    "swap.free",
    "disk.reads",
    "disk.writes",
    "disk.busy",
    "net.received",
    "net.sent",
    "net.errors",
    "processes.running",
    "processes.blocked",
];

struct Twenty {
    readings: i64,
}

statsgrid_producer::export!(Twenty);

impl Producer for Twenty {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&[])?;
        Ok(Self { readings: 0 })
    }

    fn describe(&self) -> Description {
        let description = Description::new(env!("CARGO_PKG_VERSION"));
        NAMES.iter().fold(description, |description, name| description.gauge(*name, "", "Readings of this instance."))
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        self.readings += 1;
        let mut stats = Stats::new();
        for name in NAMES {
            stats.push(name, self.readings);
        }
        Ok(stats)
    }
}
