//! A reply that would be too large for the server or the gatherer: what fits is sent.
//!
//! Room is shared between the producers, so that one that reports much takes nothing from one that reports little. Of
//! each, counters go first: a lost stat comes back in the next round, a lost count leaves a hole in a rate. Whose
//! numbers fell out is told so in its outcome.

use std::collections::{BTreeMap, BTreeSet};

use statsgrid_wire::message::{Answer, Outcome, ProducerReport, Reply, Sample};
use statsgrid_wire::{Named, Number};

use crate::producers::SANDBOX;

/// What a producer is told that lost numbers.
const CUT: &str = "the node's stats do not fit one reply, and some of this producer's are missing: report less";

/// Makes the body of `reply` no larger than `budget` bytes, as far as leaving out does it. True if a number was left out.
pub fn fit(reply: &mut Reply, budget: usize) -> bool {
    cut_descriptions(reply, budget);
    if size(reply) <= budget {
        return false;
    }
    cut_usage(reply);
    if size(reply) <= budget {
        return false;
    }
    let Answer::Sample(sample) = &mut reply.answer else { return false };
    let (counters, stats) = (std::mem::take(&mut sample.counters), std::mem::take(&mut sample.stats));
    cut_reports(reply, budget / 2);
    let room = told_room(reply);
    let left = budget.saturating_sub(size(reply) + room);
    let Answer::Sample(sample) = &mut reply.answer else { return false };
    let cut = share(sample, &counters, &stats, left);
    tell(sample, &cut);
    true
}

/// Of the descriptions that were asked for, those that fit beside the stats, and one in any case: whoever asks for them
/// has the stats already.
fn cut_descriptions(reply: &mut Reply, budget: usize) {
    while size(reply) > budget {
        let Answer::Sample(sample) = &mut reply.answer else { return };
        if sample.descriptions.len() <= 1 {
            return;
        }
        sample.descriptions.pop();
    }
}

/// What producers use of their limits is the first that nobody misses.
fn cut_usage(reply: &mut Reply) {
    let Answer::Sample(sample) = &mut reply.answer else { return };
    let others = sample.stats.iter().filter(|(name, _)| !name.starts_with(SANDBOX));
    sample.stats = others.map(|(name, value)| (name.to_owned(), *value)).collect();
}

/// Reports that alone take more than `most` bytes lose their messages, then what tells the components apart, then all.
fn cut_reports(reply: &mut Reply, most: usize) {
    type Step = fn(&ProducerReport) -> Option<ProducerReport>;
    let steps: [Step; 3] = [
        |report| Some(ProducerReport { message: None, ..report.clone() }),
        |report| Some(ProducerReport { digest: None, description: None, ..report.clone() }),
        |_| None,
    ];
    for step in steps {
        if size(reply) <= most {
            return;
        }
        let Answer::Sample(sample) = &mut reply.answer else { return };
        let reports = sample.producers.iter().filter_map(|(name, report)| Some((name.to_owned(), step(report)?)));
        sample.producers = reports.collect();
    }
}

/// Fills `sample` with what fits into `left` bytes; gives the producers that lost something.
fn share(sample: &mut Sample, counters: &Named<u64>, stats: &Named<Number>, left: usize) -> BTreeSet<String> {
    let mut needs: BTreeMap<&str, usize> = BTreeMap::new();
    let sizes = counters.iter().map(|(name, value)| (name, entry_size(name, value)));
    for (name, bytes) in sizes.chain(stats.iter().map(|(name, value)| (name, entry_size(name, value)))) {
        *needs.entry(producer_of(name)).or_default() += bytes;
    }
    let mut shares = fair_shares(needs, left);
    let mut cut = BTreeSet::new();
    sample.counters = keep(counters, &mut shares, &mut cut);
    sample.stats = keep(stats, &mut shares, &mut cut);
    cut
}

/// Who needs less than an equal share gets what it needs, and the others share what it leaves.
fn fair_shares(needs: BTreeMap<&str, usize>, mut left: usize) -> BTreeMap<&str, usize> {
    let mut by_need: Vec<(&str, usize)> = needs.into_iter().collect();
    by_need.sort_by_key(|(_, need)| *need);
    let mut waiting = by_need.len();
    let mut shares = BTreeMap::new();
    for (name, need) in by_need {
        let given = need.min(left / waiting);
        left -= given;
        waiting -= 1;
        shares.insert(name, given);
    }
    shares
}

