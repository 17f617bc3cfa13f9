//! Whose messages are opened: those for this gatherer, by a key that is one and that nobody has revoked.
//!
//! A key that nobody has decided on is opened too, for only who can sign for a key is put before people to decide on.
//! Whether its numbers reach a record is judged behind this, in the rounds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use statsgrid_wire::envelope::Keyring;
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{PublicKey, Reason, Rejection, Verifier};

use crate::limits::KEYS;
use crate::trust::{Admission, Judgement};

/// What people have decided, and keys that were taken in, decompressed.
#[derive(Debug)]
pub struct Keys {
    gatherer: PublicKey,
    held: RwLock<Held>,
}

#[derive(Debug)]
struct Held {
    admission: Admission,
    taken_in: HashMap<PublicKey, Arc<Verifier>>,
}

impl Keys {
    /// Those of the providers of `gatherer`.
    pub fn of(gatherer: PublicKey, admission: Admission) -> Self {
        Self { gatherer, held: RwLock::new(Held { admission, taken_in: HashMap::new() }) }
    }

    /// From here on `admission` holds.
    pub fn decide(&self, admission: Admission) {
        let mut held = self.write();
        held.taken_in.retain(|key, _| admission.accepts(key));
        held.admission = admission;
    }

    /// Keeps an accepted key that has signed: one that was only named would push out those that do.
    pub(super) fn keep(&self, key: PublicKey) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if held.taken_in.contains_key(&key) || held.taken_in.len() >= KEYS || !held.admission.accepts(&key) {
            return;
        }
        drop(held);
        if let Ok(verifier) = key.verifier() {
            self.write().taken_in.insert(key, Arc::new(verifier));
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyring for Keys {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        if topic.gatherer() != self.gatherer {
            return Err(Rejection::new(Reason::OtherGatherer, format!("for {}", topic.gatherer())));
        }
        let key = topic.signer();
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if held.admission.judge(&key) == Judgement::Revoked {
            return Err(Rejection::new(Reason::Revoked, format!("{key} is revoked in the trust file")));
        }
        if let Some(verifier) = held.taken_in.get(&key) {
            return Ok(verifier.clone());
        }
        drop(held);
        let weak = |error| Rejection::new(Reason::UnknownProvider, format!("{key}: {error}"));
        Ok(Arc::new(key.verifier().map_err(weak)?))
    }
}
