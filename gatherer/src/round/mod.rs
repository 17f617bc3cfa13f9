//! Rounds: who is asked, who has answered, what is written. A state machine without clock, bus or file: it is given
//! moments and messages, and gives back what is to be done, so that days of faults are tested in milliseconds.

mod asked;
mod course;
mod drain;
mod gathering;
mod newcomers;
mod presence;
mod record;
mod replies;
mod roster;
mod tally;
#[cfg(test)]
mod tests;

pub use gathering::{Act, Gathering, Plan, Restored};
pub use record::{Speaker, record_of};
pub use roster::{Member, Roster};
pub use tally::{Census, INTERVAL_STAT, SHARD_STAT, SHARDS_STAT, Tally, shard_of, troubled_at};
