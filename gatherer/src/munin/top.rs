//! The ten nodes with the highest values, each with a line of its own.
//!
//! The lines are the nodes' own, and not "first" to "tenth": a line's history is then one node's. Which nodes these are
//! is chosen when munin asks how to draw, and the fetch that follows gives values of the same. Of a counter they are those
//! with the highest rates, and, before there are rates, with the highest counts; the rates are given as they are, for of a
//! count munin would know none before a node had been chosen twice.

use std::collections::BTreeSet;

use super::drawing::{Datum, Line};
use super::graph::Graph;
use super::limits::TOP;
use super::link::View;
use super::source::{Part, Row, Series, Source, paired};
use super::state::State;

/// The top ten of each series, with what lies below the axis for these.
pub fn parts(
    source: &Source<'_>,
    graph: &Graph,
    shown: &[Series<'_>],
    below: &[Series<'_>],
    state: &mut State,
) -> Vec<Part> {
    let (mut lines, mut lines_below) = (Vec::new(), Vec::new());
    for series in shown {
        let keys = keys(source, series, state);
        lines.extend(node_lines(source, graph, series, &keys, state));
        // Only a graph of one stat has another below.
        for below in below {
            lines_below.extend(node_lines(source, graph, below, &keys, state));
        }
    }
    vec![Part { ending: View::Top10.ending(), title: ": top ten nodes", lines: paired(lines, lines_below) }]
}

/// The lines of these nodes, a counter's as rates.
fn node_lines(
    source: &Source<'_>,
    graph: &Graph,
    series: &Series<'_>,
    keys: &BTreeSet<String>,
    state: &mut State,
) -> Vec<Line> {
    let is_shown = |row: &Row<'_>| keys.contains(row.node.key.as_str());
    let lines = source.lines(graph, series, is_shown);
    if !series.meaning.rate {
        return lines;
    }
    if source.asked.values {
        state.keep(&series.remembered, series.rows.iter().map(|row| (row.node.key.as_str(), row.cell)));
    }
    let rate = |row: &Row<'_>| state.rate(&series.remembered, row.node.key.as_str(), row.cell).map(Datum::Float);
    let rates = series.rows.iter().filter(|row| is_shown(row)).map(rate);
    lines.into_iter().zip(rates).map(|(line, value)| Line { rate: false, value, ..line }).collect()
}

fn keys(source: &Source<'_>, series: &Series<'_>, state: &mut State) -> BTreeSet<String> {
    let asked = source.asked;
    let chosen = state.chosen(&series.remembered).filter(|_| !asked.config).map(<[String]>::to_vec);
    let keys = chosen.unwrap_or_else(|| highest(series, state));
    if asked.config {
        state.choose(&series.remembered, keys.clone());
    }
    keys.into_iter().collect()
}

fn highest(series: &Series<'_>, state: &State) -> Vec<String> {
    let rate = |row: &Row<'_>| state.rate(&series.remembered, row.node.key.as_str(), row.cell);
    let value = |row: &Row<'_>| row.cell.value.map(|value| Datum::Given(value).as_f64());
    let mut ranked: Vec<(Option<f64>, f64, &Row<'_>)> = series
        .rows
        .iter()
        .filter_map(|row| Some((if series.meaning.rate { rate(row) } else { None }, value(row)?, row)))
        .collect();
    let order = |rate: Option<f64>| rate.unwrap_or(f64::NEG_INFINITY);
    ranked.sort_by(|(rate_a, value_a, a), (rate_b, value_b, b)| {
        let by_rate = order(*rate_b).total_cmp(&order(*rate_a));
        by_rate.then(value_b.total_cmp(value_a)).then(a.node.key.cmp(&b.node.key))
    });
    ranked.iter().take(TOP).map(|(_, _, row)| row.node.key.as_str().to_owned()).collect()
}
