//! What is of the moment: who is up, and how old what they said is. Nothing of it is kept.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use statsgrid_wire::Moment;
use statsgrid_wire::exposition::{Family, Format, LIVE, Labels, Writer};
use statsgrid_wire::message::Outcome;

use super::plan::Plan;
use super::rounds::LINE_BYTES;
use crate::limits::CHUNK_BYTES;
use crate::snapshot::{Record, Role, RoundOutcome};

/// Pieces of it, each made when it is asked for.
#[derive(Debug)]
pub(super) struct Live {
    plan: Arc<Plan>,
    families: [Family; 4],
    format: Format,
    now: Moment,
    family: usize,
    node: usize,
}

impl Live {
    /// At this moment.
    pub(super) fn of(plan: Arc<Plan>, format: Format, now: Moment) -> Self {
        Self { plan, families: LIVE.each_ref().map(|own| own.family()), format, now, family: 0, node: 0 }
    }

    /// One node's part of a family.
    fn write(&self, writer: &mut Writer, family: &Family, record: &Record, labels: &Labels) {
        match self.family {
            0 => writer.sample(family, &[labels], u64::from(is_up(record, self.now)), None),
            1 if record.timestamp.get() > 0 => {
                let age = self.now.wall_ms.saturating_sub(record.timestamp.get());
                writer.sample(family, &[labels], Duration::from_millis(age).as_secs_f64(), None);
            }
            // How they did is as old as the reply that says so.
            2 if record.received().is_fresh(self.now.wall_ms) => {
                for (name, producer) in record.producers.iter() {
                    let name = Labels::default().with("producer", name);
                    writer.sample(family, &[labels, &name], u64::from(producer.outcome == Outcome::Ok), None);
                }
            }
            _ => {}
        }
    }

    fn of_gatherer(&self, writer: &mut Writer, family: &Family) {
        let view = &self.plan.view;
        let own = view.records.iter().zip(&self.plan.labels).find(|((key, _), _)| *key == view.gatherer);
        let Some((ended, (_, labels))) = view.ended.zip(own) else { return };
        writer.family(family);
        writer.sample(family, &[labels], self.now.monotonic.saturating_sub(ended).as_secs_f64(), None);
    }
}

impl Iterator for Live {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut writer = Writer::with_room(self.format, CHUNK_BYTES + LINE_BYTES);
        while let Some(family) = self.families.get(self.family).filter(|_| writer.len() < CHUNK_BYTES) {
            if self.family + 1 == self.families.len() {
                self.of_gatherer(&mut writer, family);
                self.family += 1;
                continue;
            }
            let plan = &self.plan;
            if self.node == 0 && plan.view.records.iter().any(|(_, record)| record.role == Role::Provider) {
                writer.family(family);
            }
            match plan.view.records.get(self.node).zip(plan.labels.get(self.node)) {
                Some(((_, record), labels)) => {
                    if record.role == Role::Provider {
                        self.write(&mut writer, family, record, labels);
                    }
                    self.node += 1;
                }
                None => (self.family, self.node) = (self.family + 1, 0),
            }
        }
        (!writer.is_empty()).then(|| writer.take().into())
    }
}

/// It answered its last round with stats, and that is not long ago: rounds may have stopped.
fn is_up(record: &Record, now: Moment) -> bool {
    let answered = matches!(record.outcome, Some(RoundOutcome::Ok | RoundOutcome::Partial | RoundOutcome::Late));
    answered && record.refused.is_none() && record.received().is_fresh(now.wall_ms)
}
