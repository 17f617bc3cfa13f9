//! A few values of many nodes: a line a node, a column a value.

use std::collections::BTreeSet;

use super::matrix::{ABSENT, cell};
use super::table::{GAP, Table, terminal_width};
use super::{Node, View};
use crate::snapshot::Series;

/// The values that were asked for by name, of each node that has one of them; none if they would not fit side by side.
pub(super) fn list(nodes: &[Node<'_>], view: View<'_>) -> Option<String> {
    let series = series(nodes, view)?;
    let mut table = Table::numbers();
    let headings = series.iter().map(|(_, name)| format!("{name} "));
    table.row(["NODE".to_owned()].into_iter().chain(headings));
    for node in nodes {
        let value = |(is_counter, name): &(bool, &str)| {
            let series = if *is_counter { Series::Counter(name) } else { Series::Stat(name) };
            node.record.value(series).map(|_| cell(node.record, series, view.now_ms))
        };
        let values: Vec<Option<String>> = series.iter().map(value).collect();
        if values.iter().any(Option::is_some) {
            let cells = values.into_iter().map(|value| value.unwrap_or_else(|| ABSENT.to_owned()));
            table.row([node.label.clone()].into_iter().chain(cells));
        }
    }
    (table.width() <= view.width).then(|| table.render(None))
}

/// The stats, then the counters, by name; none if already their names are too long to stand side by side.
fn series<'a>(nodes: &[Node<'a>], view: View<'_>) -> Option<BTreeSet<(bool, &'a str)>> {
    let mut series = BTreeSet::new();
    let mut width = 0;
    for node in nodes {
        let stats = node.record.stats.stats.iter().map(|(name, _)| (false, name));
        let counters = node.record.stats.counters.iter().map(|(name, _)| (true, name));
        for one in stats.chain(counters).filter(|(_, name)| view.chosen.takes(name)) {
            if series.insert(one) {
                width += GAP.len() + terminal_width(one.1);
            }
        }
        if width > view.width {
            return None;
        }
    }
    Some(series)
}
