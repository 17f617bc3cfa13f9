//! A provider on the bus: one link for each gatherer that it answers.

mod answer;
mod enrol;
mod link;
mod listen;
mod polls;
mod presence;

pub use link::{LinkError, serve};
