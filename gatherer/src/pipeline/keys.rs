//! Whose messages are opened: those for this gatherer, by a key that is one and that nobody has revoked.
//!
//! A key that nobody has decided on is opened too, for only who can sign for a key is put before people to decide on.
//! Whether its numbers reach a record is judged behind this, in the rounds. Only so many a second are opened, for anybody
//! can make keys by the thousand, and their signatures are not to hold up those of the nodes that people trust.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use statsgrid_wire::envelope::Keyring;
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{PublicKey, Reason, Rejection, Verifier};

use crate::limits::{KEYS, STRANGERS_A_SECOND};
use crate::trust::{Admission, Judgement};

/// What people have decided, and keys that were taken in, decompressed.
#[derive(Debug)]
pub struct Keys {
    gatherer: PublicKey,
    held: RwLock<Held>,
    /// Messages of unknown keys that may still be opened in this second.
    strangers: AtomicUsize,
}

#[derive(Debug)]
struct Held {
    admission: Admission,
    taken_in: HashMap<PublicKey, Arc<Verifier>>,
}

impl Keys {
    /// Those of the providers of `gatherer`.
    pub fn of(gatherer: PublicKey, admission: Admission) -> Self {
        let held = RwLock::new(Held { admission, taken_in: HashMap::new() });
        Self { gatherer, held, strangers: AtomicUsize::new(STRANGERS_A_SECOND) }
    }

    /// From here on `admission` holds.
    pub fn decide(&self, admission: Admission) {
        let mut held = self.write();
        held.taken_in.retain(|key, _| admission.accepts(key));
        held.admission = admission;
    }

    /// A second has passed: strangers are opened again.
    pub fn another_second(&self) {
        self.strangers.store(STRANGERS_A_SECOND, Ordering::Relaxed);
    }

    /// Whether one more stranger may be opened in this second.
    fn has_time_for_a_stranger(&self) -> bool {
        let left = |left: usize| left.checked_sub(1);
        self.strangers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }

    /// Keeps an accepted key that has signed: one that was only named would push out those that do.
    pub(super) fn keep(&self, key: PublicKey, verifier: &Arc<Verifier>) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if held.taken_in.contains_key(&key) || held.taken_in.len() >= KEYS || !held.admission.accepts(&key) {
            return;
        }
        drop(held);
        self.write().taken_in.insert(key, verifier.clone());
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
        match held.admission.judge(&key) {
            Judgement::Accepted => {}
            Judgement::Revoked => {
                return Err(Rejection::new(Reason::Revoked, format!("{key} is revoked in the trust file")));
            }
            Judgement::Unknown if self.has_time_for_a_stranger() => {}
            Judgement::Unknown => {
                let detail = format!("{key} is one of too many unknown keys at once; it is not looked at");
                return Err(Rejection::new(Reason::UnknownProvider, detail));
            }
        }
        if let Some(verifier) = held.taken_in.get(&key) {
            return Ok(verifier.clone());
        }
        drop(held);
        let weak = |error| Rejection::new(Reason::UnknownProvider, format!("{key}: {error}"));
        Ok(Arc::new(key.new_verifier().map_err(weak)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Enrol;
    use crate::trust::Standing;
    use statsgrid_wire::Identity;

    fn key() -> PublicKey {
        Identity::generate().unwrap().public_key()
    }

    /// Reading the trust file does not look at its keys.
    #[test]
    fn a_trusted_key_that_anybody_may_sign_under_is_refused_when_it_shows_up() {
        let weak: PublicKey = "UAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABVBG".parse().unwrap();
        let gatherer = key();
        let keys = Keys::of(gatherer, Admission::new(Enrol::Approve, [(weak, Standing::Trusted)]));
        let rejection = keys.admit(&Topic::Announce { gatherer, provider: weak }).unwrap_err();
        assert_eq!(rejection.reason, Reason::UnknownProvider);
    }

    #[test]
    fn strangers_are_opened_so_many_a_second_and_the_trusted_always() {
        let (gatherer, trusted, stranger) = (key(), key(), key());
        let keys = Keys::of(gatherer, Admission::new(Enrol::Approve, [(trusted, Standing::Trusted)]));
        let opens = |provider| keys.admit(&Topic::Announce { gatherer, provider }).is_ok();
        for _ in 0..2 {
            let opened = (0..STRANGERS_A_SECOND + 100).filter(|_| opens(stranger));
            assert_eq!(opened.count(), STRANGERS_A_SECOND);
            assert!(opens(trusted));
            keys.another_second();
        }
        let keys = Keys::of(gatherer, Admission::new(Enrol::Open, []));
        let opens = |provider| keys.admit(&Topic::Announce { gatherer, provider }).is_ok();
        assert!((0..STRANGERS_A_SECOND + 100).all(|_| opens(stranger)), "with open enrolment nobody is a stranger");
    }
}
