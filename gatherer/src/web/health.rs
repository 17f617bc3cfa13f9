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
