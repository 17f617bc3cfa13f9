//! The built programs against a real nats-server, one subject a module.
//!
//! Run by `cargo test -p statsgrid-tests`, which builds what it tests. All of it runs side by side: no test uses a port,
//! a file or a process of another.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in its helpers too"
)]

mod arrows;
mod check;
mod crash;
mod denied;
mod embedding;
mod forgery;
mod hostile_producers;
mod house;
mod large_replies;
mod late_replies;
mod leaving;
mod logins;
mod main_job;
mod once;
mod outage;
mod polls;
mod print;
mod shipped_files;
mod start_up;
mod statsd;
mod two_gatherers;
mod versions;
