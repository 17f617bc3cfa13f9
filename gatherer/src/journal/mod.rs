//! The journal: each reply that was accepted, with its poll, as they came and signed; and the check of it after the fact.
//!
//! PROTOCOL.md has the format and the checks, for whoever reads it in another language. `queue.rs` is the loop's side,
//! `writer.rs` the thread behind it, `verify.rs` the reader. Left out on purpose: any reading by the gatherer, whose state
//! is the snapshot.

mod entry;
mod file;
mod lines;
mod queue;
mod remembered;
mod summary;
mod tail;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use entry::Entry;
pub use file::JournalError;
pub(crate) use queue::Journal;
pub use queue::JournalPlan;
pub use summary::Summary;
pub use verify::{Checked, Findings, Verification};
