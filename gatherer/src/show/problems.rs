//! What is wrong, by node: producers whose stats are missing or doubtful, and polls that were not answered with stats.

use std::time::Duration;

use statsgrid_wire::message::{Outcome, RefusalReason};

use super::table::Table;
use super::{Node, words};
use crate::snapshot::Refused;
use crate::snapshot::label::harmless;

/// One line a problem, cut to `width`; nothing if there is none.
pub(super) fn problems(nodes: &[Node<'_>], width: Option<usize>) -> String {
    let mut table = Table::left();
    for node in nodes {
        for (name, producer) in node.record.producers.iter().filter(|(_, producer)| producer.outcome != Outcome::Ok) {
            let message = harmless(producer.message.as_deref().unwrap_or_default());
            table.row([&node.label, name, producer.outcome.label(), &message]);
        }
        if let Some(refused) = node.record.refused {
            table.row([&node.label, "(the node)", "refused", &refusal(refused)]);
        }
    }
    if table.is_empty() {
        return String::new();
    }
    table.heading(["NOT OK", "PRODUCER", "CAUSE", "MESSAGE"]);
    table.render(width)
}

pub(crate) fn refusal(refused: Refused) -> String {
    let apart = words::span(Duration::from_millis(refused.clock_ahead_ms.unsigned_abs()));
    let direction = if refused.clock_ahead_ms < 0 { "behind" } else { "ahead of" };
    match refused.reason {
        RefusalReason::Clock => format!("its clock is {apart} {direction} the gatherer's"),
        RefusalReason::Unknown => "for a reason that this version does not know".to_owned(),
    }
}
