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

mod accounts;
mod arrows;
mod check;
mod check_watch;
mod cluster;
mod compile_cache;
mod crash;
mod creds;
mod denied;
mod disk_faults;
mod embedding;
mod enrolment;
mod fleet;
mod flood;
mod forgery;
mod hostile_bodies;
mod hostile_files;
mod hostile_producers;
mod hostile_reach;
mod house;
mod journal;
mod journal_python;
mod large_replies;
mod late_replies;
mod leaving;
mod limits;
mod logins;
mod main_job;
mod manuals;
mod munin;
mod new_producer;
mod noise;
mod nonce;
mod once;
mod outage;
mod pace;
mod persistence;
mod pinning;
mod polls;
mod presence;
mod print;
mod reload;
mod roles;
mod servers_that_change;
mod several_servers;
mod shards;
mod shipped_files;
mod start_up;
mod statsd;
mod tls;
mod trust;
mod two_gatherers;
mod versions;
mod web;
