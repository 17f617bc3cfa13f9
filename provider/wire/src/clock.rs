//! Time as a value that is passed in: faults last days, tests milliseconds.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

/// One moment, read from both clocks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970, UTC: for timestamps alone, since it can be set.
    pub wall_ms: u64,
    /// Time since some fixed start: for intervals and deadlines.
    pub monotonic: Duration,
}

impl Moment {
    /// How long before `self` the `earlier` moment was; nothing if it was later.
    pub fn since(self, earlier: Self) -> Duration {
        self.monotonic.saturating_sub(earlier.monotonic)
    }
}

/// Where moments come from.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Moment;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Its monotonic time starts here.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        // A clock before 1970 is a broken one; 0 is refused as stale by whoever compares it.
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { wall_ms: wall.as_millis() as u64, monotonic: self.start.elapsed() }
    }
}

/// A clock that stands until it is turned: for tests.
#[derive(Debug)]
pub struct ManualClock {
    wall_ms: AtomicU64,
    monotonic_ms: AtomicU64,
}

impl ManualClock {
    /// Stands at `wall_ms`, with a monotonic time of 0.
    pub fn at(wall_ms: u64) -> Self {
        Self { wall_ms: AtomicU64::new(wall_ms), monotonic_ms: AtomicU64::new(0) }
    }

    /// Both clocks go on by `time`.
    pub fn advance(&self, time: Duration) {
        self.wall_ms.fetch_add(time.as_millis() as u64, Relaxed);
        self.monotonic_ms.fetch_add(time.as_millis() as u64, Relaxed);
    }

    /// Somebody sets the wall clock.
    pub fn set_wall_ms(&self, wall_ms: u64) {
        self.wall_ms.store(wall_ms, Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        Moment {
            wall_ms: self.wall_ms.load(Relaxed),
            monotonic: Duration::from_millis(self.monotonic_ms.load(Relaxed)),
        }
    }
}
