//! The provider of Statsgrid: it runs producers of stats, keeps the node's counters, and answers polls with signed
//! replies.
//!
//! The binary `stats-provider` is a thin shell around this library. A node written in Rust embeds it instead, counts
//! into it, and registers its own objects as producers: see the example `node` of this package.
//!
//! ```no_run
//! use statsgrid_provider::{Provider, Settings};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let provider = Provider::new(Settings::load("provider.toml".as_ref())?);
//! let counters = provider.counters();
//! counters.count("node.requests", 1)?;
//! provider.run(std::future::pending(), || ()).await?;
//! # Ok(())
//! # }
//! ```

mod bounds;
mod bus;
mod call;
mod counters;
mod fit;
mod host;
pub mod limits;
mod loader;
mod node;
mod producers;
mod provider;
mod regular;
mod reload;
mod settings;
mod statsd;
mod web;
mod window;

pub use bounds::Bounds;
pub use bus::LinkError;
pub use call::{Fault, RawStat};
pub use counters::{CountError, CountedSince, CounterScope, Counters, SavedError};
pub use host::{GrantError, Grants, Host, HostError, LoadError, Program, Want};
pub use node::{Node, Taken};
pub use producers::{
    Call, ComponentSource, ConfigSource, Described, Pace, Producer, Producers, Reading, Source, Trial, Usage,
};
pub use provider::{Provider, ProviderError, RegisterError};
pub use settings::{
    HttpHost, HttpHostError, InvalidSettings, LimitSettings, OneOrMany, ProducerSettings, Settings, StatsdSettings,
};
pub use statsd::{Gauges, SocketError, Statsd};
pub use statsgrid_wire::Number;
pub use statsgrid_wire::message::{CounterDescription, Description, Kind, StatDescription};
