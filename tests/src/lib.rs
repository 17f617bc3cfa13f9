//! What the end-to-end tests stand on: the built programs, a real nats-server, and parts that are played.
//!
//! A test has a [`Site`] (a folder and a server) with a [`Gatherer`] and some [`Node`]s on it, whose programs it starts
//! as people do. Where the other side must misbehave, the test plays it: [`PlayedGatherer`] and [`PlayedProvider`] speak
//! over a [`Bus`] of their own, and a [`Letter`] can be forged at will.
//!
//! Whatever was started ends with its guard, also when a test panics, and every wait has a bound. Left out on purpose:
//! all knowledge of the daemons' insides but the messages and the snapshot's reader.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a harness that cannot go on fails its test"
)]

mod asking;
mod browser;
mod bus;
mod certificates;
mod children;
mod disk;
pub mod fleet;
mod gatherer;
mod hostile;
mod letter;
mod munin;
mod nats_server;
mod node;
mod operator;
mod pages;
mod patience;
mod played;
mod process;
mod programs;
mod prometheus;
mod python;
mod random;
mod site;
mod skip;

pub use asking::while_asked;
pub use browser::{Browser, keys};
pub use bus::{Bus, Subscription};
pub use certificates::{Authority, Certificate};
pub use children::take_children_along;
pub use disk::{Disk, Mounted};
pub use gatherer::{Gatherer, values};
pub use hostile::hostile_bodies;
pub use letter::Letter;
pub use munin::{Munin, MuninMaster, MuninNode, Picture, Rrd, Session};
pub use nats_server::NatsServer;
pub use node::Node;
pub use operator::Operator;
pub use pages::{Page, Pages};
pub use patience::{PATIENCE, await_until, now_ms};
pub use played::{PlayedGatherer, PlayedProvider};
pub use process::{Ended, Process};
pub use programs::{Programs, command, programs, workspace};
pub use prometheus::{Prometheus, promtool_check};
pub use python::Python;
pub use random::Random;
pub use site::Site;
pub use skip::skip;
