//! The bodies: what is said, once the seal is found good.

mod description;
mod poll;
mod presence;
mod reply;

pub use description::{CounterDescription, Description, DescriptionError, Kind, StatDescription};
pub use poll::Poll;
pub use presence::{Announcement, Bye};
pub use reply::{Answer, Outcome, ProducerReport, Refusal, RefusalReason, Reply, Sample};
