//! A fleet's snapshot: so many nodes, each with 20 stats and counters of four producers, as the demo's nodes have them.

use std::path::Path;

use statsgrid_gatherer::snapshot::{Millis, ProducerRecord, Record, RoundOutcome, Stats, write_snapshot};
use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Hash, Hex, Identity, Number, PublicKey};

use crate::Failed;

const COUNTERS: [&str; 4] =
    ["storage_server.bytes_added", "storage_server.bytes_freed", "latencies.lines", "latencies.lines_unread"];
const INTEGERS: [&str; 7] = [
    "storage_server.consumed",
    "storage_server.disk_avail",
    "storage_server.disk_total",
    "storage_server.disk_used",
    "host.memory.available",
    "host.memory.total",
    "latencies.get.samplesize",
];
const FLOATS: [&str; 9] = [
    "host.cpu.system",
    "host.cpu.user",
    "host.load1",
    "host.uptime",
    "latencies.get.50_0_percentile",
    "latencies.get.90_0_percentile",
    "latencies.get.mean",
    "load_monitor.avg_load",
    "load_monitor.max_load",
];
const PRODUCERS: [&str; 4] = ["host", "latencies", "load_monitor", "storage_server"];

/// Numbers of this many nodes; then they come again, under other keys.
const VARIETY: u64 = 1_000;

/// Writes it at `path`, as the gatherer would.
pub fn write(path: &Path, nodes: usize, record: impl Fn(u64) -> Record) -> Result<(), Failed> {
    let mut keys = Vec::with_capacity(nodes);
    for _ in 0..nodes {
        keys.push(Identity::generate()?.public_key());
    }
    keys.sort();
    let records: Vec<Record> = (0..VARIETY).map(record).collect();
    let in_order = keys.iter().copied().zip(records.iter().cycle());
    write_snapshot(path, in_order.map(|(key, record): (PublicKey, &Record)| (key, record)))?;
    Ok(())
}

/// What one of its nodes said just before `now_ms`.
pub fn record(node: u64, now_ms: u64) -> Record {
    // Strides that share no factor with the ranges: neighbours differ in each digit.
    let number = |place: usize| (node + 1).wrapping_mul(618_033_988_749_895_939).rotate_left(7 * place as u32);
    let integer = |place: usize| number(place) % 1_000_000_000_000;
    let float = |place: usize| (number(place) >> 11) as f64 / (1_u64 << 50) as f64;
    let counters = COUNTERS.iter().enumerate().map(|(place, name)| (*name, integer(place)));
    let integers = INTEGERS.iter().enumerate().map(|(place, name)| (*name, Number::Integer(integer(place) as i64)));
    let floats = FLOATS.iter().enumerate().map(|(place, name)| (*name, Number::Float(float(place))));
    let received = now_ms - node % 1_000;
    let producers = PRODUCERS.iter().map(|name| (*name, producer(name, received - 3)));
    let mut instance = [0; 16];
    instance.iter_mut().zip(number(3).to_le_bytes().iter().cycle()).for_each(|(byte, random)| *byte = *random);
    Record {
        timestamp: Millis::new(received),
        stats: Stats { counters: counters.collect(), stats: integers.chain(floats).collect() },
        instance: Some(Hex(instance)),
        sequence: 1 + node,
        started_at: Some(Millis::new(now_ms - 86_400_000 + 17 * node)),
        round: now_ms - now_ms % 60_000,
        producers: producers.collect(),
        outcome: Some(RoundOutcome::Ok),
        first_seen: Some(Millis::new(now_ms - 90_000_000 + 13 * node)),
        ..Record::unanswered(format!("storage-{node:04}.example.net"))
    }
}

fn producer(name: &str, taken_at: u64) -> ProducerRecord {
    ProducerRecord {
        outcome: Outcome::Ok,
        message: None,
        taken_at: Some(Millis::new(taken_at)),
        pace: None,
        digest: Some(Hash::of(name.as_bytes())),
        description: Some(Hash::of(format!("description of {name}").as_bytes())),
    }
}
