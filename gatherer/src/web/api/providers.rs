//! `/api/v1/providers`: all providers, each with how it and its producers do. Made once a round, when it is first asked for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use serde::ser::Serializer;
use statsgrid_wire::daemon::web::Answer;
use statsgrid_wire::{Moment, PublicKey};
use tokio::sync::Mutex;

use super::{Producer, if_ever};
use crate::limits::PROVIDERS_KEPT;
use crate::snapshot::{Millis, Record};
use crate::web::View;
use crate::web::view::state;

#[derive(Serialize)]
struct Providers<'a> {
    now: Millis,
    round: u64,
    providers: Each<'a>,
}

struct Each<'a> {
    view: &'a View,
    now_ms: u64,
}

#[derive(Serialize)]
struct Provider<'a> {
    key: PublicKey,
    nickname: &'a str,
    label: &'a str,
    state: &'static str,
    last_seen: Option<Millis>,
    stale: bool,
    values: usize,
    rejected: u64,
    #[serde(serialize_with = "by_name")]
    producers: &'a Record,
}

/// The list, kept while it holds.
#[derive(Debug, Default)]
pub(in crate::web) struct KeptProviders(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
struct Kept {
    of: Arc<View>,
    at: Duration,
    list: Bytes,
}

impl KeptProviders {
    /// The list of this view. Whoever asks while it is made waits for the same one.
    pub(in crate::web) async fn answer(&self, view: Arc<View>, now: Moment) -> Answer {
        // To its end, for the next one, though who asks may go away.
        let made = tokio::spawn(made(self.0.clone(), view, now));
        let none = || Answer::text("the list could not be made").with(StatusCode::INTERNAL_SERVER_ERROR);
        made.await.ok().flatten().map_or_else(none, Answer::json)
    }
}

/// What is kept of this view, made if there is nothing. None: it could not be.
async fn made(kept: Arc<Mutex<Option<Kept>>>, view: Arc<View>, now: Moment) -> Option<Bytes> {
    let mut kept = kept.lock().await;
    let holds = |kept: &&Kept| Arc::ptr_eq(&kept.of, &view) && now.monotonic.saturating_sub(kept.at) < PROVIDERS_KEPT;
    if let Some(kept) = kept.as_ref().filter(holds) {
        return Some(kept.list.clone());
    }
    let of = view.clone();
    let list = tokio::task::spawn_blocking(move || list(&view, now.wall_ms)).await.ok()?;
    *kept = Some(Kept { of, at: now.monotonic, list: list.clone() });
    Some(list)
}

fn list(view: &View, now_ms: u64) -> Bytes {
    let round = view.own().map_or(0, |own| own.round);
    let providers = Each { view, now_ms };
    let list = serde_json::to_vec(&Providers { now: Millis::new(now_ms), round, providers });
    list.unwrap_or_default().into()
}

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.view.providers().map(|(key, record, label)| Provider {
            key,
            nickname: &record.nickname,
            label,
            state: state(record),
            last_seen: if_ever(record.timestamp),
            stale: !record.received().is_fresh(self.now_ms),
            values: record.stats.counters.len() + record.stats.stats.len(),
            rejected: record.rejected.iter().map(|(_, count)| *count).sum(),
            producers: record,
        }))
    }
}

fn by_name<S: Serializer>(record: &&Record, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(record.producers.iter().map(|(name, producer)| (name, Producer::of(producer))))
}
