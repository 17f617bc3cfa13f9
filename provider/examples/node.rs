//! A node that embeds the provider: it counts from Rust code and registers an object of its own as a producer.
//!
//!     cargo run --example node -- provider.toml
//!
//! The file is that of `stats-provider run`, and its components run beside what is registered here. Without a gatherer's
//! address in it the node counts all the same, and nobody asks.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use statsgrid_provider::{Counters, Description, Kind, Number, Producer, Provider, Settings, StatDescription};

/// What the node knows of itself.
struct Uptime {
    since: Instant,
}

impl Producer for Uptime {
    fn describe(&self) -> Description {
        let uptime = StatDescription {
            name: "uptime".to_owned(),
            kind: Kind::Gauge,
            unit: "seconds".to_owned(),
            help: "How long the node has been up".to_owned(),
            unknown: Default::default(),
        };
        Description { version: env!("CARGO_PKG_VERSION").to_owned(), stats: vec![uptime], ..Description::default() }
    }

    fn get_stats(&mut self) -> Result<Vec<(String, Number)>, String> {
        let seconds = Number::float(self.since.elapsed().as_secs_f64()).ok_or("no finite uptime")?;
        Ok(vec![("uptime".to_owned(), seconds)])
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a provider.toml")?;
    let mut provider = Provider::new(Settings::load(Path::new(&path))?);
    provider.register("node", Uptime { since: Instant::now() })?;
    let work = tokio::spawn(work(provider.counters()));
    provider.run(async { drop(tokio::signal::ctrl_c().await) }, || println!("up")).await?;
    work.abort();
    Ok(())
}

/// The node's real work, of which it counts each piece under a full name.
async fn work(counters: Counters) {
    let mut pieces = tokio::time::interval(Duration::from_secs(1));
    loop {
        pieces.tick().await;
        if let Err(error) = counters.count("uploader.files_uploaded", 1) {
            eprintln!("{error}");
        }
    }
}
