//! `/api/v1`: what the status page reads, and programs may. Times are seconds since 1970, by the gatherer's clock.

mod provider;
mod providers;
mod round;
mod snapshot;

pub(super) use provider::{PastSaid, provider};
pub(super) use providers::KeptProviders;
pub(super) use round::round;
pub(super) use snapshot::snapshot;

use serde::Serialize;
use statsgrid_wire::daemon::web::Answer;
use statsgrid_wire::message::Outcome;

use crate::snapshot::{Millis, ProducerRecord};

/// How a producer does.
#[derive(Debug, Serialize)]
struct Producer<'a> {
    outcome: Outcome,
    message: Option<&'a str>,
    taken_at: Option<Millis>,
    pace_s: Option<Millis>,
}

impl<'a> Producer<'a> {
    fn of(record: &'a ProducerRecord) -> Self {
        let ProducerRecord { outcome, taken_at, pace, .. } = *record;
        Self { outcome, message: record.message.as_deref(), taken_at, pace_s: pace }
    }
}

/// A time that was, or none.
fn if_ever(at: Millis) -> Option<Millis> {
    (at > Millis::default()).then_some(at)
}

fn json(value: &impl Serialize) -> Answer {
    // What is shown are texts and numbers under names: that has always a JSON.
    Answer::json(serde_json::to_vec(value).unwrap_or_default())
}
