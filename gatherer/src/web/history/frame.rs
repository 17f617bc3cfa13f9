//! One round's values, as a picture needs them: 4 bytes each, a counter's as its rate.

use std::sync::Arc;

use statsgrid_wire::{Number, PublicKey};

use super::layout::{Layout, Node};
use crate::snapshot::{Record, Series, Value};
use crate::web::View;

/// A round.
#[derive(Debug)]
pub(in crate::web) struct Frame {
    /// When it ended, in Unix milliseconds.
    pub(super) at_ms: u64,
    pub(super) layout: Arc<Layout>,
    /// NaN: the node gave none in this round.
    values: Box<[f32]>,
}

impl Frame {
    /// Of the round that a view shows, with rates since the view `before`, and the layout of the `last` frame if nothing
    /// else is there now. None: no round has ended.
    pub(in crate::web) fn of(before: &View, view: &View, last: Option<&Arc<Layout>>) -> Option<Self> {
        let own = view.own()?;
        let (at_ms, round) = (own.timestamp.get(), own.round);
        let layout = Layout::of(view, last);
        let mut values = Vec::with_capacity(layout.values());
        for (node, (key, record)) in layout.nodes().iter().zip(view.records.iter()) {
            let before = before.record(*key).map(AsRef::as_ref);
            // One that did not answer in this round has a gap here, not its last value again.
            let present = (record.round == round).then_some(record.as_ref());
            let counters = node.schema.counters.iter().map(|name| (Series::Counter(name), true));
            let stats = node.schema.stats.iter().map(|stat| (Series::Stat(&stat.name), stat.counts));
            let value = |(series, counts)| present.and_then(|record| point(record, before, series, counts, at_ms));
            values.extend(counters.chain(stats).map(|series| value(series).unwrap_or(f32::NAN)));
        }
        Some(Self { at_ms, layout, values: values.into() })
    }

    /// The node's counters' rates.
    pub(super) fn counters(&self, key: PublicKey) -> impl Iterator<Item = (&str, f32)> {
        let node = self.layout.node(key);
        let names = node.into_iter().flat_map(|node| node.schema.counters.iter());
        names.map(AsRef::as_ref).zip(self.values_of(node, 0))
    }

    /// The node's stats.
    pub(super) fn stats(&self, key: PublicKey) -> impl Iterator<Item = (&str, f32)> {
        let node = self.layout.node(key);
        let names = node.into_iter().flat_map(|node| node.schema.stats.iter());
        names
            .map(|stat| stat.name.as_ref())
            .zip(self.values_of(node, node.map_or(0, |node| node.schema.counters.len())))
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.values) + size_of::<Self>()
    }

    fn values_of(&self, node: Option<&Node>, skip: usize) -> impl Iterator<Item = f32> {
        let start = node.map_or(self.values.len(), |node| node.start + skip);
        self.values.get(start..).unwrap_or_default().iter().copied()
    }
}

/// A value, or its growth a second. None: there is none, or it is too old to be this round's.
fn point(record: &Record, before: Option<&Record>, series: Series<'_>, counts: bool, at_ms: u64) -> Option<f32> {
    let taken = record.taken(series);
    let value = record.value(series).filter(|_| taken.is_fresh(at_ms))?;
    if !counts {
        return Some(as_f64(value) as f32);
    }
    growth(record, before?, series).map(|rate| rate as f32)
}

/// How fast a series grew between two records of one run, per second.
fn growth(record: &Record, before: &Record, series: Series<'_>) -> Option<f64> {
    let (value, earlier) = (record.value(series)?, before.value(series)?);
    let grown = match (value, earlier) {
        // Integers by themselves: large ones differ by less than a float can tell.
        (Value::Count(value), Value::Count(earlier)) => value.checked_sub(earlier)? as f64,
        (Value::Number(Number::Integer(value)), Value::Number(Number::Integer(earlier))) => {
            (i128::from(value) - i128::from(earlier)) as f64
        }
        _ => as_f64(value) - as_f64(earlier),
    };
    let ms = record.taken(series).at.get().checked_sub(before.taken(series).at.get()).filter(|ms| *ms > 0)?;
    let same_run = match series {
        // Counters that are kept go on in the next run: what matters is that they were not at 0 in between.
        Series::Counter(_) => record.started_at.is_some_and(|start| start <= before.timestamp),
        Series::Stat(_) => record.instance == before.instance,
    };
    (same_run && grown >= 0.0).then_some(grown * 1000.0 / ms as f64)
}

fn as_f64(value: Value) -> f64 {
    match value {
        Value::Count(count) => count as f64,
        Value::Number(number) => number.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Millis, Stats};

    #[test]
    fn large_integers_grow_exactly() {
        let check = |earlier: i64, value: i64, expected: Option<f64>| {
            let record = |at_ms: u64, value: i64| Record {
                timestamp: Millis::new(at_ms),
                stats: Stats { stats: [("s.x", Number::Integer(value))].into_iter().collect(), ..Stats::default() },
                ..Record::unanswered("n")
            };
            let grown = growth(&record(11_000, value), &record(1_000, earlier), Series::Stat("s.x"));
            assert_eq!(grown, expected, "from {earlier} to {value}");
        };
        check(0, 60, Some(6.0));
        check(i64::MAX - 60, i64::MAX, Some(6.0));
        check(i64::MIN, i64::MAX, Some(u64::MAX as f64 / 10.0));
        check(i64::MAX, i64::MAX - 60, None);
    }
}
