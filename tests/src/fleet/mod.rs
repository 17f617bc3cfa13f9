//! A fleet that is simulated.

#[allow(clippy::borrowed_box)]
mod numbers;
mod usage;

pub use numbers::Report;
pub use usage::{cpu_of_threads, cpu_seconds, memory};
