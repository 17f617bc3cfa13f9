//! What has been written in a round, for all who ask in it.
//!
//! The fastest reader has each piece made, the others get the same. A reader that is so slow that two more rounds have
//! gone by gets no end: its pieces are not kept for it. Of a fleet beyond [`METRICS_KEPT_BYTES`] the plan alone is kept,
//! and each reader has its own pieces made.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use http::StatusCode;
use statsgrid_wire::Moment;
use statsgrid_wire::daemon::web::{Answer, Body, Chunks};
use statsgrid_wire::exposition::Format;

use super::live::Live;
use super::plan::Plan;
use super::rounds::Rounds;
use crate::limits::{METRICS_KEPT_BYTES, METRICS_KEPT_ROUNDS};
use crate::web::View;

/// The last rounds, the newest last.
#[derive(Debug, Default)]
pub(in crate::web) struct KeptMetrics(tokio::sync::Mutex<VecDeque<Kept>>);

/// One round.
#[derive(Debug)]
struct Kept {
    plan: Arc<Plan>,
    text: Arc<Pieces>,
    open_metrics: Arc<Pieces>,
}

/// What has been written of one format, and what is still to be.
#[derive(Debug)]
struct Pieces(Mutex<(Vec<Bytes>, Rounds)>);

impl KeptMetrics {
    /// The exposition of this view at this moment. Whoever asks while it is planned waits for the same plan.
    pub(in crate::web) async fn answer(&self, view: Arc<View>, format: Format, now: Moment) -> Answer {
        let mut rounds = self.0.lock().await;
        let holds = |kept: &&Kept| {
            Arc::ptr_eq(&kept.plan.view, &view) && (kept.plan.at_ms..kept.plan.until_ms).contains(&now.wall_ms)
        };
        if let Some(kept) = rounds.back().filter(holds) {
            return kept.answer(format, now);
        }
        let Ok(plan) = tokio::task::spawn_blocking(move || Plan::of(view, now.wall_ms)).await else {
            return Answer::text("the metrics could not be planned").with(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let kept = Kept::of(Arc::new(plan));
        let answer = kept.answer(format, now);
        rounds.push_back(kept);
        while rounds.len() > METRICS_KEPT_ROUNDS {
            rounds.pop_front();
        }
        answer
    }
}

impl Kept {
    fn of(plan: Arc<Plan>) -> Self {
        let pieces = |format| Arc::new(Pieces(Mutex::new((Vec::new(), Rounds::of(plan.clone(), format)))));
        Self { text: pieces(Format::Text), open_metrics: pieces(Format::OpenMetrics), plan }
    }

    fn answer(&self, format: Format, now: Moment) -> Answer {
        let live = Live::of(self.plan.clone(), format, now).map(Some);
        let chunks: Chunks = if self.plan.bytes > METRICS_KEPT_BYTES {
            Box::new(live.chain(Rounds::of(self.plan.clone(), format).map(Some)))
        } else {
            let pieces = match format {
                Format::Text => &self.text,
                Format::OpenMetrics => &self.open_metrics,
            };
            Box::new(live.chain(Reader { of: Arc::downgrade(pieces), next: 0 }))
        };
        Answer::of(format.content_type(), Body::from(chunks))
    }
}

impl Pieces {
    fn get(&self, number: usize) -> Option<Bytes> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pieces, rest) = &mut *held;
        if number == pieces.len() {
            pieces.push(rest.next()?);
        }
        pieces.get(number).cloned()
    }
}

/// One reader's way through them.
struct Reader {
    of: Weak<Pieces>,
    next: usize,
}

impl Iterator for Reader {
    type Item = Option<Bytes>;

    fn next(&mut self) -> Option<Option<Bytes>> {
        let Some(pieces) = self.of.upgrade() else { return Some(None) };
        let piece = pieces.get(self.next)?;
        self.next += 1;
        Some(Some(piece))
    }
}
