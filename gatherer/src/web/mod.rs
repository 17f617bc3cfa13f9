//! The gatherer over HTTP: `/metrics` for scrapers, a status page for people, the same as JSON for programs.
//!
//! A thread of its own serves what each round's end has come to: readers, however many and slow, hold up no round, and a
//! round that hangs is seen. It has neither bus nor file: what it shows is in memory, within bounds.

mod api;
mod health;
mod history;
mod metrics;
mod page;
mod site;
mod statistics;
mod thread;
mod view;

pub(crate) use thread::start;
pub(crate) use view::{Show, View};
