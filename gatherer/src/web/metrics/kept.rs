//! What has been written in a round, for all who ask in it.
//!
//! The fastest reader has each piece made, the others get the same. A reader that is so slow that two more plans have
//! been made gets no end: its pieces are not kept for it. Within a round that takes at least [`METRICS_HELD`] each: where
//! one value after the other goes stale, as of nodes that vanished together, not every reader has a plan made. Of a fleet beyond [`METRICS_KEPT_BYTES`] the plan alone is kept,
//! and each reader has its own pieces made.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use statsgrid_wire::Moment;
use statsgrid_wire::daemon::web::{Answer, Body, Chunks};
use statsgrid_wire::exposition::Format;

use super::live::Live;
use super::plan::Plan;
use super::rounds::Rounds;
use crate::limits::{METRICS_HELD, METRICS_KEPT_BYTES, METRICS_KEPT_ROUNDS};
use crate::web::View;

/// The last rounds, the newest last.
#[derive(Debug, Default)]
pub(in crate::web) struct KeptMetrics(Arc<tokio::sync::Mutex<VecDeque<Kept>>>);

/// One round.
#[derive(Clone, Debug)]
struct Kept {
    plan: Arc<Plan>,
    /// When it was planned, by the monotonic clock.
    at: Duration,
    text: Arc<Pieces>,
    open_metrics: Arc<Pieces>,
}

/// What has been written of one format, and what is still to be.
#[derive(Debug)]
struct Pieces(Mutex<(Vec<Bytes>, Rounds)>);

impl KeptMetrics {
    /// The exposition of this view at this moment. Whoever asks while it is planned waits for the same plan.
    pub(in crate::web) async fn answer(&self, view: Arc<View>, format: Format, now: Moment) -> Answer {
        // In a task of its own, and to its end: who asks and goes away, again and again, would otherwise have a plan begun
        // each time.
        let planned = tokio::spawn(planned(self.0.clone(), view, now));
        let none = || Answer::text("the metrics could not be planned").with(StatusCode::INTERNAL_SERVER_ERROR);
        planned.await.ok().flatten().map_or_else(none, |kept| kept.answer(format, now))
    }
}

/// What is kept of this view, planned if there is nothing. None: it could not be.
async fn planned(rounds: Arc<tokio::sync::Mutex<VecDeque<Kept>>>, view: Arc<View>, now: Moment) -> Option<Kept> {
    let mut rounds = rounds.lock().await;
    if let Some(kept) = rounds.back().filter(|kept| kept.holds(&view, now)) {
        return Some(kept.clone());
    }
    let plan = tokio::task::spawn_blocking(move || Plan::of(view, now.wall_ms)).await.ok()?;
    let kept = Kept::of(Arc::new(plan), now.monotonic);
    rounds.push_back(kept.clone());
    while rounds.len() > METRICS_KEPT_ROUNDS {
        rounds.pop_front();
    }
    Some(kept)
}

impl Kept {
    fn of(plan: Arc<Plan>, at: Duration) -> Self {
        let pieces = |format| Arc::new(Pieces(Mutex::new((Vec::new(), Rounds::of(plan.clone(), format)))));
        Self { text: pieces(Format::Text), open_metrics: pieces(Format::OpenMetrics), plan, at }
    }

    /// Whether it is of this view, and what it shows is fresh, or was a moment ago.
    fn holds(&self, view: &Arc<View>, now: Moment) -> bool {
        let is_fresh = (self.plan.at_ms..self.plan.until_ms).contains(&now.wall_ms);
        Arc::ptr_eq(&self.plan.view, view) && (is_fresh || now.monotonic.saturating_sub(self.at) < METRICS_HELD)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::samples::{ALPHA, GATHERER, key};
    use crate::snapshot::{Catalogue, Millis, Record, Stats};
    use statsgrid_wire::Number;
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;

    const NOW: u64 = 1_795_358_400_000;

    /// A node whose value goes stale in so many seconds.
    fn fresh_for(seconds: u64) -> Arc<View> {
        let record = Record {
            timestamp: Millis::new(NOW - 300_000 + 1_000 * seconds),
            stats: Stats { stats: [("s.x", Number::Integer(7))].into_iter().collect(), ..Stats::default() },
            ..Record::unanswered("n")
        };
        let records = Arc::new(vec![(key(ALPHA), Arc::new(record))]);
        Arc::new(View::of(key(GATHERER), records, Arc::new(Catalogue::default()), None))
    }

    #[tokio::test]
    async fn who_asks_and_goes_away_has_no_second_plan_made() {
        let (metrics, view) = (KeptMetrics::default(), fresh_for(60));
        let now = Moment { wall_ms: NOW, monotonic: Duration::ZERO };
        for _ in 0..100 {
            // It goes away as soon as it has asked.
            let mut reader = pin!(metrics.answer(view.clone(), Format::Text, now));
            assert!(poll_fn(|context| Poll::Ready(reader.as_mut().poll(context))).await.is_pending());
        }
        // All of them stand in line now, and this one behind them: the first one's plan was made and did for the others.
        tokio::task::yield_now().await;
        assert_eq!(metrics.0.lock().await.len(), 1);
    }

    #[test]
    fn a_plan_holds_while_it_is_fresh_and_long_enough_to_be_read() {
        let check = |fresh_seconds: u64, after_ms: u64, expected: bool| {
            let view = fresh_for(fresh_seconds);
            let kept = Kept::of(Arc::new(Plan::of(view.clone(), NOW)), Duration::ZERO);
            let now = Moment { wall_ms: NOW + after_ms, monotonic: Duration::from_millis(after_ms) };
            assert_eq!(kept.holds(&view, now), expected, "{fresh_seconds} s after {after_ms} ms");
            assert!(!kept.holds(&fresh_for(fresh_seconds), now), "of another round");
        };
        let held = u64::try_from(METRICS_HELD.as_millis()).unwrap();
        check(0, 0, true);
        check(0, held - 1, true);
        check(0, held, false);
        check(60, held, true);
        check(60, 60_000, true);
        check(60, 60_001, false);
    }
}
