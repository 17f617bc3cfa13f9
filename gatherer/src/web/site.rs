//! Which path shows what.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use statsgrid_wire::daemon::web::{Answer, Body, Chunks, Request, STATISTICS_STYLE, Site};
use statsgrid_wire::exposition::Format;
use statsgrid_wire::{Clock, PublicKey};
use tokio::sync::watch;

use super::history::{Frame, History};
use super::metrics::KeptMetrics;
use super::statistics::statistics;
use super::{View, api, health, page};
use crate::limits::HISTORY_BYTES;

/// All that is served.
pub(super) struct Pages {
    views: watch::Receiver<Arc<View>>,
    history: Arc<Mutex<History>>,
    /// Whose turn it is to have one node's values put together.
    turn: Arc<tokio::sync::Mutex<()>>,
    providers: api::KeptProviders,
    metrics: KeptMetrics,
    interval: Duration,
    clock: Arc<dyn Clock>,
}

impl Pages {
    pub(super) fn of(views: watch::Receiver<Arc<View>>, interval: Duration, clock: Arc<dyn Clock>) -> Self {
        let history = Arc::new(Mutex::new(History::within(HISTORY_BYTES)));
        let (providers, metrics) = (api::KeptProviders::default(), KeptMetrics::default());
        Self { views, history, turn: Arc::default(), providers, metrics, interval, clock }
    }

    /// Puts a round into the history.
    pub(super) fn remember(&self, before: &View, view: &View) {
        // A large fleet's takes a while to make: readers of the history do not wait for that.
        let last = held(&self.history).layout();
        if let Some(frame) = Frame::of(before, view, last.as_ref()) {
            held(&self.history).add(frame);
        }
    }

    /// One node with all its values: of one that has thousands that takes a while, so it is made beside the other answers,
    /// one after the other, and who goes away leaves the queue.
    async fn provider(&self, view: Arc<View>, key: &str, now_ms: u64) -> Answer {
        let (key, history, turn) = (key.to_owned(), self.history.clone(), self.turn.clone().lock_owned().await);
        let made = tokio::task::spawn_blocking(move || {
            let answer = node(&view, &key, |key| provider(&view, &history, key, now_ms));
            drop(turn);
            answer
        });
        let none = |_| Answer::text("the values could not be put together").with(StatusCode::INTERNAL_SERVER_ERROR);
        made.await.unwrap_or_else(none)
    }
}

/// A provider, the gatherer itself, or that there is no such node.
fn node(view: &View, key: &str, answer: impl FnOnce(PublicKey) -> Option<Answer>) -> Answer {
    let Ok(key) = key.parse() else {
        return Answer::not_found("no key: it has 56 characters and begins with U");
    };
    answer(key).unwrap_or_else(|| {
        let providers = view.records.len();
        Answer::not_found(&format!("{key} is none of the {providers} nodes that are known"))
    })
}

fn provider(view: &View, history: &Mutex<History>, key: PublicKey, now_ms: u64) -> Option<Answer> {
    let past = {
        let history = held(history);
        let past = view.record(key).map(|record| history.of(key, record)).unwrap_or_default();
        api::PastSaid { past, said: history.said() }
    };
    api::provider(view, key, past, now_ms)
}

fn held(history: &Mutex<History>) -> MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site for Pages {
    async fn answer(&self, request: &Request) -> Answer {
        let view = self.views.borrow().clone();
        let now = self.clock.now();
        match request.path() {
            "/api/v1/round" => api::round(&view, self.interval, now.wall_ms),
            "/api/v1/providers" => self.providers.answer(view, now).await,
            "/api/v1/snapshot" => Answer::json(Body::from(Box::new(api::snapshot(view)) as Chunks)),
            "/metrics" => self.metrics.answer(view, Format::asked_for(request.accept()), now).await,
            "/healthz" => health::health(&view, self.interval, now.monotonic),
            "/statistics" => {
                let gatherer = view.gatherer;
                statistics(&view, gatherer, request, now.wall_ms).unwrap_or_else(|| Answer::not_found("nothing yet"))
            }
            "/statistics.css" => Answer::of("text/css; charset=utf-8", STATISTICS_STYLE),
            path => match (path.strip_prefix("/api/v1/providers/"), path.strip_prefix("/statistics/")) {
                (Some(key), _) => self.provider(view, key, now.wall_ms).await,
                (_, Some(key)) => node(&view, key, |key| statistics(&view, key, request, now.wall_ms)),
                _ => page::file(path).unwrap_or_else(|| {
                    Answer::not_found(
                        "there are /, /metrics, /statistics, /healthz and /api/v1/{round,providers,snapshot}",
                    )
                }),
            },
        }
    }
}
