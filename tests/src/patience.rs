//! Waiting for a condition, with a bound: the one place where a test's thread sleeps.

use std::time::{Duration, Instant, SystemTime};

/// Longer than anything takes on a busy machine that works at all.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks: short beside every wait, and cheap beside every look.
const PAUSE: Duration = Duration::from_millis(10);

/// What `condition` gives, once it gives something; a failure that names `what` was waited for after `limit`.
#[track_caller]
pub fn await_until<T>(what: &str, limit: Duration, condition: impl FnMut() -> Option<T>) -> T {
    match within(limit, condition) {
        Some(value) => value,
        None => panic!("{what}: not within {limit:?}"),
    }
}

/// The same, where it is no failure that nothing came.
pub(crate) fn within<T>(limit: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let ends = Instant::now() + limit;
    loop {
        // The time is read first, so that one look comes after the end however long it took.
        let over = Instant::now() >= ends;
        if let Some(value) = condition() {
            return Some(value);
        }
        if over {
            return None;
        }
        // What is waited for is another process: its files and its end, which nobody tells us of.
        std::thread::sleep(PAUSE);
    }
}

/// Unix time in milliseconds.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("the clock stands before 1970").as_millis() as u64
}
