//! Each limit of a producer, met by one that misbehaves: what it did stands in the reply by its cause, and its neighbours'
//! values stand beside it.

mod counting;
mod memory;
mod printing;
mod reporting;
mod side_by_side;
mod time;
mod usage;

use std::time::{Duration, Instant};

use statsgrid_tests::{Node, PATIENCE, Process, Site, await_until, programs, while_asked};
use statsgrid_wire::Number;
use statsgrid_wire::message::{Outcome, Sample};

/// A poll's deadline, within which each reply must come.
const DEADLINE: Duration = Duration::from_secs(10);

/// A section of the guest that misbehaves.
struct Bad {
    name: &'static str,
    config: String,
    keys: &'static str,
}

/// `name` does `does`, with more keys of its `config`, and of its section.
fn bad(name: &'static str, does: &str, config: &str, keys: &'static str) -> Bad {
    Bad { name, config: format!("config = {{ does = {does:?}{config} }}"), keys }
}

impl Bad {
    fn on(&self, node: Node) -> Node {
        node.runs(self.name, &programs().guest("misbehave"), &format!("{}\n{}", self.config, self.keys))
    }
}

/// Runs `bads` and a well-behaved neighbour on one node, and has `test` ask it. Each reply is in time, and the neighbour's
/// values are in it.
fn beside_a_neighbour(bads: &[Bad], test: impl FnOnce(&Process, &mut dyn FnMut() -> Sample)) {
    beside(bads, |_, provider, ask| test(provider, ask));
}

/// The same for a test that changes the node.
fn beside(bads: &[Bad], test: impl FnOnce(&Node, &Process, &mut dyn FnMut() -> Sample)) {
    let site = Site::new();
    let node = bads.iter().fold(site.node("alpha").guest("slow", ""), |node, bad| bad.on(node));
    while_asked(&site, node, |node, provider, ask| {
        test(node, provider, &mut || {
            let asked = Instant::now();
            let sample = ask();
            assert!(asked.elapsed() < DEADLINE, "a reply after {:?}", asked.elapsed());
            assert_eq!(outcome(&sample, "slow"), (Outcome::Ok, String::new()));
            assert!(integer(&sample, "slow.readings").is_some(), "{sample:?}");
            sample
        });
    });
}

/// Asks until each of these says so.
fn await_outcomes(ask: &mut dyn FnMut() -> Sample, wanted: &[(&str, Outcome, &str)]) -> Sample {
    await_until(&format!("{wanted:?}"), PATIENCE, || {
        let sample = ask();
        let said = |(name, cause, words): &(&str, Outcome, &str)| {
            let (outcome, message) = outcome(&sample, name);
            outcome == *cause && message.contains(words)
        };
        let all = wanted.iter().all(said);
        all.then_some(sample)
    })
}

/// Asks once: each of these says so.
fn check_outcomes(sample: &Sample, wanted: &[(&str, Outcome, &str)]) {
    for (name, cause, words) in wanted {
        let (outcome, message) = outcome(sample, name);
        assert!(outcome == *cause && message.contains(words), "{name}: {outcome:?} {message}, not {cause:?} {words}");
    }
}

/// Each of these waits after its cause, or, on a machine so slow that its delay is over, has met it once more.
fn check_gone(sample: &Sample, names: &[&str], cause: Outcome) {
    for name in names {
        let (outcome, message) = outcome(sample, name);
        let waits = outcome == Outcome::Delayed && message.starts_with(&format!("waits after {}: ", cause.label()));
        assert!(waits || outcome == cause, "{name}: {outcome:?} {message}, not after {cause:?}");
    }
}

pub(crate) fn outcome(sample: &Sample, name: &str) -> (Outcome, String) {
    let report = sample.producers.get(name).expect("each producer is in each reply");
    (report.outcome, report.message.clone().unwrap_or_default())
}

pub(crate) fn integer(sample: &Sample, name: &str) -> Option<i64> {
    match sample.stats.get(name) {
        Some(Number::Integer(value)) => Some(*value),
        _ => None,
    }
}
