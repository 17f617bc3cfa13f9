//! Which path shows what.

use std::sync::Arc;

use statsgrid_wire::daemon::web::{Answer, Request, STATISTICS_STYLE, Site, Statistics};
use statsgrid_wire::message::{Outcome, ProducerReport};

use super::sample::LastSample;
use crate::node::Node;

/// All that a node shows of itself.
pub(crate) struct Pages {
    node: Arc<Node>,
    last: LastSample,
}

impl Pages {
    /// Of this node.
    pub(crate) fn of(node: Arc<Node>) -> Self {
        Self { node, last: LastSample::default() }
    }

    async fn statistics(&self, request: &Request) -> Answer {
        // What a poll would get, but never cut to fit a message.
        let taken = self.last.of(&self.node).await;
        let sample = self.node.sample(&taken, 0, &[]);
        let ill = sample.producers.iter().filter(|(_, report)| report.outcome != Outcome::Ok);
        let ill = ill.map(|(name, report)| problem(name, report));
        let notes: Vec<String> = [self.node.identity.public_key().to_string()].into_iter().chain(ill).collect();
        let title = format!("Statistics of {}", self.node.nickname);
        Statistics { title: &title, notes: &notes, counters: &sample.counters, stats: &sample.stats }.answer(request)
    }
}

fn problem(name: &str, report: &ProducerReport) -> String {
    format!("{name}: {} {}", report.outcome.label(), report.message.as_deref().unwrap_or_default())
}

impl Site for Pages {
    async fn answer(&self, request: &Request) -> Answer {
        match request.path() {
            "/" | "/statistics" => self.statistics(request).await,
            "/statistics.css" => Answer::of("text/css; charset=utf-8", STATISTICS_STYLE),
            "/healthz" => Answer::text("ok"),
            _ => Answer::not_found("there are /statistics, /metrics and /healthz"),
        }
    }
}
