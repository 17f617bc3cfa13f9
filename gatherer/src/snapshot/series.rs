//! A value of a record under its name, and how old it may be.

use serde::Serialize;
use statsgrid_wire::Number;

use super::limits::{VALID_MS, VALID_PACES};
use super::{Millis, Record};

/// The full name of a counter or a stat: both kinds may use one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series<'a> {
    /// Under `counters`.
    Counter(&'a str),
    /// Under `stats`.
    Stat(&'a str),
}

/// Which of the two a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Under `counters`.
    Counter,
    /// Under `stats`.
    Stat,
}

/// A counter's or a stat's value. Written, it is a number with all its digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A counter's.
    Count(u64),
    /// A stat's.
    Number(Number),
}

/// When a value was taken, and how often its producer takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// By the gatherer's clock; 0: never.
    pub at: Millis,
    /// The producer's own pace, if it has one.
    pub pace: Option<Millis>,
}

impl<'a> Series<'a> {
    /// The name of the producer that takes it: the first level of a stat's name. Counters are the provider's own, and
    /// as old as its reply.
    pub fn producer(self) -> Option<&'a str> {
        match self {
            Self::Counter(_) => None,
            Self::Stat(name) => name.split_once('.').map(|(producer, _)| producer),
        }
    }
}

impl Taken {
    /// Whether the value may be shown as the present one: not older than [`VALID_MS`] or two of its producer's paces,
    /// and not from the future.
    pub fn is_fresh(self, now_ms: u64) -> bool {
        let at = self.at.get();
        at > 0 && now_ms < self.fresh_until() && at.saturating_sub(now_ms) <= VALID_MS
    }

    /// The first moment at which it is too old.
    pub fn fresh_until(self) -> u64 {
        let valid_ms = VALID_MS.max(self.pace.map_or(0, |pace| VALID_PACES * pace.get()));
        self.at.get().saturating_add(valid_ms + 1)
    }
}

impl Record {
    /// When the record itself was: the receipt of the last reply.
    pub fn received(&self) -> Taken {
        Taken { at: self.timestamp, pace: None }
    }

    /// The value of a series, if the record has it.
    pub fn value(&self, series: Series<'_>) -> Option<Value> {
        match series {
            Series::Counter(name) => self.stats.counters.get(name).copied().map(Value::Count),
            Series::Stat(name) => self.stats.stats.get(name).copied().map(Value::Number),
        }
    }

    /// When a value of this record was taken: by its producer, or, where none is known, when the reply came.
    pub fn taken(&self, series: Series<'_>) -> Taken {
        let producer = series.producer().and_then(|name| self.producers.get(name));
        producer
            .and_then(|producer| Some(Taken { at: producer.taken_at?, pace: producer.pace }))
            .unwrap_or_else(|| self.received())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ProducerRecord;
    use statsgrid_wire::message::Outcome;

    const NOW: u64 = 1_795_358_400_000;

    #[test]
    fn valid_for_300_s_or_two_paces() {
        let check = |age_s: i64, pace_s: Option<u64>, fresh: bool| {
            let at = Millis::new(NOW.saturating_add_signed(-1000 * age_s));
            let taken = Taken { at, pace: pace_s.map(|s| Millis::new(1000 * s)) };
            assert_eq!(taken.is_fresh(NOW), fresh, "{age_s} s old, pace {pace_s:?}");
        };
        check(0, None, true);
        check(300, None, true);
        check(301, None, false);
        check(-300, None, true);
        check(-301, None, false);
        check(301, Some(60), false);
        check(7200, Some(3600), true);
        check(7201, Some(3600), false);
        check(-301, Some(3600), false);
    }

    #[test]
    fn what_was_never_taken_is_not_fresh() {
        assert!(!Taken { at: Millis::new(0), pace: Some(Millis::MAX) }.is_fresh(NOW));
        assert!(!Taken { at: Millis::new(0), pace: None }.is_fresh(1000));
    }

    #[test]
    fn a_stat_is_as_old_as_its_producers_reading() {
        let slow = ProducerRecord {
            outcome: Outcome::Ok,
            message: None,
            taken_at: Some(Millis::new(NOW - 3_600_000)),
            pace: Some(Millis::new(3_600_000)),
            digest: None,
            description: None,
        };
        let failed = ProducerRecord { taken_at: None, ..slow.clone() };
        let record = Record {
            timestamp: Millis::new(NOW),
            producers: [("disk", slow), ("failed", failed)].into_iter().collect(),
            ..Record::unanswered("alpha")
        };
        let at = |series| NOW - record.taken(series).at.get();
        assert_eq!(at(Series::Stat("disk.used")), 3_600_000);
        assert_eq!(at(Series::Counter("disk.used")), 0);
        assert_eq!(at(Series::Stat("failed.x")), 0);
        assert_eq!(at(Series::Stat("app.visits")), 0);
        assert_eq!(at(Series::Stat("plain")), 0);
    }
}
