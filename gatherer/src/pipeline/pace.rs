//! How long the gatherer takes for a reply: what the threads that verify and the loop have spent on how many.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::limits::{DRAIN_SAMPLE, VERIFIERS};

/// Sums of the threads that verify, which they add to.
#[derive(Debug, Default)]
pub struct Pace {
    messages: AtomicU64,
    nanos: AtomicU64,
}

/// The loop's own sums, and what the threads' were at the last look.
#[derive(Debug, Default)]
pub struct PaceSince {
    taken: Duration,
    messages: u64,
    nanos: u64,
}

impl Pace {
    /// A thread has verified so many in this time.
    pub fn verified(&self, messages: usize, time: Duration) {
        self.messages.fetch_add(messages as u64, Relaxed);
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }
}

impl PaceSince {
    /// The loop has spent this time on a message.
    pub fn took(&mut self, time: Duration) {
        self.taken += time;
    }

    /// How long a message took since the last look, where it took longest: with the threads, which share the work, or on
    /// the loop. Nothing of too few.
    pub fn look(&mut self, pace: &Pace) -> Option<Duration> {
        let (messages, nanos) = (pace.messages.load(Relaxed), pace.nanos.load(Relaxed));
        let count = messages.saturating_sub(self.messages);
        if count < DRAIN_SAMPLE {
            return None;
        }
        let verifying = Duration::from_nanos(nanos.saturating_sub(self.nanos) / VERIFIERS as u64);
        let taken = std::mem::take(&mut self.taken);
        (self.messages, self.nanos) = (messages, nanos);
        Some(verifying.max(taken) / u32::try_from(count).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_both_says_how_long_a_message_takes() {
        let (pace, mut since) = (Pace::default(), PaceSince::default());
        pace.verified(999, Duration::from_millis(1));
        assert_eq!(since.look(&pace), None, "too few");
        pace.verified(1_001, Duration::from_millis(199));
        assert_eq!(since.look(&pace), Some(Duration::from_micros(200 / 2) / 2));
        pace.verified(1_000, Duration::from_millis(20));
        since.took(Duration::from_millis(40));
        assert_eq!(since.look(&pace), Some(Duration::from_micros(40)));
        assert_eq!(since.look(&pace), None, "nothing new");
    }
}
