//! Who may report: the keys that people trust or have revoked, and those that ask to be let in.
//!
//! The trust file is people's: they, their tools and `approve` and `revoke` write it, the daemon only reads it. The keys
//! that wait for an answer are the daemon's, in a file of its own beside the snapshot. Nicknames decide nothing here: two
//! nodes may share one, and a key is whom it says.

mod edit;
mod file;
mod listing;
mod pending;
mod source;
mod watched;

use std::collections::HashMap;
use std::sync::Arc;

use statsgrid_wire::PublicKey;

pub use edit::{Change, EditError, edit};
pub use file::{BadLine, Entry, Standing, TrustError, TrustFile};
pub use listing::{Listed, State, listing, table};
pub use pending::{Applicant, Heard, Pending, PendingError};
pub use source::{Decision, Source};
pub use watched::Watched;

use crate::settings::Enrol;

/// The keys of a trust file, and what holds for all others.
#[derive(Clone, Debug)]
pub struct Admission {
    enrol: Enrol,
    standings: Arc<HashMap<PublicKey, Standing>>,
}

/// What holds for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Its numbers reach the snapshot.
    Accepted,
    /// Nobody has decided on it yet.
    Unknown,
    /// Somebody has decided against it.
    Revoked,
}

impl Admission {
    /// With these keys. One that is trusted in one place and revoked in another is revoked.
    pub fn new(enrol: Enrol, entries: impl IntoIterator<Item = (PublicKey, Standing)>) -> Self {
        let mut standings = HashMap::new();
        for (key, standing) in entries {
            let held = standings.entry(key).or_insert(standing);
            if standing == Standing::Revoked {
                *held = standing;
            }
        }
        Self { enrol, standings: Arc::new(standings) }
    }

    /// What holds for `key`.
    pub fn judge(&self, key: &PublicKey) -> Judgement {
        match self.standings.get(key) {
            Some(Standing::Trusted) => Judgement::Accepted,
            Some(Standing::Revoked) => Judgement::Revoked,
            None if self.enrol == Enrol::Open => Judgement::Accepted,
            None => Judgement::Unknown,
        }
    }

    /// Whether the numbers of `key` reach the snapshot.
    pub fn accepts(&self, key: &PublicKey) -> bool {
        self.judge(key) == Judgement::Accepted
    }

    /// How many keys are trusted by name.
    pub fn trusted(&self) -> usize {
        self.standings.values().filter(|standing| **standing == Standing::Trusted).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::Identity;

    #[test]
    fn a_key_that_is_both_is_revoked_and_an_unknown_one_is_the_enrolments_matter() {
        let [both, trusted, unknown] = [(); 3].map(|()| Identity::generate().unwrap().public_key());
        let entries = [(both, Standing::Revoked), (both, Standing::Trusted), (trusted, Standing::Trusted)];
        let judge = |enrol| [both, trusted, unknown].map(|key| Admission::new(enrol, entries).judge(&key));
        assert_eq!(judge(Enrol::Approve), [Judgement::Revoked, Judgement::Accepted, Judgement::Unknown]);
        assert_eq!(judge(Enrol::Open), [Judgement::Revoked, Judgement::Accepted, Judgement::Accepted]);
        assert_eq!(Admission::new(Enrol::Open, entries).trusted(), 1);
    }
}
