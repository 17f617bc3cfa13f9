//! The gatherer of Statsgrid: it polls all providers, verifies their signed replies and writes one snapshot; and the
//! readers of that snapshot.
//!
//! Without the feature `daemon` only the readers are there, which need neither a runtime nor the bus: the munin plugin
//! is built from them.

pub mod munin;
mod pattern;
pub mod show;
pub mod snapshot;

#[cfg(feature = "daemon")]
pub mod bus_config;
#[cfg(feature = "daemon")]
pub mod gatherer;
#[cfg(feature = "daemon")]
pub mod journal;
#[cfg(feature = "daemon")]
pub mod limits;
#[cfg(feature = "daemon")]
pub mod merge;
#[cfg(feature = "daemon")]
pub mod paths;
#[cfg(feature = "daemon")]
mod pipeline;
#[cfg(feature = "daemon")]
mod print;
#[cfg(feature = "daemon")]
pub mod round;
#[cfg(feature = "daemon")]
pub mod serve;
#[cfg(feature = "daemon")]
pub mod settings;
#[cfg(feature = "daemon")]
pub mod status;
#[cfg(feature = "daemon")]
pub mod trust;
#[cfg(feature = "daemon")]
mod web;
