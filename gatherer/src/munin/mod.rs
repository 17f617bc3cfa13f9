//! The munin plugin: one program that draws what the name of its link says.
//!
//! munin runs it without argument for the values, and with `config` for how to draw them. An answer is made whole
//! before any of it is printed, so a call that fails prints nothing but why. Time, environment and arguments are passed
//! in. A link's name (`link`) means a graph (`find`), a graph shows stats of a snapshot (`source`), in one of its
//! views (`fleet`, `top`), and is printed (`drawing`). Left out on purpose: history, which munin keeps, but for the
//! one sample that a rate needs (`state`).

mod answer;
mod builtin;
mod call;
mod described;
mod draw;
mod drawing;
mod environment;
mod error;
mod find;
mod fleet;
mod graph;
mod limits;
mod link;
#[cfg(feature = "daemon")]
mod manual;
mod material;
mod name;
mod node;
mod operator;
mod plan;
mod source;
mod state;
mod text;
mod top;
mod usage;

pub use answer::{answer, answer_without};
pub use builtin::{BUILTIN, Builtin};
pub use call::Call;
pub use environment::{Environment, EnvironmentError};
pub use error::{MuninError, explain};
#[cfg(feature = "daemon")]
pub use manual::manual;
