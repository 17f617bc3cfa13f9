//! The provider's counters: what is counted stays, whatever becomes of the code that counted.
//!
//! Three ways lead here, as in the original: Rust code that embeds the library counts under full names, producers
//! through the import `counters.count`, and any program on the machine over the statsd socket; the latter two under a
//! prefix of their own. Where the node wants it they are kept in a file, and the next run counts on.

mod keeper;
mod saved;
mod sections;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use statsgrid_wire::limits::NAME_BYTES;
use statsgrid_wire::{Moment, NameError, Named, check_name};

pub(crate) use keeper::{Keeper, Kept};
pub use saved::{Saved, SavedError};
pub(crate) use sections::Sections;

use crate::bounds::Bounds;
use crate::limits::{COUNTERS, NAME_SHOWN};
use crate::window::Window;

/// All counters of a provider, shared by all that count.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Mutex<Tally>>);

/// The values by full name, and how many there are under each prefix: one that is full is asked about again and again.
#[derive(Debug, Default)]
struct Tally {
    values: BTreeMap<Box<str>, u64>,
    prefixes: BTreeMap<Box<str>, usize>,
}

/// The counters under one prefix.
#[derive(Clone, Debug)]
pub struct CounterScope {
    counters: Counters,
    prefix: String,
    /// Counters that may be under the prefix.
    most: usize,
    /// Bytes of a full name.
    name_bytes: usize,
    /// How often may be counted; none: as often as it comes.
    rate: Option<Rate>,
}

/// Calls of `count` in the running minute, and how many may be. Shared by all instances of a producer.
#[derive(Clone, Debug)]
struct Rate {
    window: Arc<Mutex<Window>>,
    most: u32,
}

/// When counters were at 0.
#[derive(Clone, Copy, Debug)]
pub struct CountedSince {
    /// In earlier runs.
    before: Duration,
    /// The start of this one.
    started: Moment,
}

/// Why a count was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// The name is none.
    #[error("counter {0:?}: {1}")]
    Name(String, NameError),
    /// The prefix has too many already.
    #[error("counter {0:?}: {1} counters under one prefix are the limit")]
    TooMany(String, usize),
    /// Longer than its producer may have it.
    #[error("counter {0:?}: its full name has more than {1} bytes")]
    TooLong(String, usize),
    /// Its producer counts all the time.
    #[error("counter {0:?}: {1} counts in a minute are the limit")]
    TooOften(String, u32),
}

impl Counters {
    /// Adds `delta` to the counter of the full name `name`, which is made at 0 if it is not there. At 2^64-1 it stays.
    pub fn count(&self, name: &str, delta: u64) -> Result<(), CountError> {
        self.count_within(name, delta, COUNTERS)
    }

    /// The same, with `most` counters under its prefix.
    fn count_within(&self, name: &str, delta: u64, most: usize) -> Result<(), CountError> {
        let prefix = prefix(name);
        let mut tally = self.lock();
        if let Some(value) = tally.values.get_mut(name) {
            *value = value.saturating_add(delta);
            return Ok(());
        }
        check_name(name).map_err(|error| CountError::Name(name.to_owned(), error))?;
        if tally.under(prefix) >= most {
            return Err(CountError::TooMany(name.to_owned(), most));
        }
        *tally.prefixes.entry(prefix.into()).or_default() += 1;
        tally.values.insert(name.into(), delta);
        Ok(())
    }

    /// Counts on from what an earlier run saved: under what stands in `sections` now, and under what never was a section.
    /// `most` gives how many there may be under a prefix.
    pub(crate) fn restore(&self, saved: &Saved, sections: &BTreeSet<String>, most: impl Fn(&str) -> usize) {
        let gone: BTreeSet<&str> = saved.sections.difference(sections).map(String::as_str).collect();
        for section in &gone {
            tracing::info!("what {section} counted is dropped, for no section of this name is configured any more");
        }
        let kept = saved.counters.iter().filter(|(name, _)| !gone.contains(prefix(name)));
        // What a start has counted already is not lost: it adds up.
        let refused: Vec<CountError> =
            kept.filter_map(|(name, value)| self.count_within(name, *value, most(prefix(name))).err()).collect();
        if let Some(error) = refused.first() {
            tracing::warn!("{} of the saved counters are dropped; the first one: {error}", refused.len());
        }
    }

    /// Drops what was counted under `prefix`.
    pub(crate) fn forget(&self, prefix: &str) {
        let mut tally = self.lock();
        tally.values.retain(|name, _| self::prefix(name) != prefix);
        tally.prefixes.remove(prefix);
    }

    /// What can only count under `prefix`.
    pub fn under(&self, prefix: &str) -> CounterScope {
        CounterScope {
            counters: self.clone(),
            prefix: prefix.to_owned(),
            most: COUNTERS,
            name_bytes: NAME_BYTES,
            rate: None,
        }
    }

