//! A gatherer's own record, of all its shards together.
//!
//! They have one identity, so it is one record. What is counted is added up, and what is a time is that of the shard
//! that is worst off: so one shard that stands still, or is slow, shows as it would if it were alone.

use std::collections::BTreeMap;

use statsgrid_wire::Number;

use crate::round::{INTERVAL_STAT, SHARD_STAT, SHARDS_STAT};
use crate::snapshot::Record;

/// Stats of which the least counts.
const LEAST: [&str; 1] = ["statsgrid.uptime"];

/// Stats of which the greatest counts, by the beginnings of their names.
const GREATEST: [&str; 5] =
    [INTERVAL_STAT, SHARDS_STAT, "statsgrid.round_seconds", "statsgrid.write_seconds", "statsgrid.troubled_at."];

/// Adds the record of another shard to that of one or more.
pub(super) fn join(held: &mut Record, other: &Record) {
    let mut counters: BTreeMap<&str, u64> = held.stats.counters.iter().map(|(name, count)| (name, *count)).collect();
    for (name, count) in other.stats.counters.iter() {
        let sum = counters.entry(name).or_default();
        *sum = sum.saturating_add(*count);
    }
    let counters = counters.into_iter().collect();
    let mut stats: BTreeMap<&str, Number> = held.stats.stats.iter().map(|(name, number)| (name, *number)).collect();
    for (name, number) in other.stats.stats.iter() {
        stats.entry(name).and_modify(|held| *held = joined(name, *held, *number)).or_insert(*number);
    }
    // It is no shard's any more.
    stats.remove(SHARD_STAT);
    let stats = stats.into_iter().collect();
    (held.stats.counters, held.stats.stats) = (counters, stats);
    held.timestamp = held.timestamp.min(other.timestamp);
    held.round = held.round.min(other.round);
    held.sequence = held.sequence.min(other.sequence);
    // When one of them is started anew, the sums go down: who draws rates has to see that.
    held.started_at = held.started_at.max(other.started_at);
    held.instance = None;
}

fn joined(name: &str, held: Number, other: Number) -> Number {
    let greater = if other.as_f64() > held.as_f64() { other } else { held };
    if LEAST.contains(&name) {
        if other.as_f64() < held.as_f64() { other } else { held }
    } else if GREATEST.iter().any(|beginning| name.starts_with(beginning)) {
        greater
    } else if let (Number::Integer(held), Number::Integer(other)) = (held, other) {
        Number::Integer(held.saturating_add(other))
    } else {
        greater
    }
}