fn keep<T: serde::Serialize + Copy>(
    entries: &Named<T>,
    shares: &mut BTreeMap<&str, usize>,
    cut: &mut BTreeSet<String>,
) -> Named<T> {
    let fits = |(name, value): &(&str, &T)| {
        let producer = producer_of(name);
        let share = shares.get_mut(producer);
        let rest = share.as_ref().and_then(|share| share.checked_sub(entry_size(name, value)));
        if let (Some(share), Some(rest)) = (share, rest) {
            *share = rest;
        } else {
            cut.insert(producer.to_owned());
        }
        rest.is_some()
    };
    entries.iter().filter(fits).map(|(name, value)| (name, *value)).collect()
}

/// Bytes of `"name":value,`, where neither needs escapes.
fn entry_size(name: &str, value: &impl serde::Serialize) -> usize {
    name.len() + 4 + serde_json::to_string(value).map_or(0, |text| text.len())
}

/// The first level of a full name.
fn producer_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Room for telling each producer that did well that it was cut, for who is cut is not known before.
fn told_room(reply: &Reply) -> usize {
    let Answer::Sample(sample) = &reply.answer else { return 0 };
    let well = sample.producers.iter().filter(|(_, report)| report.outcome == Outcome::Ok).count();
    well * (CUT.len() + "\"message\":\"\",".len() + "output".len())
}

fn tell(sample: &mut Sample, cut: &BTreeSet<String>) {
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
    fn who_reports_little_loses_nothing_to_who_reports_much() {
        let mut greedy = reply(5000);
        let Answer::Sample(sample) = &mut greedy.answer else { panic!("a sample") };
        let flood = (0..1000).map(|number| (format!("a.{number:0150}"), u64::MAX));
        sample.counters = flood.collect();
        let modest = [("z.one", Number::Integer(1)), ("z.two", Number::Float(0.5))];
        let stats = sample.stats.iter().map(|(name, value)| (name.to_owned(), *value));
        sample.stats = stats.chain(modest.map(|(name, value)| (name.to_owned(), value))).collect();
        assert!(fit(&mut greedy, 64 * 1024));
        assert!(size(&greedy) <= 64 * 1024);
        let Answer::Sample(sample) = greedy.answer else { panic!("a sample") };
        assert_eq!(sample.stats.get("z.one"), Some(&Number::Integer(1)));
        assert_eq!(sample.stats.get("z.two"), Some(&Number::Float(0.5)));
        assert!(sample.stats.len() > 500 && sample.counters.len() > 100);
    }

    #[test]
    fn a_description_comes_through_beside_stats_that_fill_the_reply() {
        let mut asked = reply(1000);
        let Answer::Sample(sample) = &mut asked.answer else { panic!("a sample") };
        sample.descriptions = vec!["d".repeat(28 * 1024), "e".repeat(28 * 1024), "f".repeat(28 * 1024)];
        fit(&mut asked, 64 * 1024);
        assert!(size(&asked) <= 64 * 1024);
        let Answer::Sample(sample) = asked.answer else { panic!("a sample") };
        assert_eq!(sample.descriptions.len(), 1);
    }

    #[test]
    fn reports_that_alone_are_too_large_are_cut_too() {
        let mut many = reply(10);
        let Answer::Sample(sample) = &mut many.answer else { panic!("a sample") };
        let mut report = sample.producers.get("a").unwrap().clone();
        (report.outcome, report.message) = (Outcome::Refused, Some("x".repeat(300)));
        sample.producers = (0..100).map(|number| (format!("p{number}"), report.clone())).collect();
        assert!(fit(&mut many, 16 * 1024));
        assert!(size(&many) <= 16 * 1024);
        let Answer::Sample(sample) = &many.answer else { panic!("a sample") };
        assert_eq!((sample.producers.len(), sample.counters.len()), (100, 20));
        assert!(fit(&mut many, 2 * 1024));
        assert!(size(&many) <= 2 * 1024);
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
    }

    #[test]
    fn the_use_of_limits_goes_first_and_costs_nobody_its_outcome() {
        let mut reply = reply(5);
        let Answer::Sample(sample) = &mut reply.answer else { panic!("a sample") };
        let used = (0..500).map(|number| (format!("{SANDBOX}a.what_{number}"), Number::Integer(number)));
        sample.stats = sample.stats.iter().map(|(name, value)| (name.to_owned(), *value)).chain(used).collect();
        assert!(!fit(&mut reply, 8 * 1024));
        let Answer::Sample(sample) = &reply.answer else { panic!("a sample") };
        assert!(!sample.stats.is_empty() && !sample.stats.iter().any(|(name, _)| name.starts_with(SANDBOX)));
        assert!(sample.producers.iter().all(|(_, report)| report.outcome == Outcome::Ok));
    }
}
