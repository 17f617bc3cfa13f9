//! The fleet in five figures: 200 lines of 200 nodes cannot be read.
//!
//! Minimum, median, 95th percentile and maximum of the nodes' values are one graph, and their sum is another: in one with
//! them it would press them flat. Of a counter they are those of the nodes' rates, which [`super::state`] works out.

use super::drawing::{Datum, Line};
use super::graph::Graph;
use super::source::{Part, Row, Series, Source, paired};
use super::state::State;
use crate::snapshot::Value;
use statsgrid_wire::Number;

/// A figure's field, what it is called and means, and which of the sorted values it is: the one at `int(p * n)` of `n`, as
/// the original took its percentiles.
const FIGURES: [(&str, &str, &str, Position); 4] = [
    ("min", "minimum", "The least value of a node.", Position::First),
    ("median", "median", "Half of the nodes have no more.", Position::At(0.5)),
    ("p95", "95th percentile", "Of 100 nodes 95 have no more.", Position::At(0.95)),
    ("max", "maximum", "The greatest value of a node.", Position::Last),
];

#[derive(Clone, Copy)]
enum Position {
    First,
    At(f64),
    Last,
}

/// The spread, and the sum.
pub fn parts(
    source: &Source<'_>,
    graph: &Graph,
    shown: &[Series<'_>],
    below: &[Series<'_>],
    state: &mut State,
) -> Vec<Part> {
    let (spread, sums) = figures(source, graph, shown, state);
    let (spread_below, sums_below) = figures(source, graph, below, state);
    vec![
        Part { ending: "_fleet", title: ": spread over the fleet", lines: paired(spread, spread_below) },
        Part { ending: "_sum", title: ": sum over the fleet", lines: paired(sums, sums_below) },
    ]
}

fn figures(source: &Source<'_>, graph: &Graph, all: &[Series<'_>], state: &mut State) -> (Vec<Line>, Vec<Line>) {
    let (mut spread, mut sums) = (Vec::new(), Vec::new());
    for series in all {
        let sorted = if source.asked.values { sorted_values(series, state) } else { Vec::new() };
        let line = |field: &str, label: &str, info: &str| {
            let label = if series.short.is_empty() { label.to_owned() } else { format!("{} {label}", series.short) };
            let line = source.line(graph, format!("{}{field}", series.field_prefix), label, info.to_owned());
            // Stacked, figures would be added up.
            Line { draw: "", ..line }
        };
        let figure = |(field, label, info, position): (&str, &str, &str, Position)| Line {
            value: position.of(&sorted),
            ..line(field, label, info)
        };
        spread.extend(FIGURES.map(figure));
        // A range that one node is to stay in says nothing of their sum.
        let line = line("sum", "sum", "The values of all nodes added up.");
        sums.push(Line { value: sum(&sorted), limits: source.thresholds.of_field(&line.field), ..line });
    }
    (spread, sums)
}

/// What the nodes have at present, the least first.
fn sorted_values(series: &Series<'_>, state: &mut State) -> Vec<Datum> {
    let mut values: Vec<Datum> = if series.meaning.rate {
        let rate = |row: &Row<'_>| state.rate(&series.remembered, row.node.key.as_str(), row.cell).map(Datum::Float);
        let rates = series.rows.iter().filter_map(rate).collect();
        state.keep(&series.remembered, series.rows.iter().map(|row| (row.node.key.as_str(), row.cell)));
        rates
    } else {
        series.rows.iter().filter_map(|row| row.cell.value.map(Datum::Given)).collect()
    };
    values.sort_by(|a, b| a.as_f64().total_cmp(&b.as_f64()));
    values
}

impl Position {
    fn of(self, sorted: &[Datum]) -> Option<Datum> {
        match self {
            Self::First => sorted.first().copied(),
            Self::At(part) => sorted.get((part * sorted.len() as f64) as usize).copied(),
            Self::Last => sorted.last().copied(),
        }
    }
}

/// Exact, as long as all are integers.
fn sum(values: &[Datum]) -> Option<Datum> {
    let integer = |datum: &Datum| match datum {
        Datum::Given(Value::Count(count)) => Some(i128::from(*count)),
        Datum::Given(Value::Number(Number::Integer(integer))) => Some(i128::from(*integer)),
        Datum::Given(Value::Number(Number::Float(_))) | Datum::Sum(_) | Datum::Float(_) => None,
    };
    let exact: Option<i128> = values.iter().map(integer).sum();
    let sum = exact.map_or_else(|| Datum::Float(values.iter().map(|datum| datum.as_f64()).sum()), Datum::Sum);
    (!values.is_empty()).then_some(sum)
}
