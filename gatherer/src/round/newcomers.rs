//! How many newcomers were asked lately: a fleet that announces itself at once is asked in turns.
//!
//! Left out on purpose: who they are. Those beyond are asked with the missing ones, or by the next poll to all.

use std::time::Duration;

use statsgrid_wire::Moment;

use crate::limits::{ASK_PAUSE, NEWCOMERS_AT_ONCE};

/// Those of the last moment.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    since: Duration,
    asked: usize,
}

impl Newcomers {
    /// Whether one more may be asked at this moment; counts it.
    pub(super) fn has_room(&mut self, at: Moment) -> bool {
        if at.monotonic.saturating_sub(self.since) >= ASK_PAUSE {
            (self.since, self.asked) = (at.monotonic, 0);
        }
        self.asked += 1;
        self.asked <= NEWCOMERS_AT_ONCE
    }
}
