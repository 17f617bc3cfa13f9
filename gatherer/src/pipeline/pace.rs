//! How messages get from the bus to the loop: how many are on their way, and how long the threads that verify and the loop
//! take for one.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::limits::{BATCH, DRAIN_SAMPLE, VERIFIERS};

/// Sums of all threads, which they add to.
#[derive(Debug, Default)]
pub struct Pace {
    received: AtomicU64,
    passed: AtomicU64,
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

/// So many messages must have passed for all to be through that were received before a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

impl Pace {
    /// One more was received.
    pub fn received(&self) {
        self.received.fetch_add(1, Relaxed);
    }

    /// So many more are through: the loop has them behind it, or nobody is to have them.
    pub fn passed(&self, messages: usize) {
        self.passed.fetch_add(messages as u64, Relaxed);
    }

    /// What is received up to now. Threads that verify may overtake each other, by their batches.
    pub fn mark(&self) -> Mark {
        Mark(self.received.load(Relaxed) + (BATCH * VERIFIERS) as u64)
    }

    /// Whether all is through that was received before the mark.
    pub fn is_through(&self, Mark(mark): Mark) -> bool {
        let passed = self.passed.load(Relaxed);
        passed >= mark || passed >= self.received.load(Relaxed)
    }

    /// A thread has verified so many in this time.
    pub fn verified(&self, messages: usize, time: Duration) {
        self.messages.fetch_add(messages as u64, Relaxed);
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }
}

impl PaceSince {
    /// The loop has spent this time on messages.
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
    fn what_was_received_before_a_mark_is_through_when_nothing_is_on_its_way_or_enough_has_passed() {
        let pace = Pace::default();
        assert!(pace.is_through(pace.mark()), "nothing was received");
        (0..10).for_each(|_| pace.received());
        let mark = pace.mark();
        pace.passed(9);
        assert!(!pace.is_through(mark));
        pace.passed(1);
        assert!(pace.is_through(mark));
        let overtakers = BATCH * VERIFIERS;
        (0..=overtakers).for_each(|_| pace.received());
        pace.passed(overtakers - 1);
        assert!(!pace.is_through(mark), "those that came later may have been faster");
        pace.passed(1);
        assert!(pace.is_through(mark));
    }

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
