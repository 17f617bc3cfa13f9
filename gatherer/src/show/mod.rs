//! A snapshot as a table for people: who answered, what is wrong, and every value.
//!
//! A value's row is its full name, so that it can be searched for, and its column is its node: as many nodes stand side
//! by side as fit the width, the next ones below them. So three nodes make one matrix, and in a narrow terminal, or
//! under long names, it becomes a list by node. The gatherer's own stats share no name with the others' and come last.
//!
//! Nicknames and messages are others' text and are made harmless. Left out on purpose: colours, so that a pipe gets
//! what a terminal does, and choosing among nodes and stats.

mod matrix;
pub(crate) mod problems;
pub(crate) mod table;
pub(crate) mod words;

use std::time::Duration;

use statsgrid_wire::PublicKey;
use statsgrid_wire::message::Outcome;

use crate::snapshot::label::{is_harmless, key_chars, labels};
use crate::snapshot::{Record, Role, Snapshot};
pub use matrix::Values;
use table::Table;

/// Columns of a terminal that is none: a pipe or a file, which lines are laid out for but never cut to.
const PLAIN_WIDTH: usize = 120;

/// Characters of a nickname that fit above a column of values.
const LABEL_CHARS: usize = 20;

/// The table of `snapshot` at `now_ms`, for a terminal of `width` columns, or for a pipe or a file.
pub fn show(snapshot: &Snapshot, now_ms: u64, width: Option<usize>, shown: Values) -> String {
    let nodes = nodes(snapshot);
    if nodes.is_empty() {
        return "no provider has been heard of yet\n".to_owned();
    }
    let (gatherers, providers): (Vec<Node<'_>>, Vec<Node<'_>>) =
        nodes.into_iter().partition(|node| node.record.role == Role::Gatherer);
    let mut values = matrix::matrix(&providers, now_ms, width.unwrap_or(PLAIN_WIDTH), shown);
    values.extend(matrix::matrix(&gatherers, now_ms, width.unwrap_or(PLAIN_WIDTH), shown));
    if values.iter().any(|section| section.contains(matrix::STALE)) {
        values.push(format!("{}\n", matrix::LEGEND));
    }
    let mut sections = vec![overview(&providers, &gatherers, now_ms), problems::problems(&providers, width)];
    sections.append(&mut values);
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

/// A record with what its node is called here.
#[derive(Clone, Debug)]
struct Node<'a> {
    key: String,
    label: String,
    record: &'a Record,
}

/// All nodes by label, which is what people look for.
fn nodes(snapshot: &Snapshot) -> Vec<Node<'_>> {
    let keys: Vec<PublicKey> = snapshot.records.keys().copied().collect();
    let nicknames: Vec<_> = snapshot.records.iter().map(|(key, record)| (*key, record.nickname.as_str())).collect();
    let chars = key_chars(&keys);
    let labels = labels(&nicknames, LABEL_CHARS, is_harmless);
    let mut nodes: Vec<Node<'_>> = snapshot
        .records
        .iter()
        .zip(labels)
        .map(|((key, record), label)| Node { key: format!("{key:.chars$}…"), label, record })
        .collect();
    nodes.sort_by(|a, b| a.label.cmp(&b.label));
    nodes
}

/// One line a node: when it answered and how its producers do.
fn overview(providers: &[Node<'_>], gatherers: &[Node<'_>], now_ms: u64) -> String {
    let mut table = Table::left();
    table.row(["NODE", "KEY", "ANSWERED", "PRODUCERS"]);
    let mut row = |node: &Node<'_>, producers: String| {
        table.row([node.label.clone(), node.key.clone(), words::answered(node.record, now_ms), producers]);
    };
    providers.iter().for_each(|node| row(node, producers(node.record, now_ms)));
    gatherers.iter().for_each(|node| row(node, "(the gatherer)".to_owned()));
    table.render(None)
}

fn producers(record: &Record, now_ms: u64) -> String {
    let all = record.producers.len();
    let ok = record.producers.iter().filter(|(_, producer)| producer.outcome == Outcome::Ok).count();
    let well = match all {
        0 => String::new(),
        _ if ok == all => format!("{all} ok"),
        _ => format!("{ok} of {all} ok"),
    };
    // What has a pace of its own is older than the node's answer.
    let paced = record.producers.iter().filter_map(|(name, producer)| {
        let age = now_ms.saturating_sub(producer.taken_at?.get());
        producer.pace.map(|_| format!("{name} {} ago", words::span(Duration::from_millis(age))))
    });
    [well].into_iter().chain(paced).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
