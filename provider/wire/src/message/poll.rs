//! A poll: a gatherer asks all providers, a shard, or one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::envelope::Message;
use crate::limits::{DESCRIPTIONS_WANTED, POLL_TTL_MS, SHORT_BODY_BYTES};
use crate::subject::{Scope, To, Topic};
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
    /// Where a poll to one is answered: a gatherer of one shard hears its own replies alone. A poll to a shard is
    /// answered to that shard.
    #[serde(default, skip_serializing_if = "Scope::is_all")]
    pub scope: Scope,
    /// Hashes of descriptions to send along; only in a poll to one provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub describe: Vec<Hash>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Poll {
    /// Which of the gatherer's reply subjects the answer goes to.
    pub fn answered_to(&self) -> Scope {
        match self.to {
            To::Shard(shard) => Scope::Shard(shard),
            To::All | To::One(_) => self.scope,
        }
    }

    /// Where in the splay `provider` answers: by the hash of its key and the poll, so that each round has another order
    /// and no node is always last.
    pub fn delay_of(&self, provider: &PublicKey) -> Duration {
        if self.splay_ms == 0 {
            return Duration::ZERO;
        }
        let hash = Hash::of(format!("{provider}{}", self.id).as_bytes());
        let number = hash.0.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        Duration::from_millis(number % self.splay_ms)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    fn poll() -> (Poll, Topic) {
        let gatherer = Identity::generate().unwrap().public_key();
        let poll = Poll {
            gatherer,
            to: To::All,
            round: 1_795_420_800_000,
            id: Id::random().unwrap(),
            issued_ms: 1_795_420_800_012,
            ttl_ms: POLL_TTL_MS,
            deadline_ms: 10_000,
            splay_ms: 0,
            max_reply: 65_536,
            scope: Scope::All,
            describe: vec![Hash::of(b"a description"); DESCRIPTIONS_WANTED],
            unknown: Unknown,
        };
        (poll, Topic::Poll { gatherer, to: To::All })
    }

    #[test]
    fn the_largest_that_may_be_asked_is_sealed() {
        let (poll, topic) = poll();
        assert_eq!(poll.check(&topic), Ok(()));
        assert!(serde_json::to_vec(&poll).unwrap().len() <= Poll::BODY_BYTES);
    }

    #[test]
    fn a_delay_stays_within_the_splay_and_differs_between_polls() {
        let (poll, _) = poll();
        let me = Identity::generate().unwrap().public_key();
        let spread = || Poll { splay_ms: 3_000, id: Id::random().unwrap(), ..poll.clone() };
        let delays: Vec<_> = (0..20).map(|_| spread().delay_of(&me)).collect();
        assert!(delays.iter().all(|delay| *delay < Duration::from_secs(3)));
        // Twenty times the same by chance has a probability of 3000^-19.
        assert!(delays.iter().any(|delay| Some(delay) != delays.first()));
        assert_eq!(poll.delay_of(&me), Duration::ZERO);
    }

    #[test]
    fn each_fault_is_named() {
        let check = |change: &dyn Fn(&mut Poll, &mut Topic), expected: &str| {
            let (mut poll, mut topic) = poll();
            change(&mut poll, &mut topic);
            let error = poll.check(&topic).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        let other = Identity::generate().unwrap().public_key();
        check(&|poll, _| poll.gatherer = other, "asks all in its body and all in its subject");
        check(&|poll, _| poll.to = To::One(other), "asks one.U");
        check(&|poll, _| poll.ttl_ms += 1, "a time to live of 600001 ms; at most 600000 is taken");
        check(&|poll, _| poll.describe.push(Hash::of(b"")), "asks for 65 descriptions; at most 64 go");
        let bye = |gatherer| Topic::Bye { gatherer, provider: other };
        check(&|poll, topic| *topic = bye(poll.gatherer), "not on a poll's subject");
    }
}
