//! A component tried out before it is trusted: started, read, sampled and read again, each call timed.
//!
//! It goes through the same calls under the same limits as in a running provider, and nothing of it is logged: who
//! tries is shown all of it. Left out on purpose: a second try after a failure, for the first is what is asked about.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Number};

use super::component::{ComponentSource, Instance};
use super::reading::{Described, Reading};
use crate::call::Fault;

/// What became of a component that was tried out.
#[derive(Debug)]
pub struct Trial {
    /// What it says of itself; none: it did not start.
    pub described: Option<Described>,
    /// Its calls, up to the one that left nothing to be called.
    pub calls: Vec<Call>,
    /// Linear memory of the instance in the end, if there still was one.
    pub memory_bytes: Option<usize>,
}

/// One call of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What was called: `start` (a new instance and its `init`), `get-stats` or `sample`.
    pub name: &'static str,
    /// The wall time.
    pub took: Duration,
    /// What became of it.
    pub outcome: Outcome,
    /// One line on what went wrong.
    pub message: Option<String>,
    /// What a poll would have got.
    pub stats: Vec<(String, Number)>,
}

impl Trial {
    /// Tries `source` out.
    pub async fn of(source: ComponentSource, clock: Arc<dyn Clock>) -> Self {
        let mut runs = Runs { name: source.name.clone(), clock: clock.clone(), calls: Vec::new() };
        let mut instance = Instance::of(source, clock);
        let described = runs.start(&mut instance).await;
        let samples = described.as_ref().is_some_and(|described| described.description.sample_interval_ms.is_some());
        // The second reading is the warm one: what the first had to make is there.
        for call in ["get-stats", "sample", "get-stats"] {
            match (call, instance.memory_bytes()) {
                (_, None) => break,
                ("sample", _) if samples => runs.sample(&mut instance).await,
                ("sample", _) => {}
                _ => runs.get_stats(&mut instance).await,
            }
        }
        Self { described, calls: runs.calls, memory_bytes: instance.memory_bytes() }
    }

    /// The first call that was not clean.
    pub fn failed(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.outcome != Outcome::Ok)
    }
}

/// Calls as they are made.
struct Runs {
    name: String,
    clock: Arc<dyn Clock>,
    calls: Vec<Call>,
}

impl Runs {
    async fn start(&mut self, instance: &mut Instance) -> Option<Described> {
        let began = self.clock.now().monotonic;
        let started = instance.ready().await;
        let (described, fault) = started.map_or_else(|fault| (None, Some(fault)), |described| (described, None));
        self.called("start", began, fault);
        described
    }

    async fn sample(&mut self, instance: &mut Instance) {
        let began = self.clock.now().monotonic;
        let sampled = instance.sample().await;
        self.called("sample", began, sampled.err());
    }

    async fn get_stats(&mut self, instance: &mut Instance) {
        let began = self.clock.now().monotonic;
        let read = instance.get_stats().await;
        let now = self.clock.now();
        let reading = read.unwrap_or_else(|fault| Reading::failed(&self.name, &fault, now));
        let Reading { outcome, message, stats, .. } = reading;
        let took = now.monotonic.saturating_sub(began);
        self.calls.push(Call { name: "get-stats", took, outcome, message, stats });
    }

    fn called(&mut self, name: &'static str, began: Duration, fault: Option<Fault>) {
        let took = self.clock.now().monotonic.saturating_sub(began);
        let (outcome, message) = fault.map_or((Outcome::Ok, None), |fault| (fault.outcome, Some(fault.message)));
        self.calls.push(Call { name, took, outcome, message, stats: Vec::new() });
    }
}
