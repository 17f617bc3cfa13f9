//! From a reply to a record: ages become times by the gatherer's clock.

use statsgrid_wire::message::{ProducerReport, Sample};
use statsgrid_wire::{Id, Moment, Named};

use crate::snapshot::{Millis, ProducerRecord, Record, Role, SCHEMA, Stats};

/// Which run of a provider says something, and what people call it.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// The run.
    pub instance: Id,
    /// The name.
    pub nickname: String,
}

/// The record of the `sample` of this provider, which came `at` this moment and belongs to `round`. `before` is the
/// provider's last record.
pub fn record_of(speaker: Speaker, sample: Sample, round: u64, at: Moment, before: &Record) -> Record {
    let ago = |age_ms: u64| Millis::new(at.wall_ms.saturating_sub(age_ms));
    // The start of one run's counters is one moment: what ages say of it varies with the way.
    let started_at = match before.started_at {
        // A run that says that it counts on, and has lost some of it: a full disk kept them from being saved. Or one that
        // lies. What went down began anew, and that was after the last sample.
        Some(started_at) if went_down(&before.stats.counters, &sample.counters) => {
            let later = Millis::new(started_at.get() + 1);
            ago(sample.counters_age_ms).max(before.timestamp).max(later)
        }
        Some(started_at) if before.instance == Some(speaker.instance) => started_at,
        _ => ago(sample.counters_age_ms),
    };
    let producer = |report: &ProducerReport| ProducerRecord {
        outcome: report.outcome,
        message: report.message.clone(),
        taken_at: report.age_ms.map(ago),
        pace: report.pace_ms.map(Millis::new),
        digest: report.digest,
        description: report.description,
    };
    let producers = sample.producers.map(producer);
    Record {
        // A sample that was kept for its round is no newer than when it was taken.
        timestamp: ago(sample.age_ms),
        nickname: speaker.nickname,
        stats: Stats { counters: sample.counters, stats: sample.stats },
        schema: SCHEMA,
        role: Role::Provider,
        instance: Some(speaker.instance),
        sequence: sample.sequence,
        started_at: Some(started_at),
        round,
        producers,
        refused: None,
        outcome: before.outcome,
        first_seen: before.first_seen,
        rejected: before.rejected.clone(),
    }
}

fn went_down(before: &Named<u64>, now: &Named<u64>) -> bool {
    now.shared_with(before).into_iter().any(|(value, held)| value < held)
}
