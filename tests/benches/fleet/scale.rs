//! How much is measured, and for how long.

use std::time::Duration;

/// Numbers of the whole run.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Between two rounds, and between two scrapes of a target: of all alike, so that what each does meanwhile weighs alike.
    pub interval: Duration,
    /// Rounds and scrapes over which CPU time is averaged.
    pub rounds: u32,
    /// Targets of a rival: as many as the first of the bursts has members, which is held against it.
    pub rivals: u32,
    /// Counters and stats of each, together, on the average.
    pub stats: u32,
    /// By what share of that they differ.
    pub spread: f64,
    /// Sizes of fleets that share connections, from the smallest to the largest.
    pub fleets: [u32; 3],
    /// Connections that a fleet shares, unless each of its members has one.
    pub connections: u32,
    /// Sizes of fleets that answer at once, over connections of their own.
    pub bursts: [u32; 2],
    /// Replies whose bare cost is measured.
    pub replies: u32,
    /// Records of a snapshot.
    pub records: usize,
    /// Times that each is written.
    pub writes: usize,
}

impl Scale {
    /// What figures are taken from.
    pub fn full() -> Self {
        Self {
            interval: Duration::from_secs(20),
            rounds: 4,
            rivals: 1_000,
            stats: 20,
            spread: 0.5,
            fleets: [1_000, 10_000, 100_000],
            connections: 100,
            bursts: [1_000, 10_000],
            replies: 100_000,
            records: 100_000,
            writes: 7,
        }
    }

    /// To see that it runs: its figures mean nothing.
    pub fn quick() -> Self {
        Self {
            interval: Duration::from_secs(2),
            rounds: 2,
            rivals: 50,
            fleets: [50, 100, 200],
            connections: 10,
            bursts: [50, 100],
            replies: 2_048,
            records: 1_000,
            writes: 1,
            ..Self::full()
        }
    }
}
