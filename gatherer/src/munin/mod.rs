//! The munin plugin: one program that draws the graph that the name of its link says.
//!
//! munin runs it without argument for the values, and with `config` for how to draw them. An answer is made whole
//! before any of it is printed, so a call that fails prints nothing but why. Time, environment and arguments are passed
//! in. Left out on purpose: graphs from the catalogue and from the operator, `suggest`, several graphs in one call.

mod call;
mod field;
mod graph;
mod graphs;

pub use call::{Call, MuninError, answer, explain};
pub use graph::{Draw, Graph};
pub use graphs::GRAPHS;
