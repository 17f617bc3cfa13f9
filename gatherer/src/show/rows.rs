//! One row a value, with all that is known of it: what JSON and CSV hold.
//!
//! Rows are made one by one from what lies in memory, so that a fleet's are never there as a whole.

use serde::Serialize;
use statsgrid_wire::PublicKey;

use super::Chosen;
use crate::snapshot::{Meanings, Millis, Record, Series, Snapshot, Value};

/// One value.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Row<'a> {
    /// The node's key.
    pub provider: &'a str,
    /// What people call the node: any text.
    pub nickname: &'a str,
    /// The value's full name.
    pub name: &'a str,
    /// Whether it only goes up: `counter` or `gauge`.
    pub kind: &'static str,
    /// With all its digits.
    pub value: Value,
    /// As its producer describes it.
    pub unit: Option<&'a str>,
    /// As its producer describes it.
    pub help: Option<&'a str>,
    /// By the gatherer's clock.
    pub taken_at: Option<Millis>,
    /// How long ago that was; less than 0 where the clock was turned back since.
    pub age_s: Option<f64>,
    /// Whether that is too long ago for it to be the present value.
    pub stale: bool,
}

/// The values that are `chosen`, by key and name.
pub fn rows<'a>(
    snapshot: &'a Snapshot,
    meanings: &'a Meanings<'a>,
    chosen: &'a Chosen,
    now_ms: u64,
) -> impl Iterator<Item = Row<'a>> {
    let records = snapshot.records.iter().filter(|(key, record)| chosen.takes_node(key, record));
    records.flat_map(move |(key, record)| {
        let node = OfNode { key, record, meanings, now_ms };
        values(record).filter(|(name, ..)| chosen.takes(name)).map(move |value| node.row(value))
    })
}

/// All values of a record.
fn values(record: &Record) -> impl Iterator<Item = (&str, Series<'_>, Value)> {
    let stats = record.stats.stats.iter().map(|(name, number)| (name, Series::Stat(name), Value::Number(*number)));
    let counters = record.stats.counters.iter();
    stats.chain(counters.map(|(name, count)| (name, Series::Counter(name), Value::Count(*count))))
}

/// What all rows of a node have in common.
#[derive(Clone, Copy)]
struct OfNode<'a> {
    key: &'a PublicKey,
    record: &'a Record,
    meanings: &'a Meanings<'a>,
    now_ms: u64,
}

impl<'a> OfNode<'a> {
    fn row(self, (name, series, value): (&'a str, Series<'a>, Value)) -> Row<'a> {
        let (meaning, taken) = (self.meanings.get(self.record, series), self.record.taken(series));
        let taken_at = Some(taken.at).filter(|at| at.get() > 0);
        let age_ms = |at: Millis| self.now_ms.wrapping_sub(at.get()).cast_signed();
        Row {
            provider: self.key.as_str(),
            nickname: &self.record.nickname,
            name,
            kind: if meaning.counts { "counter" } else { "gauge" },
            value,
            unit: meaning.unit,
            help: meaning.help,
            taken_at,
            age_s: taken_at.map(|at| age_ms(at) as f64 / 1000.0),
            stale: !taken.is_fresh(self.now_ms),
        }
    }
}
