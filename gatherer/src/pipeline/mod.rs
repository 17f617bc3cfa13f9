//! From the bus to the records and to the file: one thread receives, others verify, one writes, with bounded queues
//! between them. Verifying where messages are received loses a third of a burst of 100,000.

mod backlog;
mod keys;
mod pace;
mod receive;
mod store;
mod verify;

pub use backlog::Backlog;
pub use keys::Keys;
pub use pace::{Pace, PaceSince};
pub use receive::{Link, News, receive};
pub use store::{Job, Store, Written};
pub use verify::{Hears, Verified, verify};
