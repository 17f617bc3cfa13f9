//! A snapshot as a table for people: who answered, what is wrong, and every value.
//!
//! A value's row is its full name, so that it can be searched for, and its column is its node: as many nodes stand side
//! by side as fit the width, the next ones below them. So three nodes make one matrix, and in a narrow terminal, or
//! under long names, it becomes a list by node. The gatherer's own stats share no name with the others' and come last.
//!
//! More nodes than can be read so have their values as figures over all of them (`fleet`), or, where few values were
//! asked for by name, a line each (`list`).
//!
//! For programs the same values are rows of JSON or CSV (`rows`), with nothing left out, and exact. Nicknames and messages
//! are others' text and are made harmless. Left out on purpose: colours, so that a pipe gets what a terminal does.

mod chosen;
mod csv;
mod fleet;
mod json;
mod list;
mod matrix;
mod overview;
pub(crate) mod problems;
mod rows;
pub(crate) mod table;
pub(crate) mod words;

use statsgrid_wire::PublicKey;

use crate::snapshot::label::{is_harmless, key_chars, labels};
use crate::snapshot::{Record, Role, Snapshot};
pub use chosen::{Chosen, NothingChosen};
pub use csv::write_csv;
pub use json::write_json;
pub use rows::{Row, rows};

/// Columns of a terminal that is none: a pipe or a file, which lines are laid out for but never cut to.
const PLAIN_WIDTH: usize = 120;

/// Characters of a nickname that fit above a column of values.
const LABEL_CHARS: usize = 20;

/// Nodes that are shown one by one: more are a fleet, of which nobody reads every value.
const FEW: usize = 20;

/// The table of what is `chosen` of `snapshot` at `now_ms`, for a terminal of `width` columns, or for a pipe or a file.
pub fn show(snapshot: &Snapshot, now_ms: u64, width: Option<usize>, chosen: &Chosen) -> String {
    if snapshot.records.is_empty() {
        return "no provider has been heard of yet\n".to_owned();
    }
    let nodes = nodes(snapshot, chosen);
    let (gatherers, providers): (Vec<Node<'_>>, Vec<Node<'_>>) =
        nodes.into_iter().partition(|node| node.record.role == Role::Gatherer);
    let view = View { chosen, now_ms, width: width.unwrap_or(PLAIN_WIDTH) };
    let overview = overview::overview(&providers, &gatherers, now_ms, width);
    let mut sections = vec![overview, problems::problems(&providers, width)];
    let mut values = values(&providers, view);
    values.extend(matrix::matrix(&gatherers, view));
    if values.iter().any(|section| section.contains(matrix::STALE)) {
        values.push(format!("{}\n", matrix::LEGEND));
    }
    sections.append(&mut values);
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

/// How the nodes' values are looked at.
#[derive(Clone, Copy, Debug)]
struct View<'a> {
    chosen: &'a Chosen,
    now_ms: u64,
    width: usize,
}

/// The values of `nodes`, in the form that their number asks for.
fn values(nodes: &[Node<'_>], view: View<'_>) -> Vec<String> {
    if nodes.len() <= FEW {
        return matrix::matrix(nodes, view);
    }
    if let Some(list) = view.chosen.has_stats().then(|| list::list(nodes, view)).flatten() {
        return vec![list];
    }
    let mut tables = matrix::tables(&fleet::columns(nodes, view), view.width);
    if !tables.is_empty() {
        let nodes = nodes.len();
        tables.push(format!("over {nodes} nodes; --node and --stat choose, --json and --csv give every value\n"));
    }
    tables
}

/// A record with what its node is called here.
#[derive(Clone, Debug)]
struct Node<'a> {
    key: String,
    label: String,
    record: &'a Record,
}

/// The chosen nodes by label, which is what people look for.
fn nodes<'s>(snapshot: &'s Snapshot, chosen: &Chosen) -> Vec<Node<'s>> {
    // What a node is called does not depend on who else is shown.
    let keys: Vec<PublicKey> = snapshot.records.keys().copied().collect();
    let nicknames: Vec<_> = snapshot.records.iter().map(|(key, record)| (*key, record.nickname.as_str())).collect();
    let chars = key_chars(&keys);
    let labels = labels(&nicknames, LABEL_CHARS, is_harmless);
    let mut nodes: Vec<Node<'_>> = snapshot
        .records
        .iter()
        .zip(labels)
        .filter(|((key, record), _)| chosen.takes_node(key, record))
        .map(|((key, record), label)| Node { key: format!("{key:.chars$}…"), label, record })
        .collect();
    nodes.sort_by(|a, b| a.label.cmp(&b.label));
    nodes
}

#[cfg(test)]
mod tests;
