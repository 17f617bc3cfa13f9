//! Who receives the vectors: which gatherer it is or listens to, and what it knows of keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use statsgrid_wire::envelope::Keyring;
use statsgrid_wire::subject::{DEFAULT_PREFIX, Topic};
use statsgrid_wire::{PublicKey, Reason, Rejection, Verifier};

use crate::cast::{MIXED_ORDER, NAMES, NO_POINT, ORDER_1, ORDER_8, actor};
use crate::vector::path;

const FILE: &str = "receiver.json";

/// The receiver, as its file describes it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Receiver {
    about: String,
    /// All subjects are under it.
    pub prefix: String,
    /// Whose polls are taken, and whom replies, announcements and goodbyes must be for.
    gatherer: PublicKey,
    /// Providers whose messages are taken, if their keys are strong.
    known: Vec<PublicKey>,
    /// Providers whose messages were taken once.
    revoked: Vec<PublicKey>,
    /// Seeds, to seal the vectors with.
    seeds: BTreeMap<String, String>,
}

const ABOUT: &str = "The receiver of all vectors: a provider that listens to this gatherer, or this gatherer, which \
    knows these providers. The seeds are public (the 32 bytes of each are the SHA-256 of `statsgrid test vector NAME`) \
    and must never be used.";

impl Receiver {
    pub fn of_the_cast() -> Self {
        let weak = [ORDER_1, ORDER_8, MIXED_ORDER, NO_POINT].map(|text| text.parse().unwrap());
        let seed = |name: &str| (name.to_owned(), actor(name).pair.seed().unwrap());
        Self {
            about: ABOUT.to_owned(),
            prefix: DEFAULT_PREFIX.to_owned(),
            gatherer: actor("gatherer").key,
            known: ["alpha", "beta"].map(|name| actor(name).key).into_iter().chain(weak).collect(),
            revoked: vec![actor("revoked").key],
            seeds: NAMES.into_iter().map(seed).collect(),
        }
    }
}

impl Keyring for Receiver {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        let signer = topic.signer();
        if topic.gatherer() != self.gatherer {
            return Err(Rejection::new(Reason::OtherGatherer, "for another"));
        }
        if self.revoked.contains(&signer) {
            return Err(Rejection::new(Reason::Revoked, "no longer"));
        }
        if signer != self.gatherer && !self.known.contains(&signer) {
            return Err(Rejection::new(Reason::UnknownProvider, "never heard of"));
        }
        let verifier = signer.verifier().map_err(|error| Rejection::new(Reason::UnknownProvider, error.to_string()))?;
        Ok(Arc::new(verifier))
    }
}

pub fn read(edition: &str) -> Receiver {
    serde_json::from_slice(&std::fs::read(path(edition).join(FILE)).unwrap()).unwrap()
}

pub fn write(receiver: &Receiver) {
    std::fs::write(path(FILE), serde_json::to_string_pretty(receiver).unwrap() + "\n").unwrap();
}
