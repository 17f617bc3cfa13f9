//! When a producer that failed is made anew: later each time, until it has been well for a while.

use std::time::Duration;

use statsgrid_wire::daemon::Backoff;
use statsgrid_wire::message::Outcome;

use crate::call::Fault;
use crate::limits::{HEALTHY_AFTER, RESTART_CAP, RESTART_FIRST};

/// The failures of one producer. Times are monotonic.
#[derive(Debug)]
pub(super) struct Restart {
    backoff: Backoff,
    /// The last delay, and when the instance that came after it was made.
    delay: Duration,
    made: Duration,
    /// Not before this is a new instance made, for this reason.
    waits: Option<(Duration, Fault)>,
}

impl Restart {
    pub(super) fn new() -> Self {
        let backoff = Backoff::new(RESTART_FIRST, RESTART_CAP);
        Self { backoff, delay: Duration::ZERO, made: Duration::ZERO, waits: None }
    }

    /// Whether a new instance may be made `now`.
    pub(super) fn due(&self, now: Duration) -> Result<(), Fault> {
        match &self.waits {
            Some((until, cause)) if now < *until => {
                let message = format!("waits after {}: {}", cause.outcome.label(), cause.message);
                Err(Fault::new(Outcome::Delayed, message))
            }
            _ => Ok(()),
        }
    }

    /// A new instance is made.
    pub(super) fn made(&mut self, now: Duration) {
        self.made = now;
    }

    /// A reading was good. Well for a moment is not well: what fails at each second reading must not be made anew each
    /// second for ever.
    pub(super) fn well(&mut self, now: Duration) {
        if now.saturating_sub(self.made) >= self.delay.max(HEALTHY_AFTER) {
            self.backoff.reset();
        }
    }

    /// The instance is gone, for this reason.
    pub(super) fn failed(&mut self, now: Duration, fault: &Fault) {
        self.delay = self.backoff.delay();
        self.waits = Some((now + self.delay, fault.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How long the next instance waits for a failure at `now`.
    fn wait_after_failure(restart: &mut Restart, now: Duration) -> Duration {
        restart.failed(now, &Fault::new(Outcome::Trap, "it trapped"));
        let waits = (1..=4_000).map(|quarters| quarters * Duration::from_millis(250));
        waits.into_iter().find(|wait| restart.due(now + *wait).is_ok()).unwrap()
    }

    #[test]
    fn who_fails_after_each_good_reading_waits_longer_each_time() {
        let (mut restart, mut now, mut last) = (Restart::new(), Duration::ZERO, Duration::ZERO);
        assert!(restart.due(now).is_ok());
        for failure in 0..12 {
            restart.made(now);
            restart.well(now + SECOND);
            let waits = wait_after_failure(&mut restart, now + 2 * SECOND);
            assert!(waits >= last || waits >= RESTART_CAP / 2, "{failure}: {waits:?} after {last:?}");
            assert!(waits <= RESTART_CAP + SECOND, "{waits:?}");
            (now, last) = (now + 2 * SECOND + waits, waits);
        }
        let fault = restart.due(now - last + Duration::from_millis(1)).unwrap_err();
        assert_eq!((fault.outcome, fault.message.as_str()), (Outcome::Delayed, "waits after trap: it trapped"));
    }

    #[test]
    fn who_was_well_for_as_long_as_it_waited_begins_anew() {
        let (mut restart, mut now) = (Restart::new(), Duration::ZERO);
        for _ in 0..12 {
            now += wait_after_failure(&mut restart, now);
            restart.made(now);
        }
        restart.well(now + HEALTHY_AFTER);
        let still = wait_after_failure(&mut restart, now + HEALTHY_AFTER);
        assert!(still >= RESTART_CAP / 2, "{still:?}: a minute is little after five");
        now += HEALTHY_AFTER + still;
        restart.made(now);
        restart.well(now + 2 * RESTART_CAP);
        let first = wait_after_failure(&mut restart, now + 2 * RESTART_CAP);
        assert!(first <= 2 * RESTART_FIRST, "{first:?}");
    }
}
