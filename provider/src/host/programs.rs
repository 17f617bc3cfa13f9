//! Programs that are in use, by their digest: sections that run the same file share its code, and compile it once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use statsgrid_wire::Hash;

use super::load::{LoadError, Program};

/// Who holds one keeps it; what nobody holds is dropped.
#[derive(Default)]
pub(super) struct Programs(Mutex<HashMap<Hash, Slot>>);

/// Locked while the program is made, so that another section that wants it waits instead of making it once more.
type Slot = Arc<Mutex<Weak<Program>>>;

impl Programs {
    /// The program of this digest: the one in use, or what `make` gives.
    pub(super) fn get_or_make(
        &self,
        digest: Hash,
        make: impl FnOnce() -> Result<Program, LoadError>,
    ) -> Result<Arc<Program>, LoadError> {
        let slot = self.slot(digest);
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = held.upgrade() {
            return Ok(program);
        }
        let program = Arc::new(make()?);
        *held = Arc::downgrade(&program);
        Ok(program)
    }

    fn slot(&self, digest: Hash) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Of what ran once only a slot is left, and of that nothing at the next load; one that is locked is in use.
        slots
            .retain(|_, slot| Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|held| held.strong_count() > 0));
        slots.entry(digest).or_default().clone()
    }
}
