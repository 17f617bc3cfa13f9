//! The nodes: when each answered and how its producers do. Of a fleet those that are away, and the others as one line.

use std::time::Duration;

use statsgrid_wire::message::Outcome;

use super::table::Table;
use super::{FEW, Node, words};
use crate::snapshot::{Record, RoundOutcome};

/// A line a node, or as many as say something, cut to `width`.
pub(super) fn overview(providers: &[Node<'_>], gatherers: &[Node<'_>], now_ms: u64, width: Option<usize>) -> String {
    let mut table = Table::left();
    table.row(["NODE", "KEY", "ANSWERED", "PRODUCERS"]);
    if providers.len() > FEW {
        fleet(&mut table, providers, now_ms);
    } else {
        providers.iter().for_each(|node| row(&mut table, node, producers(node.record, now_ms), now_ms));
    }
    gatherers.iter().for_each(|node| row(&mut table, node, "(the gatherer)".to_owned(), now_ms));
    table.render(width)
}

fn row(table: &mut Table, node: &Node<'_>, producers: String, now_ms: u64) {
    table.row([node.label.clone(), node.key.clone(), words::answered(node.record, now_ms), producers]);
}

/// Who is away, as far as a screen goes, and how many are there.
fn fleet(table: &mut Table, providers: &[Node<'_>], now_ms: u64) {
    let (away, there): (Vec<_>, Vec<_>) = providers.iter().partition(|node| is_away(node.record, now_ms));
    for node in away.iter().take(FEW) {
        row(table, node, producers(node.record, now_ms), now_ms);
    }
    if let Some(more) = away.len().checked_sub(FEW).filter(|more| *more > 0) {
        table.row([format!("{more} more"), String::new(), "missing or stale".to_owned()]);
    }
    let ages = there.iter().map(|node| now_ms.saturating_sub(node.record.timestamp.get()));
    if let (Some(least), Some(most)) = (ages.clone().min(), ages.max()) {
        let [least, most] = [least, most].map(|age| words::span(Duration::from_millis(age)));
        let answered = if least == most { format!("{most} ago") } else { format!("{least} to {most} ago") };
        let named = if away.is_empty() { "nodes" } else { "others" };
        let records = there.iter().map(|node| node.record);
        table.row([format!("{} {named}", there.len()), String::new(), answered, well(records)]);
    }
}

fn is_away(record: &Record, now_ms: u64) -> bool {
    let is_missing = matches!(record.outcome, Some(RoundOutcome::Missing | RoundOutcome::Gone));
    is_missing || !record.received().is_fresh(now_ms)
}

fn producers(record: &Record, now_ms: u64) -> String {
    // What has a pace of its own is older than the node's answer.
    let paced = record.producers.iter().filter_map(|(name, producer)| {
        let age = now_ms.saturating_sub(producer.taken_at?.get());
        producer.pace.map(|_| format!("{name} {} ago", words::span(Duration::from_millis(age))))
    });
    [well([record].into_iter())].into_iter().chain(paced).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// How many producers of these nodes are well.
fn well<'a>(records: impl Iterator<Item = &'a Record>) -> String {
    let (mut all, mut ok) = (0, 0);
    for (_, producer) in records.flat_map(|record| record.producers.iter()) {
        all += 1;
        ok += usize::from(producer.outcome == Outcome::Ok);
    }
    match all {
        0 => String::new(),
        _ if ok == all => format!("{all} ok"),
        _ => format!("{ok} of {all} ok"),
    }
}
