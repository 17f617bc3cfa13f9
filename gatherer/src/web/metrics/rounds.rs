//! What stays for a round, written by its plan in pieces.

use std::sync::Arc;

use bytes::Bytes;
use statsgrid_wire::exposition::{Family, Format, List, PLANNED, Value, Writer};

use super::fresh::Held;
use super::plan::{Part, Plan, Planned};
use crate::limits::CHUNK_BYTES;
use crate::snapshot;

/// Bytes of a line, most often: the last one of a piece goes beyond its size.
pub(super) const LINE_BYTES: usize = 1024;

/// Pieces of an exposition, each made when it is asked for.
#[derive(Debug)]
pub(super) struct Rounds {
    plan: Arc<Plan>,
    format: Format,
    at: Option<Place>,
}

/// The next value: of which family, which of its parts, which of those that have it.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    family: usize,
    part: usize,
    held: usize,
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
        let mut writer = Writer::with_room(self.format, CHUNK_BYTES + LINE_BYTES);
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
    let Some(held) = part.held.get(place.held) else {
        return Place { part: place.part + 1, held: 0, ..place };
    };
    if !place.begun {
        writer.family(&planned.family);
    }
    value(writer, plan, &planned.family, part, *held);
    Place { held: place.held + 1, begun: true, ..place }
}

fn value(writer: &mut Writer, plan: &Plan, family: &Family, part: &Part, held: Held) {
    let place = held.node as usize;
    let Some(((_, record), labels)) = plan.view.records.get(place).zip(plan.labels.get(place)) else { return };
    if let Some(value) = held.value(record, part.list) {
        // Of a producer's own counters nobody knows when they were at 0.
        let created = record.started_at.filter(|_| part.list == List::Counters);
        let created = created.map(|at| at.get() as f64 / 1000.0);
        writer.sample(family, &[labels, &part.labels], value, created);
    }
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
    fn is_negative(&self) -> bool {
        match self {
            Self::Count(_) => false,
            Self::Number(number) => number.is_negative(),
        }
    }
}
