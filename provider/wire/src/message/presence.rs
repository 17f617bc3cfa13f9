//! A provider comes, a provider goes.

use serde::{Deserialize, Serialize};

use super::reply::check_nickname;
use crate::envelope::Message;
use crate::limits::SHORT_BODY_BYTES;
use crate::subject::Topic;
use crate::unknown::Unknown;
use crate::{Id, PublicKey};

/// "I am here, and listen": published once the subscription stands, and at each reconnect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// Whom it is for. Equals the subject's.
    pub gatherer: PublicKey,
    /// The run of the provider: a goodbye counts for this instance alone.
    pub instance: Id,
    /// What people call the node.
    pub nickname: String,
    /// When it was said, in Unix milliseconds by the provider's clock.
    pub issued_ms: u64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// "I stop": published on a clean stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bye {
    /// Whom it is for. Equals the subject's.
    pub gatherer: PublicKey,
    /// The run of the provider that ends.
    pub instance: Id,
    /// When it was said, in Unix milliseconds by the provider's clock.
    pub issued_ms: u64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Message for Announcement {
    const KIND: &'static str = "announce";
    const BODY_BYTES: usize = SHORT_BODY_BYTES;

    fn check(&self, topic: &Topic) -> Result<(), String> {
        check_nickname(&self.nickname)?;
        match topic {
            Topic::Announce { gatherer, .. } if *gatherer == self.gatherer => Ok(()),
            _ => Err("is for another gatherer than its subject says".to_owned()),
        }
    }
}

impl Message for Bye {
    const KIND: &'static str = "bye";
    const BODY_BYTES: usize = SHORT_BODY_BYTES;

    fn check(&self, topic: &Topic) -> Result<(), String> {
        match topic {
            Topic::Bye { gatherer, .. } if *gatherer == self.gatherer => Ok(()),
            _ => Err("is for another gatherer than its subject says".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    #[test]
    fn each_is_for_the_gatherer_of_its_own_subject() {
        let key = || Identity::generate().unwrap().public_key();
        let (gatherer, other, provider) = (key(), key(), key());
        let instance = Id::random().unwrap();
        let bye = Bye { gatherer, instance, issued_ms: 0, unknown: Unknown };
        let announcement =
            Announcement { gatherer, instance, nickname: "alpha".to_owned(), issued_ms: 0, unknown: Unknown };
        let announced = |gatherer| Topic::Announce { gatherer, provider };
        let left = |gatherer| Topic::Bye { gatherer, provider };
        assert_eq!(announcement.check(&announced(gatherer)), Ok(()));
        assert_eq!(bye.check(&left(gatherer)), Ok(()));
        for checked in [
            announcement.check(&announced(other)),
            announcement.check(&left(gatherer)),
            bye.check(&left(other)),
            bye.check(&announced(gatherer)),
        ] {
            assert_eq!(checked.unwrap_err(), "is for another gatherer than its subject says");
        }
    }
}
