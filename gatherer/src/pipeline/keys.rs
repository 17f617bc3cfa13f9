//! Whose messages are opened: with open enrolment everybody's that is for this gatherer, by a key that is one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use statsgrid_wire::envelope::Keyring;
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{PublicKey, Reason, Rejection, Verifier};

use crate::limits::KEYS;

/// Keys that were taken in, decompressed.
#[derive(Debug)]
pub(super) struct Keys {
    gatherer: PublicKey,
    taken_in: RwLock<HashMap<PublicKey, Arc<Verifier>>>,
}

impl Keys {
    pub(super) fn of(gatherer: PublicKey) -> Self {
        Self { gatherer, taken_in: RwLock::default() }
    }
}

impl Keys {
    /// Keeps a key that has signed: one that was only named would push out those that do.
    pub(super) fn keep(&self, key: PublicKey) {
        let held = self.taken_in.read().unwrap_or_else(PoisonError::into_inner);
        if held.contains_key(&key) || held.len() >= KEYS {
            return;
        }
        drop(held);
        if let Ok(verifier) = key.verifier() {
            self.taken_in.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::new(verifier));
        }
    }
}

impl Keyring for Keys {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        if topic.gatherer() != self.gatherer {
            return Err(Rejection::new(Reason::OtherGatherer, format!("for {}", topic.gatherer())));
        }
        let key = topic.signer();
        if let Some(verifier) = self.taken_in.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(verifier.clone());
        }
        let weak = |error| Rejection::new(Reason::UnknownProvider, format!("{key}: {error}"));
        Ok(Arc::new(key.verifier().map_err(weak)?))
    }
}
