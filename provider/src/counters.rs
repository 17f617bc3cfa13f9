//! The provider's counters: what is counted stays, whatever becomes of the code that counted.
//!
//! Three ways lead here, as in the original: Rust code that embeds the library counts under full names, producers
//! through the import `counters.count`, and any program on the machine over the statsd socket; the latter two under a
//! prefix of their own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use statsgrid_wire::{NameError, Named, check_name};

use crate::limits::COUNTERS;

/// All counters of a provider, shared by all that count.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<Box<str>, u64>>>);

/// The counters under one prefix.
#[derive(Clone, Debug)]
pub struct CounterScope {
    counters: Counters,
    prefix: String,
}

/// Why a count was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// The name is none.
    #[error("counter {0:?}: {1}")]
    Name(String, NameError),
    /// The prefix has too many already.
    #[error("counter {0:?}: {COUNTERS} counters under one prefix are the limit")]
    TooMany(String),
}

impl Counters {
    /// Adds `delta` to the counter of the full name `name`, which is made at 0 if it is not there. At 2^64-1 it stays.
    pub fn count(&self, name: &str, delta: u64) -> Result<(), CountError> {
        let prefix = name.split('.').next().unwrap_or(name);
        let mut counters = self.lock();
        if let Some(value) = counters.get_mut(name) {
            *value = value.saturating_add(delta);
            return Ok(());
        }
        check_name(name).map_err(|error| CountError::Name(name.to_owned(), error))?;
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let taken = counters.range::<str, _>(from).filter(|(held, _)| is_under(held, prefix)).count();
        if taken >= COUNTERS {
            return Err(CountError::TooMany(name.to_owned()));
        }
        match counters.entry(name.into()) {
            Entry::Vacant(entry) => {
                entry.insert(delta);
            }
            Entry::Occupied(mut entry) => *entry.get_mut() = entry.get().saturating_add(delta),
        }
        Ok(())
    }

    /// What can only count under `prefix`.
    pub fn under(&self, prefix: &str) -> CounterScope {
        CounterScope { counters: self.clone(), prefix: prefix.to_owned() }
    }

    /// All of them, as they stand.
    pub fn read(&self) -> Named<u64> {
        self.lock().iter().map(|(name, value)| (name.clone(), *value)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Box<str>, u64>> {
        // A thread that panicked between two lines above left whole numbers behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CounterScope {
    /// Adds `delta` to the counter `name` under the prefix.
    pub fn count(&self, name: &str, delta: u64) -> Result<(), CountError> {
        self.counters.count(&self.full(name), delta)
    }

    /// The full name of `name` under the prefix.
    pub fn full(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }
}

fn is_under(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
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
    fn bad_names_and_too_many_are_refused() {
        let counters = Counters::default();
        let app = counters.under("app");
        assert!(matches!(app.count("two words", 1), Err(CountError::Name(..))));
        assert!(matches!(counters.count("", 1), Err(CountError::Name(..))));
        for number in 0..COUNTERS {
            app.count(&number.to_string(), 1).unwrap();
        }
        assert!(matches!(app.count("one_more", 1), Err(CountError::TooMany(_))));
        app.count("0", 1).unwrap();
        counters.under("app2").count("another_prefix", 1).unwrap();
    }
}
