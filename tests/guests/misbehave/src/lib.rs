//! A guest that misbehaves as its configuration says: it `does` one thing, `at` its `init`, its `sample` or, without
//! that key, its reading. `much` is how much of it.
//!
//! What it reports beside is `readings`, those of this instance, so that a test sees whether the instance was kept.
#![forbid(unsafe_code)]

mod compute;
mod report;

use std::time::Duration;

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

struct Misbehave {
    does: String,
    at: String,
    much: u64,
    readings: u32,
}

statsgrid_producer::export!(Misbehave);

impl Producer for Misbehave {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["does", "at", "much"])?;
        let guest = Self {
            does: config.require("does")?.to_owned(),
            at: config.get("at").unwrap_or("get-stats").to_owned(),
            much: config.parse("much")?.unwrap_or_default(),
            readings: 0,
        };
        if guest.at == "init" {
            guest.act(&mut Stats::new())?;
        }
        Ok(guest)
    }

    fn describe(&self) -> Description {
        let help = "x".repeat(if self.does == "help" { self.much as usize } else { 1 });
        Description::new(env!("CARGO_PKG_VERSION")).gauge("readings", "", help).sample_every(Duration::from_millis(100))
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        self.readings += 1;
        let mut stats = Stats::new().with("readings", self.readings);
        if self.at == "get-stats" {
            self.act(&mut stats)?;
        }
        Ok(stats)
    }

    fn sample(&mut self) {
        if self.at == "sample" {
            // Nobody hears of an error.
            let _ = self.act(&mut Stats::new());
        }
    }
}

impl Misbehave {
    fn act(&self, stats: &mut Stats) -> Result<(), Error> {
        let much = self.much;
        match self.does.as_str() {
            "loop" => compute::for_ever(),
            "loop on floats" => compute::on_floats(),
            "loop on the clock" => compute::on_the_clock(),
            "loop on counts" => compute::on_counts(),
            "recurse" => drop(compute::recurse(much)),
            "recurse to" => drop(compute::recurse_to(much)),
            "sleep" => std::thread::sleep(Duration::from_millis(much)),
            "take" => drop(compute::take(much as usize)),
            "abort" => std::process::abort(),
            "panic" => compute::panic(),
            "exit" => std::process::exit(much as i32),
            "err" => return Err(Error::new("it was told to fail")),
            "help" => {}
            "report" => report::many(stats, much),
            "report a long name" => report::long_name(stats, much as usize),
            "report bad names" => report::bad_names(stats),
            "report no numbers" => report::no_numbers(stats),
            "count" => report::count_one(much),
            "count many" => report::count_many(much),
            "count to the top" => report::count_to_the_top(),
            "print" => report::print(much),
            "print a long line" => report::print_a_line(much as usize),
            other => return Err(Error::new(format!("does = {other:?} is nothing that it does"))),
        }
        Ok(())
    }
}
