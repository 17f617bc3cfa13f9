//! The prefixes that are, or were in this run, a section's or a registered producer's: what they counted goes with them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The names, shared by what keeps the counters and what reloads the sections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sections(Arc<Mutex<BTreeSet<String>>>);

impl Sections {
    /// As they stand.
    pub(crate) fn read(&self) -> BTreeSet<String> {
        self.lock().clone()
    }

    /// These are sections too.
    pub(crate) fn add(&self, names: impl IntoIterator<Item = String>) {
        self.lock().extend(names);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromIterator<String> for Sections {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(Arc::new(Mutex::new(names.into_iter().collect())))
    }
}
