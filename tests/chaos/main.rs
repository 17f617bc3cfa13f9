//! Chaos: a fleet of real processes that are killed, paused, stopped and lied to at random, after which every sample that
//! a provider says it gave is in the journal or lost for a reason that is borne out, and nothing forged is anywhere.
//!
//! As a test it is short and small. `make chaos SECONDS=600 SEED=1` runs the same longer, with more providers. The plan
//! is drawn from the seed; what is hit by it differs from run to run, as the machine does. Left out on purpose: full
//! disks and wrong clocks, which have tests of their own.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in its helpers too"
)]

mod claims;
mod fleet;
mod forger;
mod hearing;
mod history;
mod judge;
mod plan;
mod recorded;
mod report;
mod watch;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use statsgrid_tests::Node;

use claims::read_claims;
use fleet::Fleet;
use forger::{Forger, Kind, MARK};
use hearing::read_hearing;
use judge::{Evidence, Judgement, dropped_polls};
use plan::{Target, plan};
use recorded::read_journal;
use report::{Report, in_words};
use watch::Watch;

/// The test's own size: the server and the gatherer are each killed, paused and stopped.
const SECONDS: u64 = 40;
const PROVIDERS: u64 = 8;
const SEED: u64 = 1;

#[test]
fn every_sample_is_kept_or_its_loss_has_a_reason() {
    let setting = |name: &str, default| {
        let value = std::env::var(name).ok();
        value.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
    };
    let seconds = setting("STATSGRID_CHAOS_SECONDS", SECONDS);
    let providers = setting("STATSGRID_CHAOS_PROVIDERS", PROVIDERS) as usize;
    let seed = setting("STATSGRID_CHAOS_SEED", SEED);
    println!("chaos: {seconds} s, {providers} providers, seed {seed}");
    run(Duration::from_secs(seconds), providers, seed);
}

fn run(length: Duration, providers: usize, seed: u64) {
    let mut fleet = Fleet::start(providers);
    let mut watch = Watch::over(&fleet.gatherer, fleet.nodes.iter().map(Node::key), MARK);
    let forger = Forger::start(&fleet.site.server, fleet.gatherer.key(), seed);
    let begun = Instant::now();
    for step in plan(seed, length, providers) {
        fleet.idle_until(begun + step.at, &mut watch);
        fleet.take(step);
    }
    let recovery = fleet.recover(&mut watch);
    let forged = forger.stop();
    fleet.stop(&mut watch);

    let mut faults = std::mem::take(&mut fleet.faults);
    faults.append(&mut watch.faults);
    let evidence = gather_evidence(&mut fleet, &mut faults);
    let mut judgement = evidence.judge();
    faults.append(&mut judgement.faults);
    let rejected = watch.rejected();
    faults.extend(vain(&judgement, &forged, &rejected));
    for name in ["statsgrid.journal_lost", "statsgrid.journal_errors", "statsgrid.messages_lost"] {
        let count = watch.counted(name);
        faults.extend((count > 0).then(|| format!("the gatherer counts {name} {count}")));
    }

    let mut report = Report::default();
    report.section("samples", samples(&judgement));
    report.section("lost, by reason", judgement.lost.clone());
    report.section("forgeries sent, by kind", in_words(forged));
    report.section("rejected by the gatherer, by reason", rejected);
    report.section("polls dropped by providers, by reason", dropped_polls(&evidence.recorded));
    let deeds = evidence.history.counts().into_iter();
    report.section("done, by kind", deeds.map(|((kind, deed), count)| (format!("{deed} {kind}"), count)));
    let times = [
        ("ms until a complete round after the end", recovery.as_millis() as u64),
        ("ms on its way at most, while all ran", judgement.longest_way),
        ("snapshots looked at", watch.looks),
        ("faults", faults.len() as u64),
    ];
    report.section("and", times);
    println!("{report}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Reads what the processes left behind.
fn gather_evidence(fleet: &mut Fleet, faults: &mut Vec<String>) -> Evidence {
    let lives = |target| fleet.lives.get(&target).copied().unwrap_or_default();
    let mut claims = Vec::new();
    for provider in 0..fleet.nodes.len() {
        let target = Target::Provider(provider);
        claims.extend((0..lives(target)).flat_map(|life| read_claims(&fleet.log(target, life), provider, life)));
    }
    let target = Target::Gatherer;
    let hearings = (0..lives(target)).map(|life| read_hearing(&fleet.log(target, life))).collect();
    let recorded = read_journal(&fleet.gatherer, MARK).unwrap_or_else(|fault| {
        faults.push(fault);
        Vec::new()
    });
    let keys = fleet.nodes.iter().map(|node| node.key().to_string()).collect();
    Evidence { history: std::mem::take(&mut fleet.history), claims, hearings, recorded, keys }
}

/// What shows that a run tested nothing.
fn vain(judgement: &Judgement, forged: &BTreeMap<Kind, u64>, rejected: &BTreeMap<String, u64>) -> Vec<String> {
    let mut faults = Vec::new();
    // Polls that are replayed have many a sample taken for nothing.
    if judgement.recorded * 4 < judgement.given || judgement.given == 0 {
        faults.push(format!("less than a quarter of the samples came into the journal: {judgement:?}"));
    }
    if forged.len() < 10 {
        faults.push(format!("few kinds of forgeries were sent: {forged:?}"));
    }
    for reason in ["unsigned", "wrong_key", "unknown_provider", "bad_signature", "wrong_poll", "duplicate", "stale"] {
        if !rejected.contains_key(reason) {
            faults.push(format!("nothing was rejected as {reason}"));
        }
    }
    faults
}

fn samples(judgement: &Judgement) -> [(&'static str, u64); 6] {
    [
        ("given", judgement.given),
        ("of these in the journal", judgement.recorded),
        ("of these lost, each for a reason below", judgement.lost()),
        ("in the journal, by a provider that was killed before it said so", judgement.unclaimed),
        ("in the journal, late", judgement.late),
        ("replies not published: the bus was away, or the provider was killed first", judgement.unsent),
    ]
}
