//! Write a producer of stats for Statsgrid: implement one trait, call one macro, build a component.
//!
//! A provider on each host runs producers in a sandbox, asks them for their stats at each poll, and sends what they
//! say, signed, to a gatherer. A producer is a library that is built for `wasm32-wasip2`; this crate is all that it
//! needs.
//!
//! # A complete producer
//!
//! ```
//! use statsgrid_producer::{Config, Description, Error, Producer, Stats};
//!
//! struct Spool(String);
//! impl Producer for Spool {
//!     fn init(config: &Config) -> Result<Self, Error> {
//!         Ok(Self(config.require("folder")?.to_owned()))
//!     }
//!     fn describe(&self) -> Description {
//!         Description::new(env!("CARGO_PKG_VERSION")).gauge("waiting", "", "Messages in the spool folder.")
//!     }
//!     fn get_stats(&mut self) -> Result<Stats, Error> {
//!         Ok(Stats::new().with("waiting", std::fs::read_dir(&self.0)?.count()))
//!     }
//! }
//! statsgrid_producer::export!(Spool);
//! ```
//!
//! Its package is a library with `crate-type = ["cdylib", "rlib"]`: the first makes the component, the second lets
//! tests and documentation build. Then
//!
//! ```text
//! cargo build --release --target wasm32-wasip2
//! ```
//!
//! gives `target/wasm32-wasip2/release/spool.wasm`, which a provider takes by a section of its provider.toml:
//!
//! ```toml
//! [producers.spool]
//! component = "spool.wasm"
//! folders = ["/var/spool/mail"]
//! config = { folder = "/var/spool/mail" }
//! ```
//!
//! The section's name is the prefix of all that the producer reports: readers see `spool.waiting`. Nothing but what the
//! section grants is there: a file or folder that it does not name cannot be opened, and no network can be reached.
//!
//! # The life of a producer
//!
//! The provider makes an instance of the component and calls [`Producer::init`] once, then [`Producer::get_stats`] at
//! each poll, and [`Producer::sample`] in between if the [`Description`] asks for it. Calls come one at a time, and the
//! value that `init` made stays between them. An [`Error`] is the outcome of that one call: the producer lives on. A
//! panic ends the instance, and the provider makes a fresh one; the counters, which the provider keeps, survive it.
//!
//! What a producer prints, as by `eprintln!`, goes line by line to the provider's log.
//!
//! # Stats and counters
//!
//! There are two ways to report. A **stat** is returned by `get_stats`: a measure of the moment (a *gauge*), or a
//! total that the system itself keeps (a *counter*, such as the CPU time in /proc/stat). A counter that the producer
//! would have to keep is **counted** instead: [`count`] adds to it, the provider holds it, and it outlives the
//! instance.
//!
//! ```
//! use statsgrid_producer::{Description, Stats, count};
//! use std::time::Duration;
//!
//! let description = Description::new("1.0.0")
//!     .gauge("queue.length", "", "Jobs that wait.")
//!     .counter("queue.busy", "seconds", "Time that the workers have spent on jobs since they started.")
//!     .counts("jobs_seen", "", "Jobs that this producer saw arrive.")
//!     .sample_every(Duration::from_secs(5));
//!
//! let stats = Stats::new().with("queue.length", 3).with("queue.busy", 81.25);
//! count("jobs_seen", 2);
//! # drop((description, stats));
//! ```
//!
//! A name is made of ASCII letters, digits, `_` and `-`; dots part its levels. Units are those of OpenMetrics, in the
//! plural and without a prefix: `seconds`, `bytes`, `ratio`; a mere number has none.
//!
//! Latencies and the like are reported by a [`Window`]: how many samples, their mean, and their percentiles.
//!
//! # Tests
//!
//! Natively the macro exports nothing and [`count`] keeps its counts in the thread, so a producer is tested as any
//! other code is, by `cargo test`. [`testing::Harness`] calls it as a provider would, and tells what one would hold
//! against it.
//!
//! ```
//! # use statsgrid_producer::{Description, Error, Producer, Stats};
//! # struct Spool(String);
//! # impl Producer for Spool {
//! #     fn init(config: &Config) -> Result<Self, Error> {
//! #         Ok(Self(config.require("folder")?.to_owned()))
//! #     }
//! #     fn describe(&self) -> Description {
//! #         Description::new(env!("CARGO_PKG_VERSION")).gauge("waiting", "", "Messages in the spool folder.")
//! #     }
//! #     fn get_stats(&mut self) -> Result<Stats, Error> {
//! #         Ok(Stats::new().with("waiting", std::fs::read_dir(&self.0)?.count()))
//! #     }
//! # }
//! use statsgrid_producer::{Config, Number, testing::Harness};
//!
//! let folder = std::env::temp_dir().join("statsgrid-spool");
//! std::fs::create_dir_all(&folder)?;
//!
//! let config = Config::from([("folder", folder.display().to_string())]);
//! let mut spool = Harness::<Spool>::start(config)?;
//! assert_eq!(spool.get_stats()?.get("waiting"), Some(Number::Integer(0)));
//! # Ok::<(), Error>(())
//! ```
//!
//! # What is left out on purpose
//!
//! There is no async: calls come one at a time and have a deadline. There is no error for a bad name or value where
//! it is built: the provider judges it, as it must for producers in other languages, and [`testing::Harness`] judges
//! as it does.
#![deny(missing_docs)]

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
mod config;
mod count;
mod description;
mod error;
mod export;
#[cfg(target_arch = "wasm32")]
mod guest;
mod number;
mod percentile;
mod producer;
mod stats;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod window;

pub use config::Config;
pub use count::count;
pub use description::{CounterDescription, Description, Kind, StatDescription};
pub use error::Error;
pub use number::Number;
pub use producer::Producer;
pub use stats::Stats;
pub use window::Window;

/// What [`export!`] expands to. No part of the public interface: it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::export::assert_producer;
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::Component;
}
