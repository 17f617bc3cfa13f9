//! What stays for a round, written by its plan in pieces.

use std::sync::Arc;

use bytes::Bytes;
use statsgrid_wire::exposition::{Family, Format, PLANNED, Value, Writer};

use super::plan::{Part, Plan, Planned};
use crate::limits::CHUNK_BYTES;
use crate::snapshot::{self, Record};

/// Pieces of an exposition, each made when it is asked for.
#[derive(Debug)]
pub(super) struct Rounds {
    plan: Arc<Plan>,
    format: Format,
    at: Option<Place>,
}

/// The next value: of which family, which of its parts, which of its nodes.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    family: usize,
    part: usize,
    node: usize,
    /// The family has begun.
    begun: bool,
}

impl Rounds {
    /// From the first family on.
    pub(super) fn of(plan: Arc<Plan>, format: Format) -> Self {
        Self { plan, format, at: Some(Place::default()) }
    }
}

impl Iterator for Rounds {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut place = self.at?;
        let mut writer = Writer::of(self.format);
        while writer.len() < CHUNK_BYTES {
            let Some(planned) = self.plan.families.get(place.family) else {
                end(&mut writer, &self.plan);
                self.at = None;
                return Some(writer.take().into());
            };
            place = step(&mut writer, &self.plan, planned, place);
        }
        self.at = Some(place);
        Some(writer.take().into())
    }
}

/// Writes the value of this place; gives the next one.
fn step(writer: &mut Writer, plan: &Plan, planned: &Planned, place: Place) -> Place {
    let Some(part) = planned.parts.get(place.part) else {
        return Place { family: place.family + 1, ..Place::default() };
    };
    let Some(node) = part.nodes.get(place.node) else {
        return Place { part: place.part + 1, node: 0, ..place };
    };
    if !place.begun {
        writer.family(&planned.family);
    }
    value(writer, plan, &planned.family, part, *node as usize);
    Place { node: place.node + 1, begun: true, ..place }
}

fn value(writer: &mut Writer, plan: &Plan, family: &Family, part: &Part, node: usize) {
    let Some(((_, record), labels)) = plan.view.records.get(node).zip(plan.labels.get(node)) else { return };
    let series = part.series();
    if let Some(value) = record.value(series) {
        writer.sample(family, &[labels, &part.labels], value, created(record, series));
    }
}

/// When a counter was at 0. Of a producer's own counters nobody knows that.
fn created(record: &Record, series: snapshot::Series<'_>) -> Option<f64> {
    let at = record.started_at.filter(|_| matches!(series, snapshot::Series::Counter(_)))?;
    Some(at.get() as f64 / 1000.0)
}

fn end(writer: &mut Writer, plan: &Plan) {
    for (own, left_out) in PLANNED.iter().zip([plan.undescribed, plan.negative]) {
        let family = own.family();
        writer.family(&family);
        writer.sample(&family, &[], left_out as u64, None);
    }
    writer.end();
}

impl Value for snapshot::Value {
    fn write(&self, text: &mut String) {
        match self {
            Self::Count(count) => count.write(text),
            Self::Number(number) => number.write(text),
        }
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::Count(_) => false,
            Self::Number(number) => number.is_negative(),
        }
    }
}
