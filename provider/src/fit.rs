//! A reply that would be too large for the server or the gatherer: what fits is sent, counters first.
//!
//! A stat that is lost in one round comes back in the next, and so does a counter, but with a hole in its graph. So
//! counters are kept first, then stats by name; whose stats fell out is told so in its outcome.

use std::collections::BTreeSet;

use statsgrid_wire::Named;
use statsgrid_wire::message::{Answer, Outcome, ProducerReport, Reply, Sample};

/// What a producer is told that lost stats.
const CUT: &str = "the node's stats do not fit one reply, and some of this producer's are missing: report less";

/// Makes the body of `reply` no larger than `budget` bytes, as far as leaving out numbers does it. True if something
/// was left out.
pub fn fit(reply: &mut Reply, budget: usize) -> bool {
    if size(reply) <= budget {
        return false;
    }
    let Answer::Sample(sample) = &mut reply.answer else {
        return false;
    };
    // Descriptions are asked for again each round until they have come.
    sample.descriptions.clear();
    let counters = std::mem::take(&mut sample.counters);
    let stats = std::mem::take(&mut sample.stats);
    // Room for telling every producer that it was cut, for who is cut is not known before.
    let room = sample.producers.len() * (CUT.len() + "\"message\":\"\",".len() + "output".len());
    let mut left = budget.saturating_sub(size(reply) + room);
    let mut cut = BTreeSet::new();
    let counters = keep(&counters, &mut left, &mut cut);
    let stats = keep(&stats, &mut left, &mut cut);
    if let Answer::Sample(sample) = &mut reply.answer {
        (sample.counters, sample.stats) = (counters, stats);
        blame(sample, &cut);
    }
    true
}

/// The entries that fit into `left` bytes, in order; the producers of the others go into `cut`.
fn keep<T: serde::Serialize + Copy>(entries: &Named<T>, left: &mut usize, cut: &mut BTreeSet<String>) -> Named<T> {
    let mut kept = Vec::new();
    for (name, value) in entries.iter() {
        // "name":value, where neither needs escapes.
        let bytes = name.len() + 4 + serde_json::to_string(value).map_or(0, |text| text.len());
        match left.checked_sub(bytes) {
            Some(rest) => {
                *left = rest;
                kept.push((name, *value));
            }
            None => {
                *left = 0;
                cut.extend(name.split('.').next().map(str::to_owned));
            }
        }
    }
    kept.into_iter().collect()
}

fn blame(sample: &mut Sample, cut: &BTreeSet<String>) {
    let told = |(name, report): (&str, &ProducerReport)| {
        let mut report = report.clone();
        if cut.contains(name) && report.outcome == Outcome::Ok {
            (report.outcome, report.message) = (Outcome::Output, Some(CUT.to_owned()));
        }
        (name.to_owned(), report)
    };
    sample.producers = sample.producers.iter().map(told).collect();
}

fn size(reply: &Reply) -> usize {
    // What cannot be written at all is refused when it is sealed.
    serde_json::to_vec(reply).map_or(0, |body| body.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::{Hash, Id, Number, Unknown};

    fn reply(stats: usize) -> Reply {
        let report = |outcome| ProducerReport {
            outcome,
            message: None,
            age_ms: Some(1),
            pace_ms: None,
            digest: None,
            description: None,
            unknown: Unknown,
        };
        let sample = Sample {
            counters: (0..20).map(|number| (format!("a.count_{number}"), u64::MAX)).collect(),
            stats: (0..stats).map(|number| (format!("b.stat_{number:05}"), Number::Integer(i64::MIN))).collect(),
            producers: [("a", report(Outcome::Ok)), ("b", report(Outcome::Ok))].into_iter().collect(),
            descriptions: vec!["x".repeat(1000)],
            ..Sample::default()
        };
        Reply {
            poll: Hash::of(b""),
            instance: Id::random().unwrap(),
            nickname: "alpha".to_owned(),
            answer: Answer::Sample(Box::new(sample)),
            unknown: Unknown,
        }
    }

    #[test]
    fn what_fits_is_not_touched() {
        let mut small = reply(10);
        let before = small.clone();
        assert!(!fit(&mut small, 64 * 1024));
        assert_eq!(small, before);
    }

    #[test]
    fn counters_stay_and_the_producer_that_lost_stats_is_told() {
        let mut large = reply(5000);
        assert!(fit(&mut large, 8 * 1024));
        assert!(size(&large) <= 8 * 1024);
        let Answer::Sample(sample) = large.answer else { panic!("the sample is gone") };
        assert_eq!(sample.counters.len(), 20);
        assert!(sample.stats.len() > 100, "{} stats are left", sample.stats.len());
        assert_eq!(sample.producers.get("a").unwrap().outcome, Outcome::Ok);
        assert_eq!(sample.producers.get("b").unwrap().outcome, Outcome::Output);
        assert!(sample.descriptions.is_empty());
    }
}
