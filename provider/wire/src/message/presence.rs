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
