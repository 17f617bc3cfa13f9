//! A fleet that is simulated: providers with identities of their own that share a few connections, whose words are sealed by
//! the wire crate as those of real ones are, and some of which are silent, late, forged or replayed.
//!
//! A run of it has a nats-server and a gatherer beside it, and holds each snapshot, and in the end the journal, against what
//! should be in them. Left out on purpose: sandboxes and samples that are really taken, whose cost is a node's own
//! (`make bench-sandbox`), and permissions of the bus, for a connection speaks for many.

mod check;
mod conduct;
mod connection;
mod crew;
mod journal;
mod letters;
mod numbers;
mod outcome;
mod run;
mod stage;
mod usage;

pub use conduct::Faults;
pub use numbers::Report;
pub use outcome::{Outcome, Round};
pub use run::{Options, run};
pub use stage::Pace;
pub use usage::cpu_seconds;
