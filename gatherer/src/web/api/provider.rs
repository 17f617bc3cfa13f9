//! `/api/v1/providers/KEY`: one node with all its values, what they mean and what they were.

use serde::Serialize;
use statsgrid_wire::daemon::web::Answer;
use statsgrid_wire::{Hash, Named, PublicKey};

use super::{Producer, if_ever, json};
use crate::snapshot::{Kind, Meaning, Meanings, Millis, Record, Series, Value};
use crate::web::View;
use crate::web::history::Past;
use crate::web::view::state;

#[derive(Serialize)]
struct Provider<'a> {
    now: Millis,
    key: PublicKey,
    nickname: &'a str,
    label: &'a str,
    state: &'static str,
    last_seen: Option<Millis>,
    stale: bool,
    first_seen: Option<Millis>,
    started_at: Option<Millis>,
    producers: Named<Detail<'a>>,
    rejected: &'a Named<u64>,
    values: Vec<Shown<'a>>,
    history: Times<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    producer: Producer<'a>,
    digest: Option<Hash>,
}

/// One value with what is known of it.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    kind: &'static str,
    /// Exact, for programs whose numbers are not.
    text: String,
    value: Value,
    unit: &'a str,
    help: &'a str,
    taken_at: Option<Millis>,
    stale: bool,
    /// Of what counts up, its last growth per second.
    rate: Option<f32>,
    history: &'a [Option<f32>],
}

#[derive(Serialize)]
struct Times<'a> {
    times: Vec<Millis>,
    seconds: u64,
    said: &'a str,
}

/// What values were, and how far back that goes.
pub(in crate::web) struct PastSaid {
    pub(in crate::web) past: Past,
    pub(in crate::web) said: String,
}

/// The node of this key, if there is one.
pub(in crate::web) fn provider(view: &View, key: PublicKey, past: PastSaid, now_ms: u64) -> Option<Answer> {
    let record = view.record(key)?;
    let PastSaid { past, said } = &past;
    let meanings = &Meanings::of_record(record, &view.catalogue);
    let one = One { record, meanings, past, now_ms };
    let detail = |(name, held): (&str, _)| (name.to_owned(), Detail::of(held));
    Some(json(&Provider {
        now: Millis::new(now_ms),
        key,
        nickname: &record.nickname,
        label: view.label(key).unwrap_or_default(),
        state: if key == view.gatherer { "ok" } else { state(record) },
        last_seen: if_ever(record.timestamp),
        stale: !record.received().is_fresh(now_ms),
        first_seen: record.first_seen,
        started_at: record.started_at,
        producers: record.producers.iter().map(detail).collect(),
        rejected: &record.rejected,
        values: one.values().collect(),
        history: Times {
            times: past.times.iter().map(|at| Millis::new(*at)).collect(),
            seconds: past.times.first().zip(past.times.last()).map_or(0, |(first, last)| (last - first) / 1000),
            said,
        },
    }))
}

impl<'a> Detail<'a> {
    fn of(record: &'a crate::snapshot::ProducerRecord) -> Self {
        Self { producer: Producer::of(record), digest: record.digest }
    }
}

/// What there is to know of one node's values.
#[derive(Clone, Copy)]
struct One<'a> {
    record: &'a Record,
    meanings: &'a Meanings<'a>,
    past: &'a Past,
    now_ms: u64,
}

impl<'a> One<'a> {
    fn values(self) -> impl Iterator<Item = Shown<'a>> {
        let counters =
            self.record.stats.counters.iter().map(|(name, count)| (name, Kind::Counter, Value::Count(*count)));
        let stats = self.record.stats.stats.iter().map(|(name, number)| (name, Kind::Stat, Value::Number(*number)));
        counters.chain(stats).map(move |(name, kind, value)| self.shown(name, kind, value))
    }

    fn shown(self, name: &'a str, kind: Kind, value: Value) -> Shown<'a> {
        let (series, past) = match kind {
            Kind::Counter => (Series::Counter(name), &self.past.counters),
            Kind::Stat => (Series::Stat(name), &self.past.stats),
        };
        let history = past.get(name).map(Vec::as_slice).unwrap_or_default();
        let (Meaning { counts, unit, help }, taken) =
            (self.meanings.get(self.record, series), self.record.taken(series));
        Shown {
            name,
            kind: if counts { "counter" } else { "gauge" },
            text: serde_json::to_string(&value).unwrap_or_default(),
            value,
            unit: unit.unwrap_or_default(),
            help: help.unwrap_or_default(),
            taken_at: if_ever(taken.at),
            stale: !taken.is_fresh(self.now_ms),
            rate: if counts { history.last().copied().flatten() } else { None },
            history,
        }
    }
}
