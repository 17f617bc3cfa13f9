//! Values by name and node: as many nodes side by side as fit.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{GAP, Table, terminal_width};
use super::{Node, View, words};
use crate::snapshot::{Record, Series};

/// Behind a value that is too old to be shown as the present one.
pub(super) const STALE: char = '*';

/// What it means.
pub(super) const LEGEND: &str = "* stale: taken more than 300 s ago, or longer ago than twice its producer's pace";

/// A node that has no such value.
pub(super) const ABSENT: &str = "- ";

/// Tables of all values of `nodes`, none wider than the view unless one node is.
pub(super) fn matrix(nodes: &[Node<'_>], view: View<'_>) -> Vec<String> {
    tables(&nodes.iter().map(|node| Column::of(node, view)).filter(Column::is_filled).collect::<Vec<_>>(), view.width)
}

/// Tables of these columns, none wider than `width` unless one column is.
pub(super) fn tables(columns: &[Column<'_>], width: usize) -> Vec<String> {
    bands(columns, width).into_iter().map(band).collect()
}

/// A node's values as they are printed, by name; or one figure of a fleet's.
pub(super) struct Column<'a> {
    pub(super) heading: String,
    pub(super) stats: BTreeMap<&'a str, String>,
    pub(super) counters: BTreeMap<&'a str, String>,
}

impl<'a> Column<'a> {
    fn of(node: &Node<'a>, view: View<'_>) -> Self {
        let (record, now_ms) = (node.record, view.now_ms);
        let stats = record.stats.stats.iter().filter(|(name, _)| view.chosen.shows_stat(name));
        let stats = stats.map(|(name, _)| (name, cell(record, Series::Stat(name), now_ms)));
        let counters = record.stats.counters.iter().filter(|(name, count)| view.chosen.shows_counter(name, **count));
        let counters = counters.map(|(name, _)| (name, cell(record, Series::Counter(name), now_ms)));
        Self { heading: format!("{} ", node.label), stats: stats.collect(), counters: counters.collect() }
    }

    pub(super) fn is_filled(&self) -> bool {
        !(self.stats.is_empty() && self.counters.is_empty())
    }

    fn width(&self) -> usize {
        let cells = self.stats.values().chain(self.counters.values()).chain([&self.heading]);
        cells.map(|cell| terminal_width(cell)).max().unwrap_or_default()
    }

    fn name_width(&self) -> usize {
        self.stats.keys().chain(self.counters.keys()).map(|name| name.len()).max().unwrap_or_default()
    }
}

/// A value and whether it is stale. The mark has its place in each cell, so that digits stand under digits.
pub(super) fn cell(record: &Record, series: Series<'_>, now_ms: u64) -> String {
    let value = record.value(series).map(words::value).unwrap_or_default();
    let mark = if record.taken(series).is_fresh(now_ms) { ' ' } else { STALE };
    format!("{value}{mark}")
}

/// Neighbours that fit `width` together, beside the longest of all names: so the bands' columns start alike.
fn bands<'c, 'a>(columns: &'c [Column<'a>], width: usize) -> Vec<&'c [Column<'a>]> {
    let names = columns.iter().map(Column::name_width).max().unwrap_or_default();
    let mut bands = Vec::new();
    let mut rest = columns;
    while !rest.is_empty() {
        let mut used = names;
        let fits = |column: &&Column<'_>| {
            used += GAP.len() + column.width();
            used <= width
        };
        let (band, next) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        bands.push(band);
        rest = next;
    }
    bands
}

fn band(columns: &[Column<'_>]) -> String {
    let mut table = Table::numbers();
    section(&mut table, "STATS", columns, |column| &column.stats);
    section(&mut table, "COUNTERS", columns, |column| &column.counters);
    table.render(None)
}

/// One kind of values under its title, if any of the nodes has one.
fn section<'c, 'a>(
    table: &mut Table,
    title: &str,
    columns: &'c [Column<'a>],
    kind: impl Fn(&'c Column<'a>) -> &'c BTreeMap<&'a str, String>,
) {
    let names: BTreeSet<&str> = columns.iter().flat_map(|column| kind(column).keys().copied()).collect();
    if names.is_empty() {
        return;
    }
    if !table.is_empty() {
        table.row([""]);
    }
    table.row([title].into_iter().chain(columns.iter().map(|column| column.heading.as_str())));
    for name in names {
        let value = |column: &'c Column<'a>| kind(column).get(name).map_or(ABSENT, String::as_str);
        table.row([name].into_iter().chain(columns.iter().map(value)));
    }
}
