//! Many values of many nodes: how each is spread over the fleet, for a thousand columns cannot be read.
//!
//! The figures are those of the munin plugin's graphs of a fleet, and each is one node's value with all that is shown of
//! it: nothing is averaged. Values that are stale are counted and are in no figure.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use statsgrid_wire::Number;

use super::matrix::Column;
use super::{Node, View, words};
use crate::snapshot::{Series, Value};

/// What a figure is called, and what it is of a spread that has it.
type Figure = (&'static str, fn(&Spread) -> Option<String>);

/// The percentile is the one at `int(p * n)` of `n` sorted values, as the original took its percentiles.
const FIGURES: [Figure; 6] = [
    ("NODES", |spread| Some(spread.fresh.len().to_string())),
    ("STALE", |spread| (spread.stale > 0).then(|| spread.stale.to_string())),
    ("MIN", |spread| spread.fresh.first().copied().map(words::value)),
    ("MEDIAN", |spread| spread.at(0.5)),
    ("P95", |spread| spread.at(0.95)),
    ("MAX", |spread| spread.fresh.last().copied().map(words::value)),
];

/// The figures of all values of `nodes`, a column each.
pub(super) fn columns<'a>(nodes: &[Node<'a>], view: View<'_>) -> Vec<Column<'a>> {
    let (mut stats, mut counters) = (Spreads::default(), Spreads::default());
    for node in nodes {
        for (name, number) in node.record.stats.stats.iter().filter(|(name, _)| view.chosen.shows_stat(name)) {
            let is_fresh = node.record.taken(Series::Stat(name)).is_fresh(view.now_ms);
            stats.entry(name).or_default().add(Value::Number(*number), is_fresh);
        }
        for (name, count) in node.record.stats.counters.iter().filter(|(name, n)| view.chosen.shows_counter(name, **n))
        {
            let is_fresh = node.record.taken(Series::Counter(name)).is_fresh(view.now_ms);
            counters.entry(name).or_default().add(Value::Count(*count), is_fresh);
        }
    }
    stats.values_mut().chain(counters.values_mut()).for_each(|spread| spread.fresh.sort_by(by_size));
    let figures = |(heading, figure): Figure| Column {
        heading: format!("{heading} "),
        stats: cells(&stats, figure),
        counters: cells(&counters, figure),
    };
    FIGURES.map(figures).into_iter().filter(Column::is_filled).collect()
}

/// Spreads by the names of their values.
type Spreads<'a> = BTreeMap<&'a str, Spread>;

fn cells<'a>(spreads: &Spreads<'a>, figure: fn(&Spread) -> Option<String>) -> BTreeMap<&'a str, String> {
    let cell = |(name, spread): (&&'a str, &Spread)| Some((*name, format!("{} ", figure(spread)?)));
    spreads.iter().filter_map(cell).collect()
}

/// One value over the fleet: the fresh ones, the least first, and how many are stale.
#[derive(Debug, Default)]
struct Spread {
    fresh: Vec<Value>,
    stale: usize,
}

impl Spread {
    fn add(&mut self, value: Value, is_fresh: bool) {
        if is_fresh {
            self.fresh.push(value);
        } else {
            self.stale += 1;
        }
    }

    fn at(&self, part: f64) -> Option<String> {
        self.fresh.get((part * self.fresh.len() as f64) as usize).copied().map(words::value)
    }
}

/// By size; integers that are one float are told apart.
fn by_size(a: &Value, b: &Value) -> Ordering {
    let size = |value: &Value| match *value {
        Value::Count(count) => (count as f64, i128::from(count)),
        Value::Number(Number::Integer(integer)) => (integer as f64, i128::from(integer)),
        Value::Number(Number::Float(float)) => (float, i128::MIN),
    };
    let ((a, exact_a), (b, exact_b)) = (size(a), size(b));
    a.total_cmp(&b).then(exact_a.cmp(&exact_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_values_of_nodes() {
        let mut spread = Spread::default();
        for count in (0..100).rev() {
            spread.add(Value::Count(u64::MAX - count), true);
        }
        spread.add(Value::Count(7), false);
        spread.fresh.sort_by(by_size);
        let figures = FIGURES.map(|(_, figure)| figure(&spread).unwrap_or_default());
        let expected = ["100", "1", "18446744073709551516", "18446744073709551566", "18446744073709551611"];
        assert_eq!(figures[..5], expected);
        assert_eq!(figures[5], u64::MAX.to_string());
        assert_eq!(
            FIGURES.map(|(_, figure)| figure(&Spread::default())),
            [Some("0".to_owned()), None, None, None, None, None]
        );
    }

    #[test]
    fn integers_and_floats_have_one_order() {
        let number = |number| Value::Number(number);
        let sorted = [
            number(Number::Integer(i64::MIN)),
            number(Number::Float(-0.5)),
            number(Number::Integer(0)),
            number(Number::Float(9_007_199_254_740_992.0)),
            number(Number::Integer(9_007_199_254_740_992)),
            number(Number::Integer(9_007_199_254_740_993)),
            number(Number::Float(1e300)),
        ];
        let mut values = sorted;
        values.reverse();
        values.sort_by(by_size);
        assert_eq!(values, sorted);
    }
}
