//! What is wrong, by node: producers whose stats are missing or doubtful, and polls that were not answered with stats.

use std::collections::HashMap;
use std::time::Duration;

use statsgrid_wire::message::{Outcome, RefusalReason};

use super::table::Table;
use super::{Node, words};
use crate::snapshot::Refused;
use crate::snapshot::label::harmless;

/// Nodes that are named one by one for one problem: a component that fails everywhere is not to fill a thousand lines.
const NODES_NAMED: usize = 3;

/// Problems that are told one by one. Messages that differ from node to node are as many as there are nodes.
const PROBLEMS_TOLD: usize = 20;

/// One line a problem, cut to `width`; nothing if there is none. What many nodes have alike stands together, with the first
/// of them by name and the others by their number.
pub(super) fn problems(nodes: &[Node<'_>], width: Option<usize>) -> String {
    let mut table = Table::left();
    let problems = grouped(nodes);
    for (Problem { producer, cause, message }, labels) in problems.iter().take(PROBLEMS_TOLD) {
        for label in labels.iter().take(NODES_NAMED) {
            table.row([*label, producer, cause, message]);
        }
        if let Some(more) = labels.len().checked_sub(NODES_NAMED).filter(|more| *more > 0) {
            table.row([format!("and {more} more").as_str(), producer, cause, message]);
        }
    }
    if let Some(more) = problems.len().checked_sub(PROBLEMS_TOLD).filter(|more| *more > 0) {
        table.row([format!("and {more} other problems")]);
    }
    if table.is_empty() {
        return String::new();
    }
    table.heading(["NOT OK", "PRODUCER", "CAUSE", "MESSAGE"]);
    table.render(width)
}

/// What is wrong, whoever has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Problem<'a> {
    producer: &'a str,
    cause: &'a str,
    message: String,
}

/// All problems with the labels of those that have them, in the order of their first node.
fn grouped<'a>(nodes: &'a [Node<'_>]) -> Vec<(Problem<'a>, Vec<&'a str>)> {
    let mut groups: Vec<(Problem<'a>, Vec<&'a str>)> = Vec::new();
    let mut places: HashMap<Problem<'a>, usize> = HashMap::new();
    for (node, problem) in nodes.iter().flat_map(|node| of_node(node).map(move |problem| (node, problem))) {
        let place = *places.entry(problem.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, labels)) => labels.push(&node.label),
            None => groups.push((problem, vec![&node.label])),
        }
    }
    groups
}

fn of_node<'a>(node: &'a Node<'_>) -> impl Iterator<Item = Problem<'a>> {
    let failed = node.record.producers.iter().filter(|(_, producer)| producer.outcome != Outcome::Ok);
    let failed = failed.map(|(producer, report)| {
        let message = harmless(report.message.as_deref().unwrap_or_default());
        Problem { producer, cause: report.outcome.label(), message }
    });
    let refused = node.record.refused.map(refusal);
    failed.chain(refused.map(|message| Problem { producer: "(the node)", cause: "refused", message }))
}

pub(crate) fn refusal(refused: Refused) -> String {
    let apart = words::span(Duration::from_millis(refused.clock_ahead_ms.unsigned_abs()));
    let direction = if refused.clock_ahead_ms < 0 { "behind" } else { "ahead of" };
    match refused.reason {
        RefusalReason::Clock => format!("its clock is {apart} {direction} the gatherer's"),
        RefusalReason::Unknown => "for a reason that this version does not know".to_owned(),
    }
}
