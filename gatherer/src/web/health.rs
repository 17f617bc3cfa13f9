//! `/healthz`: whether rounds still end, for whoever restarts or reports what does not work.

use std::time::Duration;

use http::StatusCode;
use statsgrid_wire::daemon::web::Answer;

use super::View;
use crate::limits::ROUNDS_STOPPED;

/// `200` while rounds end, and before the first one could have; `503` with the reason when they do not.
pub(super) fn health(view: &View, interval: Duration, now: Duration) -> Answer {
    let patience = interval.saturating_mul(ROUNDS_STOPPED);
    let since = now.saturating_sub(view.ended.unwrap_or_default());
    match view.ended {
        _ if since <= patience => Answer::text("ok"),
        Some(_) => stopped(format_args!("the last round ended {} s ago", since.as_secs())),
        None => stopped(format_args!("no round has ended since the start {} s ago", since.as_secs())),
    }
}

fn stopped(what: std::fmt::Arguments<'_>) -> Answer {
    Answer::text(format_args!("rounds have stopped: {what}")).with(StatusCode::SERVICE_UNAVAILABLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Catalogue;
    use crate::snapshot::samples::{GATHERER, key};
    use std::sync::Arc;

    #[test]
    fn three_intervals_without_a_rounds_end() {
        let check = |ended: Option<u64>, now: u64, expected: StatusCode| {
            let ended = ended.map(Duration::from_secs);
            let view = View::of(key(GATHERER), Arc::default(), Arc::new(Catalogue::default()), ended);
            let answer = health(&view, Duration::from_secs(60), Duration::from_secs(now));
            assert_eq!(answer.status(), expected, "{ended:?} at {now} s");
        };
        check(None, 0, StatusCode::OK);
        check(None, 180, StatusCode::OK);
        check(None, 181, StatusCode::SERVICE_UNAVAILABLE);
        check(Some(100), 280, StatusCode::OK);
        check(Some(100), 281, StatusCode::SERVICE_UNAVAILABLE);
    }
}
