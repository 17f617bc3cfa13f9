//! The delays of the last 60 ticks. The time of a tick is passed in, so that tests need not wait.
//!
//! Delays are measured from tick to tick, not from a schedule: a tick that comes late pushes the next one back, and a
//! pause is one delay, not as many as there are seconds in it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far apart the ticks are meant to be.
pub const TICK: Duration = Duration::from_secs(1);

/// How many delays are kept: a minute of ticks, as the poll comes once a minute.
const KEPT: usize = 60;

/// The last delays, oldest first.
#[derive(Default)]
pub struct Delays {
    last_tick: Option<Instant>,
    delays: VecDeque<Duration>,
}

impl Delays {
    /// Takes a tick, and returns how much more than [`TICK`] has gone by since the one before. A tick that comes
    /// early, to make up for a late one, has no delay; the very first only starts the clock.
    pub fn tick(&mut self, now: Instant) -> Duration {
        let Some(last_tick) = self.last_tick.replace(now) else {
            return Duration::ZERO;
        };
        let delay = now.saturating_duration_since(last_tick).saturating_sub(TICK);
        if self.delays.len() == KEPT {
            self.delays.pop_front();
        }
        self.delays.push_back(delay);
        delay
    }

    /// The average delay; zero before the second tick, as the original had it.
    pub fn average(&self) -> Duration {
        let sum: Duration = self.delays.iter().sum();
        let count = u32::try_from(self.delays.len()).unwrap_or(u32::MAX);
        sum.checked_div(count).unwrap_or_default()
    }

    /// The longest delay; zero before the second tick.
    pub fn longest(&self) -> Duration {
        self.delays.iter().max().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks with these milliseconds between them, then what is reported, in milliseconds too.
    #[track_caller]
    fn check(gaps: &[u64], average: u64, longest: u64) {
        let mut now = Instant::now();
        let mut delays = Delays::default();
        delays.tick(now);
        for gap in gaps {
            now += Duration::from_millis(*gap);
            delays.tick(now);
        }
        assert_eq!(delays.average(), Duration::from_millis(average), "average after {gaps:?}");
        assert_eq!(delays.longest(), Duration::from_millis(longest), "longest after {gaps:?}");
    }

    #[test]
    fn delays_are_averaged() {
        check(&[], 0, 0);
        check(&[1000], 0, 0);
        check(&[1300], 300, 300);
        check(&[1300, 1100, 1000, 1000], 100, 300);
    }

    #[test]
    fn an_early_tick_has_no_delay() {
        check(&[400], 0, 0);
        check(&[1600, 400, 0, 1000], 150, 600);
    }

    #[test]
    fn a_pause_is_one_delay() {
        check(&[61_000, 1000, 1000], 20_000, 60_000);
    }

    #[test]
    fn sixty_are_kept() {
        let mut gaps = vec![7000];
        gaps.extend([1000; 59]);
        check(&gaps, 100, 6000);
        gaps.push(1060);
        check(&gaps, 1, 60);
    }

    #[test]
    fn a_clock_that_went_back_has_no_delay() {
        let now = Instant::now() + Duration::from_secs(60);
        let mut delays = Delays::default();
        delays.tick(now);
        assert_eq!(delays.tick(now - Duration::from_secs(30)), Duration::ZERO);
    }
}
