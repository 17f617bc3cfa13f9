//! A round's end, and asking again, wait for what was received before: who has answered in time and is not looked at yet is
//! neither missing nor to be asked again.
//!
//! Time is passed in. Left out on purpose: an order of messages. Threads that verify overtake each other, so it is counted
//! how many must have passed.

use tokio::time::Instant;

use super::pace::{Mark, Pace};
use crate::limits::{QUEUED_PATIENCE, QUEUED_PAUSE};

/// What is waited for, if anything is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backlog {
    awaited: Option<Awaited>,
}

#[derive(Clone, Copy, Debug)]
struct Awaited {
    mark: Mark,
    gives_up: Instant,
    looks: Instant,
}

impl Backlog {
    /// Whether what is due at this moment waits: from the first time on until all is through that was received before, or
    /// patience is at its end.
    pub fn holds_up(&mut self, pace: &Pace, now: Instant) -> bool {
        let first = || Awaited { mark: pace.mark(), gives_up: now + QUEUED_PATIENCE, looks: now };
        let awaited = self.awaited.get_or_insert_with(first);
        if pace.is_through(awaited.mark) || now >= awaited.gives_up {
            self.awaited = None;
            return false;
        }
        awaited.looks = now + QUEUED_PAUSE;
        true
    }

    /// When what is due at `due` is to be looked at.
    pub fn looks(&self, due: Instant) -> Instant {
        self.awaited.map_or(due, |awaited| due.max(awaited.looks))
    }

    /// Nothing is due any more that waited.
    pub fn forget(&mut self) {
        self.awaited = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_waits_for_what_came_before_and_not_for_ever() {
        let (pace, mut backlog, now) = (Pace::default(), Backlog::default(), Instant::now());
        assert!(!backlog.holds_up(&pace, now), "nothing is on its way");
        pace.received();
        assert!(backlog.holds_up(&pace, now));
        assert_eq!(
            (backlog.looks(now), backlog.looks(now + QUEUED_PATIENCE)),
            (now + QUEUED_PAUSE, now + QUEUED_PATIENCE)
        );
        pace.passed(1);
        assert!(!backlog.holds_up(&pace, now + QUEUED_PAUSE));
        assert_eq!(backlog.looks(now), now);
        pace.received();
        assert!(backlog.holds_up(&pace, now));
        assert!(!backlog.holds_up(&pace, now + QUEUED_PATIENCE), "patience is at its end");
        assert!(backlog.holds_up(&pace, now));
        backlog.forget();
        assert_eq!(backlog.looks(now), now);
    }
}
