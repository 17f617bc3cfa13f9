//! `/api/v1/round`: how the gathering stands. Small, so that a page may ask it every few seconds.

use std::time::Duration;

use serde::Serialize;
use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::web::Answer;

use super::{if_ever, json};
use crate::snapshot::{Millis, Record};
use crate::status::troubles;
use crate::web::View;

#[derive(Debug, Serialize)]
struct Round<'a> {
    now: Millis,
    gatherer: Gatherer<'a>,
    round: u64,
    ended_at: Option<Millis>,
    interval_s: f64,
    round_s: f64,
    present: u64,
    answered: u64,
    pending: u64,
    rounds: u64,
    troubles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Gatherer<'a> {
    key: PublicKey,
    nickname: &'a str,
    version: &'static str,
}

/// The last round that ended.
pub(in crate::web) fn round(view: &View, interval: Duration, now_ms: u64) -> Answer {
    let nothing = Record::unanswered("");
    let own = view.own().map_or(&nothing, AsRef::as_ref);
    let whole = |name: &str| stat(own, name).max(0.0) as u64;
    json(&Round {
        now: Millis::new(now_ms),
        gatherer: Gatherer { key: view.gatherer, nickname: &own.nickname, version: env!("CARGO_PKG_VERSION") },
        round: own.round,
        ended_at: if_ever(own.timestamp),
        interval_s: interval.as_secs_f64(),
        round_s: stat(own, "statsgrid.round_seconds"),
        present: whole("statsgrid.providers"),
        answered: whole("statsgrid.providers_answered"),
        pending: whole("statsgrid.providers_pending"),
        rounds: own.stats.counters.get("statsgrid.rounds").copied().unwrap_or_default(),
        troubles: troubles(own, now_ms),
    })
}

fn stat(own: &Record, name: &str) -> f64 {
    own.stats.stats.get(name).map_or(0.0, |number| number.as_f64())
}
