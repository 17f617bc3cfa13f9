//! A provider on the bus: one link for each gatherer that it answers.

mod answer;
mod link;
mod polls;

pub use link::{LinkError, serve};
