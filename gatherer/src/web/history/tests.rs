//! A fleet of a few nodes over a few rounds.

use std::sync::Arc;

use statsgrid_wire::{Hex, Number, PublicKey};

use super::{Frame, History, Schemas};
use crate::limits::{HISTORY_BYTES, HISTORY_POINTS};
use crate::snapshot::samples::{ALPHA, BETA, GAMMA, key};
use crate::snapshot::{Catalogue, Millis, Record, Role, Stats};
use crate::web::View;

const START: u64 = 1_795_358_400_000;

/// A reply of the node's first run, or of one that has just begun.
fn record(at_ms: u64, round: u64, run: u8, count: u64, load: f64) -> Record {
    let stats = Stats {
        counters: [("s.count", count)].into_iter().collect(),
        stats: [("s.load", Number::Float(load))].into_iter().collect(),
    };
    let instance = Some(Hex([run; 16]));
    let started_at = Some(Millis::new(if run == 1 { START } else { at_ms }));
    Record { timestamp: Millis::new(at_ms), round, instance, started_at, stats, ..Record::unanswered("n") }
}

/// The view at the end of `round`, with these nodes and the gatherer.
fn view(round: u64, nodes: Vec<(&str, Record)>) -> View {
    let own = Record { role: Role::Gatherer, ..record(START + 1000 * round, round, 9, round, 0.0) };
    let mut records: Vec<(PublicKey, Arc<Record>)> =
        nodes.into_iter().chain([(GAMMA, own)]).map(|(text, record)| (key(text), Arc::new(record))).collect();
    records.sort_by_key(|(key, _)| *key);
    View::of(key(GAMMA), Arc::new(records), Arc::new(Catalogue::default()), None)
}

fn add((history, schemas): (&mut History, &mut Schemas), before: &View, view: &View) {
    let layout = history.layout();
    history.add(Frame::of(before, view, layout.as_ref(), schemas).unwrap(), schemas);
}

fn history(views: &[View]) -> History {
    let (mut history, mut schemas) = (History::within(HISTORY_BYTES), Schemas::default());
    for [before, view] in views.array_windows() {
        add((&mut history, &mut schemas), before, view);
    }
    history
}

#[test]
fn values_rates_and_gaps() {
    let at = |round: u64| START + 1000 * round;
    let views = [
        view(0, vec![(ALPHA, record(at(0), 0, 1, 100, 0.1))]),
        view(10, vec![(ALPHA, record(at(10), 10, 1, 150, 0.2))]),
        // It did not answer, so its record is that of the round before.
        view(20, vec![(ALPHA, record(at(10), 10, 1, 150, 0.2)), (BETA, record(at(20), 20, 1, 7, 3.0))]),
        view(30, vec![(ALPHA, record(at(30), 30, 1, 250, 0.4)), (BETA, record(at(30), 30, 1, 7, 4.0))]),
        // A new run counts from 0.
        view(40, vec![(ALPHA, record(at(40), 40, 2, 300, 0.5))]),
    ];
    let (history, now) = (history(&views), record(at(40), 40, 2, 300, 0.5));
    let alpha = history.of(key(ALPHA), &now);
    assert_eq!(alpha.times, [at(10), at(20), at(30), at(40)]);
    assert_eq!(alpha.stats.get("s.load").unwrap(), &[Some(0.2), None, Some(0.4), Some(0.5)]);
    // From 150 to 250 in the 20 s since its last answer.
    assert_eq!(alpha.counters.get("s.count").unwrap(), &[Some(5.0), None, Some(5.0), None]);
    let beta = history.of(key(BETA), &now);
    assert_eq!(beta.stats.get("s.load").unwrap(), &[None, Some(3.0), Some(4.0), None]);
    assert_eq!(beta.counters.get("s.count").unwrap(), &[None, None, Some(0.0), None]);
    assert!(history.said().starts_with("the last 30 s, in memory"), "{}", history.said());
}

