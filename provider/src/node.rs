//! One node's knowledge: its counters, its gauges, its producers, read as one sample.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::{Answer, Description, ProducerReport, Reply, Sample};
use statsgrid_wire::{Clock, Hash, Id, Identity, Moment, Named, Number, Unknown};

use crate::counters::{CountedSince, Counters, Keeper};
use crate::producers::{Producers, Reading};
use crate::statsd::Gauges;

/// A node that is ready to answer: its identity is there, its producers are loaded.
pub struct Node {
    /// Who it is.
    pub identity: Identity,
    /// What people call it.
    pub nickname: String,
    /// This run of it.
    pub instance: Id,
    /// Where its time comes from.
    pub clock: Arc<dyn Clock>,
    /// What was counted.
    pub counters: Counters,
    /// What statsd gauges hold.
    pub gauges: Gauges,
    /// What reports stats.
    pub producers: Producers,
    /// Whether what producers use of their limits is told.
    pub tells_usage: bool,
    /// When this run started.
    pub started: Moment,
    /// When the counters were at 0: before this run, if they are kept.
    pub counted: CountedSince,
    /// What keeps the counters over a restart, if that is wanted and this node serves.
    pub(crate) keeper: Option<Keeper>,
}

/// One reading of everything, kept for as long as its round may ask again.
#[derive(Clone, Debug)]
pub struct Taken {
    at: Moment,
    counters: Named<u64>,
    gauges: Vec<(String, Number)>,
    readings: Vec<Reading>,
}

impl Node {
    /// Reads everything; producers that do not answer within `patience` are missing, and named as such.
    pub async fn take(&self, patience: Duration) -> Taken {
        let readings = self.producers.read(patience).await;
        let mut gauges = self.gauges.read();
        let at = self.clock.now();
        let uptime = i64::try_from(at.since(self.started).as_secs()).unwrap_or(i64::MAX);
        gauges.push(("statsgrid.uptime".to_owned(), Number::Integer(uptime)));
        if self.tells_usage {
            gauges.extend(self.producers.usage());
        }
        // Read last: what a producer counted while it was asked belongs to this sample.
        let taken = Taken { at, counters: self.counters.read(), gauges, readings };
        // And kept before anybody sees it: after a kill no counter goes down.
        if let Some(keeper) = &self.keeper {
            keeper.keep().await;
        }
        taken
    }

    /// The reply that says what was `taken`, for the `sequence`th time, with the descriptions that were asked for.
    pub fn reply(&self, poll: Hash, taken: &Taken, sequence: u64, describe: &[Hash]) -> Reply {
        self.say(poll, Answer::Sample(Box::new(self.sample(taken, sequence, describe))))
    }

    /// The same without a poll.
    pub fn sample(&self, taken: &Taken, sequence: u64, describe: &[Hash]) -> Sample {
        let now = self.clock.now();
        let stats = taken.readings.iter().flat_map(|reading| reading.stats.clone()).chain(taken.gauges.clone());
        let report = |reading: &Reading| (reading.name.clone(), report(reading, now));
        Sample {
            sequence,
            age_ms: millis(now.since(taken.at)),
            counters_age_ms: millis(self.counted.age(now)),
            counters: taken.counters.clone(),
            stats: stats.collect(),
            producers: taken.readings.iter().map(report).collect(),
            descriptions: taken.descriptions(describe),
            unknown: Unknown,
        }
    }

    /// A reply that says `answer`.
    pub fn say(&self, poll: Hash, answer: Answer) -> Reply {
        Reply { poll, instance: self.instance, nickname: self.nickname.clone(), answer, unknown: Unknown }
    }
}

impl Taken {
    /// What the producers that gave it say of themselves, by their names.
    pub fn described(&self) -> impl Iterator<Item = (&str, &Description)> {
        self.readings
            .iter()
            .filter_map(|reading| Some((reading.name.as_str(), &reading.described.as_ref()?.description)))
    }

    /// The texts of those descriptions that `wanted` names.
    fn descriptions(&self, wanted: &[Hash]) -> Vec<String> {
        let described = self.readings.iter().filter_map(|reading| reading.described.as_ref());
        let texts: BTreeMap<Hash, &str> =
            described.map(|described| (described.hash, described.text.as_str())).collect();
        wanted.iter().filter_map(|hash| texts.get(hash)).map(|text| (*text).to_owned()).collect()
    }
}

fn report(reading: &Reading, now: Moment) -> ProducerReport {
    ProducerReport {
        outcome: reading.outcome,
        message: reading.message.clone(),
        age_ms: (!reading.stats.is_empty()).then(|| millis(now.since(reading.taken))),
        pace_ms: reading.pace.map(millis),
        digest: reading.digest,
        description: reading.described.as_ref().map(|described| described.hash),
        unknown: Unknown,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
