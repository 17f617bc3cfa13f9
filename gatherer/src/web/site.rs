//! Which path shows what.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use statsgrid_wire::daemon::web::{Answer, Body, Chunks, Request, STATISTICS_STYLE, Site};
use statsgrid_wire::exposition::Format;
use statsgrid_wire::{Clock, PublicKey};
use tokio::sync::watch;

use super::history::{Frame, History, Schemas};
use super::metrics::KeptMetrics;
use super::statistics::statistics;
use super::{View, api, health, page};
use crate::limits::HISTORY_BYTES;

/// All that is served.
pub(super) struct Pages {
    views: watch::Receiver<Arc<View>>,
    history: Mutex<History>,
    /// The names in it, for who makes it.
    schemas: Mutex<Schemas>,
    providers: api::KeptProviders,
    metrics: KeptMetrics,
    interval: Duration,
    clock: Arc<dyn Clock>,
}

impl Pages {
    pub(super) fn of(views: watch::Receiver<Arc<View>>, interval: Duration, clock: Arc<dyn Clock>) -> Self {
        let history = Mutex::new(History::within(HISTORY_BYTES));
        let (providers, metrics) = (api::KeptProviders::default(), KeptMetrics::default());
        Self { views, history, schemas: Mutex::default(), providers, metrics, interval, clock }
    }

    /// Puts a round into the history.
    pub(super) fn remember(&self, before: &View, view: &View) {
        // A large fleet's takes a while to make: readers of the history do not wait for that.
        let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.history().layout();
        if let Some(frame) = Frame::of(before, view, last.as_ref(), &mut schemas) {
            self.history().add(frame, &mut schemas);
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A provider, the gatherer itself, or that there is no such node.
    fn node(&self, view: &View, key: &str, answer: impl FnOnce(PublicKey) -> Option<Answer>) -> Answer {
        let Ok(key) = key.parse() else {
            return Answer::not_found("no key: it has 56 characters and begins with U");
        };
        answer(key).unwrap_or_else(|| {
            let providers = view.records.len();
            Answer::not_found(&format!("{key} is none of the {providers} nodes that are known"))
        })
    }

    fn provider(&self, view: &View, key: PublicKey) -> Option<Answer> {
        let past = {
            let history = self.history();
            let past = view.record(key).map(|record| history.of(key, record)).unwrap_or_default();
            api::PastSaid { past, said: history.said() }
        };
        api::provider(view, key, past, self.clock.now().wall_ms)
    }
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
                (Some(key), _) => self.node(&view, key, |key| self.provider(&view, key)),
                (_, Some(key)) => self.node(&view, key, |key| statistics(&view, key, request, now.wall_ms)),
                _ => page::file(path).unwrap_or_else(|| {
                    Answer::not_found(
                        "there are /, /metrics, /statistics, /healthz and /api/v1/{round,providers,snapshot}",
                    )
                }),
            },
        }
    }
}