    /// All of them, as they stand.
    pub fn read(&self) -> Named<u64> {
        self.lock().values.iter().map(|(name, value)| (name.clone(), *value)).collect()
    }

    fn copy(&self) -> BTreeMap<Box<str>, u64> {
        self.lock().values.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        // A thread that panicked between two lines above left whole numbers behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    /// How many counters there are under `prefix`.
    fn under(&self, prefix: &str) -> usize {
        self.prefixes.get(prefix).copied().unwrap_or_default()
    }
}

impl CounterScope {
    /// The same under the limits of a producer.
    pub fn within(self, bounds: &Bounds) -> Self {
        let rate = Rate { window: Arc::default(), most: bounds.counts_per_minute };
        Self { most: bounds.counters, name_bytes: bounds.name_bytes, rate: Some(rate), ..self }
    }

    /// Adds `delta` to the counter `name` under the prefix.
    pub fn count(&self, name: &str, delta: u64) -> Result<(), CountError> {
        match &self.rate {
            Some(rate) if !rate.take() => Err(CountError::TooOften(shown(name), rate.most)),
            _ => self.add(name, delta),
        }
    }

    /// Makes the counter `name` under the prefix, if it is not there.
    pub(crate) fn make(&self, name: &str) -> Result<(), CountError> {
        self.add(name, 0)
    }

    fn add(&self, name: &str, delta: u64) -> Result<(), CountError> {
        let full = self.full(name);
        if full.len() > self.name_bytes {
            return Err(CountError::TooLong(shown(name), self.name_bytes));
        }
        self.counters.count_within(&full, delta, self.most)
    }

    /// Counters under the prefix.
    pub(crate) fn len(&self) -> usize {
        self.counters.lock().under(&self.prefix)
    }

    /// Counts in the running minute.
    pub(crate) fn counted(&self) -> u32 {
        self.rate.as_ref().map_or(0, |rate| rate.lock().taken(Instant::now()))
    }

    /// The full name of `name` under the prefix.
    pub fn full(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }
}

impl Rate {
    fn take(&self) -> bool {
        let mut window = self.lock();
        window.turn(Instant::now());
        window.take(self.most)
    }

    fn lock(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CountedSince {
    /// They had been counting for `before` when this run started.
    pub(crate) fn before(before: Duration, started: Moment) -> Self {
        Self { before, started }
    }

    /// How long before `now` they were at 0.
    pub(crate) fn age(&self, now: Moment) -> Duration {
        self.before + now.since(self.started)
    }
}

/// The start of a name that may be as long as its producer likes.
fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN).collect()
}

/// The first level of a name.
fn prefix(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_stay_at_the_top() {
        let counters = Counters::default();
        counters.count("storage_server.bytes_added", 17).unwrap();
        counters.count("storage_server.bytes_added", 3).unwrap();
        counters.under("app").count("hits", 0).unwrap();
        counters.count("top", u64::MAX).unwrap();
        counters.count("top", 1).unwrap();
        let read = counters.read();
        assert_eq!(read.get("storage_server.bytes_added"), Some(&20));
        assert_eq!(read.get("app.hits"), Some(&0));
        assert_eq!(read.get("top"), Some(&u64::MAX));
    }

    #[test]
    fn an_earlier_run_is_counted_on_where_its_section_still_stands() {
        let sections = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        let counted = ["app.visits", "gone.runs", "node.requests", "statsgrid.polls_answered", "two words.x"];
        let counted = counted.map(|name| (name.into(), 10)).into_iter().collect();
        let saved = Saved::new(0, Duration::ZERO, sections(&["app", "gone"]), counted);
        let counters = Counters::default();
        counters.count("app.visits", 1).unwrap();
        counters.restore(&saved, &sections(&["app", "new"]), |_| COUNTERS);
        let expected = [("app.visits", 11), ("node.requests", 10), ("statsgrid.polls_answered", 10)];
        assert_eq!(counters.read(), expected.into_iter().collect());
    }

    #[test]
    fn the_bound_of_a_prefix_holds_for_an_earlier_run_too() {
        let counted = (0..2 * COUNTERS).map(|number| (format!("app.{number}").into(), 1)).collect();
        let counters = Counters::default();
        counters.restore(&Saved::new(0, Duration::ZERO, BTreeSet::new(), counted), &BTreeSet::new(), |_| COUNTERS);
        assert_eq!(counters.read().len(), COUNTERS);
    }

    #[test]
    fn bad_names_and_too_many_are_refused() {
        let counters = Counters::default();
        let app = counters.under("app");
        assert!(matches!(app.count("two words", 1), Err(CountError::Name(..))));
        assert!(matches!(counters.count("", 1), Err(CountError::Name(..))));
        for number in 0..COUNTERS {
            app.count(&number.to_string(), 1).unwrap();
        }
        assert!(matches!(app.count("one_more", 1), Err(CountError::TooMany(..))));
        app.count("0", 1).unwrap();
        counters.under("app2").count("another_prefix", 1).unwrap();
    }
}
