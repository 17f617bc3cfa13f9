//! How fast replies are taken in here, as earlier rounds have shown: over how long the next one has them spread.

use std::time::Duration;

use crate::limits::{SPLAY_BEYOND, SPLAY_EACH, SPLAY_EACH_LEAST, SPLAY_EACH_MOST, SPLAY_ROOM, SPLAY_SHARE};

/// The time that one reply takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    each: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { each: SPLAY_EACH }
    }
}

impl Drain {
    /// Since the last round each reply took so long, by the slowest of those that take turns on it. One round says half of
    /// what holds: a machine is busy with other things now and then.
    pub(super) fn measured(&mut self, each: Duration) {
        let each = each.mul_f64(SPLAY_ROOM).clamp(SPLAY_EACH_LEAST, SPLAY_EACH_MOST);
        self.each = (self.each + each) / 2;
    }

    /// Over how long the replies of so many providers are spread in a round that may take `interval`.
    pub(super) fn splay(&self, providers: usize, interval: Duration) -> Duration {
        if providers <= SPLAY_BEYOND {
            return Duration::ZERO;
        }
        let providers = u32::try_from(providers).unwrap_or(u32::MAX);
        self.each.saturating_mul(providers).min(interval.mul_f64(SPLAY_SHARE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_splay_grows_with_the_roster_and_with_what_a_reply_takes() {
        let minute = Duration::from_secs(60);
        let mut drain = Drain::default();
        assert_eq!(drain.splay(SPLAY_BEYOND, minute), Duration::ZERO);
        assert_eq!(drain.splay(SPLAY_BEYOND + 1, minute), SPLAY_EACH * 10_001);
        assert_eq!(drain.splay(100_000, minute), SPLAY_EACH * 100_000);
        assert_eq!(drain.splay(usize::MAX, minute), minute.mul_f64(SPLAY_SHARE));
        for _ in 0..30 {
            drain.measured(Duration::from_micros(100));
        }
        let expected = Duration::from_micros(100).mul_f64(SPLAY_ROOM) * 100_000;
        assert!(drain.splay(100_000, minute).abs_diff(expected) < Duration::from_millis(10));
    }

    #[test]
    fn one_strange_round_does_not_stop_the_next_ones() {
        let mut drain = Drain::default();
        drain.measured(Duration::from_secs(10));
        assert!(drain.each <= (SPLAY_EACH + SPLAY_EACH_MOST) / 2);
        drain.measured(Duration::ZERO);
        assert!(drain.each >= SPLAY_EACH_LEAST);
    }
}
