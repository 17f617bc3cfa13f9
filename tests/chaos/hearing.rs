//! What the gatherer says of itself: when it came onto the bus, and which honest replies it did not take.

use std::path::Path;

use super::claims::{lines, text, time};

/// One life of a gatherer.
#[derive(Debug)]
pub struct Hearing {
    /// When it had come onto the bus, each time.
    pub connected: Vec<u64>,
    pub refused: Vec<Refused>,
}

/// A reply that its provider has signed and that was not taken.
#[derive(Debug)]
pub struct Refused {
    pub at: u64,
    pub provider: String,
    pub poll: String,
    pub instance: String,
    pub reason: String,
}

/// Reads the log of one life.
pub fn read_hearing(path: &Path) -> Hearing {
    let mut hearing = Hearing { connected: Vec::new(), refused: Vec::new() };
    for line in lines(path) {
        let (at, message) = (time(&line), text(&line, "message"));
        let owned = |name| text(&line, name).to_owned();
        if message.starts_with("connected") {
            hearing.connected.push(at);
        } else if message == "a reply was not taken" {
            let (provider, poll, instance) = (owned("provider"), owned("poll"), owned("instance"));
            hearing.refused.push(Refused { at, provider, poll, instance, reason: owned("reason") });
        }
    }
    hearing
}
