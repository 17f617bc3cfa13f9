//! A poll: a gatherer asks all providers, a shard, or one.

use serde::{Deserialize, Serialize};

use crate::envelope::Message;
use crate::limits::{DESCRIPTIONS_WANTED, POLL_TTL_MS, SHORT_BODY_BYTES};
use crate::subject::{To, Topic};
use crate::unknown::Unknown;
use crate::{Hash, Id, PublicKey};

/// The body of a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// Who asks. Equals the subject's.
    pub gatherer: PublicKey,
    /// Who is asked. Equals the subject's, so that a poll to all cannot be sent on as one to a single provider.
    pub to: To,
    /// The round: its aligned start in Unix milliseconds by the gatherer's clock. Polls of one round are answered
    /// from one sample.
    pub round: u64,
    /// Random; a provider drops an id that it has seen.
    pub id: Id,
    /// When it was issued, in Unix milliseconds by the gatherer's clock.
    pub issued_ms: u64,
    /// How far a provider's clock may be from `issued_ms` for the poll to be answered with stats.
    pub ttl_ms: u64,
    /// How long after its issue replies are waited for.
    pub deadline_ms: u64,
    /// Over how long the providers spread their replies; 0: at once.
    pub splay_ms: u64,
    /// Bytes of the largest body that the gatherer takes as a reply.
    pub max_reply: u32,
    /// Hashes of descriptions to send along; only in a poll to one provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub describe: Vec<Hash>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Message for Poll {
    const KIND: &'static str = "poll";
    const BODY_BYTES: usize = SHORT_BODY_BYTES;

    fn check(&self, topic: &Topic) -> Result<(), String> {
        let Topic::Poll { gatherer, to } = topic else {
            return Err("not on a poll's subject".to_owned());
        };
        if self.gatherer != *gatherer || self.to != *to {
            return Err(format!("asks {} in its body and {to} in its subject", self.to));
        }
        if self.ttl_ms > POLL_TTL_MS {
            return Err(format!("a time to live of {} ms; at most {POLL_TTL_MS} is taken", self.ttl_ms));
        }
        if self.describe.len() > DESCRIPTIONS_WANTED {
            return Err(format!("asks for {} descriptions; at most {DESCRIPTIONS_WANTED} go", self.describe.len()));
        }
        Ok(())
    }
}