#[test]
fn an_hour_and_no_more_points_than_a_picture_has() {
    let views: Vec<View> =
        (0..5000).map(|round| view(round, vec![(ALPHA, record(START + 1000 * round, round, 1, round, 0.0))])).collect();
    let history = history(&views);
    let past = history.of(key(ALPHA), &record(0, 0, 1, 0, 0.0));
    assert_eq!(history.frames.front().unwrap().at_ms, START + 1000 * (4999 - 3600));
    assert!(past.times.len() <= HISTORY_POINTS && past.times.last() == Some(&(START + 4_999_000)));
    // Every frame has the same nodes and names, and they are held once.
    let layouts = history.frames.iter().filter(|frame| !Arc::ptr_eq(&frame.layout, &history.frames[0].layout)).count();
    assert_eq!(layouts, 0);
}

#[test]
fn memory_is_bounded_by_forgetting_the_oldest() {
    let names: Vec<String> = (0..25_000).map(|number| format!("s.{number}")).collect();
    let stats = names.iter().map(|name| (name.as_str(), Number::Integer(1))).collect();
    let wide = Record { stats: Stats { stats, ..Stats::default() }, ..record(START, 0, 1, 0, 0.0) };
    let view = view(0, vec![(ALPHA, wide)]);
    let (mut history, mut schemas) = (History::within(2 << 20), Schemas::default());
    for _ in 0..20 {
        add((&mut history, &mut schemas), &view, &view);
    }
    // The names, once, and as many frames as find room beside them.
    let (names, frames) = (history.names_bytes, history.frames.len());
    assert!((25_000 * 28..25_000 * 40).contains(&names), "{names} bytes of names");
    assert!(history.bytes() <= 2 << 20 && frames == 13, "{frames} frames, {} bytes", history.bytes());
    assert!(history.said().ends_with("no more than 2 MiB hold"), "{}", history.said());
}

#[test]
fn a_node_that_calls_its_values_anew_in_each_round_fills_no_memory() {
    let named = |round: u64| {
        let stats = (0..1_000).map(|number| (format!("s.{round}.{number}"), Number::Integer(1))).collect();
        Record { stats: Stats { stats, ..Stats::default() }, ..record(START + round, round, 1, 0, 0.0) }
    };
    let views: Vec<View> = (0..100).map(|round| view(round, vec![(ALPHA, named(round))])).collect();
    let (mut history, mut schemas) = (History::within(1 << 20), Schemas::default());
    for [before, view] in views.array_windows() {
        add((&mut history, &mut schemas), before, view);
    }
    // Names take ten times as much as numbers.
    assert!(history.names_bytes > (1 << 19) && history.bytes() <= 1 << 20, "{}", history.bytes());
    assert!(history.frames.len() < 40, "{} frames", history.frames.len());
    let past = history.of(key(ALPHA), &named(99));
    assert_eq!((past.stats.len(), past.times.len()), (1_000, history.frames.len()));
    assert_eq!(past.stats.get("s.99.7").unwrap().last(), Some(&Some(1.0)));
}

#[test]
fn nodes_that_turn_back_to_their_names_share_them_again() {
    let (one, other) = (record(START, 0, 1, 0, 0.0), record(START, 0, 1, 0, 0.0));
    let other =
        Record { stats: Stats { counters: [("s.other", 1)].into_iter().collect(), ..Stats::default() }, ..other };
    let views = [0, 1, 2, 3].map(|round| {
        let record = if round % 2 == 0 { &one } else { &other };
        view(round, vec![(ALPHA, record.clone()), (BETA, record.clone())])
    });
    let history = history(&views);
    let schemas = |place: usize| history.frames[place].layout.nodes().iter().map(|node| Arc::as_ptr(&node.schema));
    assert!(schemas(0).eq(schemas(2)) && schemas(0).ne(schemas(1)));
}
