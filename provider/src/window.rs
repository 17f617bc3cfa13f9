//! How often something happens in a minute: a bound on a rate that allows a burst.

use std::time::Instant;

use crate::limits::RATE_WINDOW;

/// The running minute, and how much of something was taken in it.
#[derive(Debug, Default)]
pub(crate) struct Window {
    began: Option<Instant>,
    taken: u32,
    /// In the minute before.
    last: u32,
}

impl Window {
    /// Begins a new minute if the last one is over at `now`, and says so.
    pub(crate) fn turn(&mut self, now: Instant) -> bool {
        let over = self.began.is_none_or(|began| now.saturating_duration_since(began) >= RATE_WINDOW);
        if over {
            (self.last, self.taken) = (self.complete(now), 0);
            self.began = Some(now);
        }
        over
    }

    /// Takes one more, unless `most` were taken in the running minute.
    pub(crate) fn take(&mut self, most: u32) -> bool {
        let free = self.taken < most;
        self.taken += u32::from(free);
        free
    }

    /// How much was taken in the minute that is running at `now`, or in the one before, whichever is more: whoever asks
    /// each minute is told of each.
    pub(crate) fn taken(&self, now: Instant) -> u32 {
        match self.began {
            Some(began) if now.saturating_duration_since(began) < RATE_WINDOW => self.taken.max(self.last),
            _ => self.complete(now),
        }
    }

    /// How much was taken in the minute that is over at `now`, if it was the one before.
    fn complete(&self, now: Instant) -> u32 {
        let recent = |began: Instant| now.saturating_duration_since(began) < 2 * RATE_WINDOW;
        if self.began.is_some_and(recent) { self.taken } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn so_many_in_a_minute_and_as_many_in_the_next() {
        let (mut window, start) = (Window::default(), Instant::now());
        assert!(window.turn(start));
        assert_eq!((window.take(2), window.take(2), window.take(2)), (true, true, false));
        let late = start + RATE_WINDOW - Duration::from_millis(1);
        assert_eq!((window.turn(late), window.taken(late), window.take(2)), (false, 2, false));
        let next = start + RATE_WINDOW;
        // To ask begins no minute.
        assert_eq!(window.taken(next), 2);
        assert_eq!((window.turn(next), window.take(2), window.taken(next)), (true, true, 2));
        assert_eq!((window.turn(next + RATE_WINDOW), window.taken(next + RATE_WINDOW)), (true, 1));
        assert_eq!(window.taken(next + 4 * RATE_WINDOW), 0);
    }
}
