//! What one producer uses of each of its limits: so that whoever sets them knows what is needed, and who comes near one is
//! seen before it is met.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use statsgrid_wire::message::Description;
use statsgrid_wire::{Number, check_name};

use crate::call::RawStat;
use crate::counters::CounterScope;
use crate::host::{Grants, Holds, LogStream, Took};

/// The use of one producer, shared by its instances and whoever asks.
#[derive(Clone, Debug)]
pub struct Usage {
    used: Arc<Mutex<Used>>,
    counters: CounterScope,
    log: LogStream,
    grants: Arc<Grants>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Used {
    /// The longest call since this was asked last.
    longest: Duration,
    busy: Duration,
    instances_made: u64,
    holds: Holds,
    stats: usize,
    name_bytes: usize,
    help_bytes: usize,
    result_bytes: usize,
}

impl Usage {
    /// Of what counts into `counters`, prints into `log` and may see `grants`.
    pub fn of(counters: CounterScope, log: LogStream, grants: Arc<Grants>) -> Self {
        Self { used: Arc::default(), counters, log, grants }
    }

    /// An instance is made.
    pub(super) fn made(&self) {
        self.lock().instances_made += 1;
    }

    /// There is no instance any more, which holds nothing.
    pub(super) fn gone(&self) {
        self.lock().holds = Holds::default();
    }

    /// A call `took` so much, and the instance `holds` so much after it.
    pub(super) fn called(&self, took: Took, holds: Holds) {
        let mut used = self.lock();
        used.longest = used.longest.max(took.wall);
        used.busy += took.busy;
        used.holds = holds;
    }

    /// An instance has described itself.
    pub(super) fn described(&self, description: &Description) {
        let stats = description.stats.iter().map(|stat| stat.unit.len().max(stat.help.len()));
        let counters = description.counters.iter().map(|counter| counter.unit.len().max(counter.help.len()));
        self.lock().help_bytes = stats.chain(counters).max().unwrap_or_default();
    }

    /// The producer `name` has reported.
    pub(super) fn reported(&self, name: &str, stats: &[RawStat]) {
        let mut used = self.lock();
        used.stats = stats.len();
        used.name_bytes = stats.iter().map(|stat| name.len() + 1 + stat.name.len()).max().unwrap_or_default();
        // As they cross to the host: a name, and a record of it and its value.
        used.result_bytes = stats.iter().map(|stat| stat.name.len() + STAT_BYTES).sum();
    }

    /// All of it, under names of the node's own.
    pub(super) fn stats(&self, name: &str) -> Vec<(String, Number)> {
        let used = {
            let mut used = self.lock();
            let longest = std::mem::take(&mut used.longest);
            Used { longest, ..*used }
        };
        let integer = |number: usize| Number::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let seconds = |time: Duration| Number::float(time.as_secs_f64()).unwrap_or(Number::Integer(0));
        let entries = [
            ("call_seconds", seconds(used.longest)),
            ("busy_seconds", seconds(used.busy)),
            ("instances_made", Number::Integer(i64::try_from(used.instances_made).unwrap_or(i64::MAX))),
            ("memory_bytes", integer(used.holds.memory_bytes)),
            ("table_elements", integer(used.holds.table_elements)),
            ("tables", integer(used.holds.tables)),
            ("stats", integer(used.stats)),
            ("name_bytes", integer(used.name_bytes)),
            ("help_bytes", integer(used.help_bytes)),
            ("result_bytes", integer(used.result_bytes)),
            ("counters", integer(self.counters.len())),
            ("counts", Number::Integer(self.counters.counted().into())),
            ("log_lines", Number::Integer(self.log.logged().into())),
            ("stuck_threads", Number::Integer(self.grants.is_stuck().into())),
        ];
        let full = entries.into_iter().map(|(what, value)| (format!("{SANDBOX}{name}.{what}"), value));
        // A section's name may be as long as leaves no room beside it, and a reply takes no name that is too long.
        full.filter(|(name, _)| check_name(name).is_ok()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Under which the use of limits goes out.
pub(crate) const SANDBOX: &str = "statsgrid.sandbox.";

/// A stat beside its name: the name's place, and a tagged 8-byte value.
const STAT_BYTES: usize = 24;
