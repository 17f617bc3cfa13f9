//! Which path shows what.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use statsgrid_wire::daemon::web::{Answer, Request, STATISTICS_STYLE, Site, Statistics};
use statsgrid_wire::exposition::Format;
use statsgrid_wire::message::{Outcome, ProducerReport};

use super::metrics::{Whose, metrics};
use super::sample::LastSample;
use crate::node::Node;

/// All that a node shows of itself.
pub(crate) struct Pages {
    node: Arc<Node>,
    last: LastSample,
    /// When its counters were at 0, in seconds since 1970: once and for all, for a clock that is set changes no series.
    counted_since: f64,
}

impl Pages {
    /// Of this node.
    pub(crate) fn of(node: Arc<Node>) -> Self {
        let now = node.clock.now();
        let since = Duration::from_millis(now.wall_ms).saturating_sub(node.counted.age(now));
        Self { node, last: LastSample::default(), counted_since: since.as_millis() as f64 / 1000.0 }
    }

    async fn metrics(&self, format: Format) -> Answer {
        let Some(taken) = self.last.of(&self.node).await else { return no_sample() };
        let sample = self.node.sample(&taken, 0, &[]);
        let (key, counted_since) = (self.node.identity.public_key(), self.counted_since);
        let whose = Whose { key, nickname: &self.node.nickname, counted_since };
        let text = metrics(&whose, &sample, taken.described(), format);
        Answer::of(format.content_type(), text)
    }

    async fn statistics(&self, request: &Request) -> Answer {
        // What a poll would get, but never cut to fit a message.
        let Some(taken) = self.last.of(&self.node).await else { return no_sample() };
        let sample = self.node.sample(&taken, 0, &[]);
        let ill = sample.producers.iter().filter(|(_, report)| report.outcome != Outcome::Ok);
        let ill = ill.map(|(name, report)| problem(name, report));
        let notes: Vec<String> = [self.node.identity.public_key().to_string()].into_iter().chain(ill).collect();
        let title = format!("Statistics of {}", self.node.nickname);
        Statistics { title: &title, notes: &notes, counters: &sample.counters, stats: &sample.stats }.answer(request)
    }
}

fn no_sample() -> Answer {
    Answer::text("no sample could be taken").with(StatusCode::INTERNAL_SERVER_ERROR)
}

fn problem(name: &str, report: &ProducerReport) -> String {
    format!("{name}: {} {}", report.outcome.label(), report.message.as_deref().unwrap_or_default())
}

impl Site for Pages {
    async fn answer(&self, request: &Request) -> Answer {
        match request.path() {
            "/" | "/statistics" => self.statistics(request).await,
            "/statistics.css" => Answer::of("text/css; charset=utf-8", STATISTICS_STYLE),
            "/metrics" => self.metrics(Format::asked_for(request.accept())).await,
            "/healthz" => Answer::text("ok"),
            _ => Answer::not_found("there are /statistics, /metrics and /healthz"),
        }
    }
}
