//! Subjects: who is asked, who answers, who announces itself.
//!
//! With G a gatherer's key, P a provider's, all under the prefix:
//!
//! ```text
//! poll.G.all   poll.G.shard.I.N   poll.G.one.P
//! reply.G.SHARD.POLL.P                            SHARD is `all` or `I-N`, POLL the poll's id
//! announce.G.P   bye.G.P
//! ```
//!
//! Whoever a subject's token names signed the message, or it is refused: so a server's permissions on subjects and
//! the signatures say the same.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

pub use crate::shard::{Shard, ShardError};
use crate::{Id, PublicKey};

/// The prefix that a fresh installation uses; `v1` is the envelope's version.
pub const DEFAULT_PREFIX: &str = "stats.v1";

/// Builds and reads subjects under one prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    prefix: String,
}

/// A prefix that NATS would not take as it stands, or would take for a wildcard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("subject prefix {0:?}: give tokens of letters, digits, `_` and `-`, parted by dots, as in `stats.v1`")]
pub struct PrefixError(String);

/// Whom a poll asks: the tail of its subject, and the `to` of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum To {
    /// Every provider.
    All,
    /// The providers of one shard.
    Shard(Shard),
    /// One provider.
    One(PublicKey),
}

/// Which replies belong together on the bus: those of a gatherer of all, or of one shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A gatherer that asks all.
    #[default]
    All,
    /// A gatherer of one shard.
    Shard(Shard),
}

/// What a subject says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// `poll.G.…`, signed by the gatherer.
    Poll {
        /// Who asks.
        gatherer: PublicKey,
        /// Who is asked.
        to: To,
    },
    /// `reply.G.SHARD.POLL.P`, signed by the provider.
    Reply {
        /// Who asked.
        gatherer: PublicKey,
        /// Which of its reply subjects.
        scope: Scope,
        /// The poll's id.
        poll: Id,
        /// Who answers.
        provider: PublicKey,
    },
    /// `announce.G.P`, signed by the provider.
    Announce {
        /// Whom it announces itself to.
        gatherer: PublicKey,
        /// Who is there.
        provider: PublicKey,
    },
    /// `bye.G.P`, signed by the provider.
    Bye {
        /// Whom it takes leave of.
        gatherer: PublicKey,
        /// Who goes.
        provider: PublicKey,
    },
}

impl Subjects {
    /// Subjects under `prefix`.
    pub fn under(prefix: &str) -> Result<Self, PrefixError> {
        let plain = |token: &str| {
            !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        if prefix.len() <= 100 && prefix.split('.').all(plain) {
            Ok(Self { prefix: prefix.to_owned() })
        } else {
            Err(PrefixError(prefix.to_owned()))
        }
    }

    /// Those that `subject` is one of, whatever their prefix: for who reads what was said where another prefix was used.
    pub fn found_in(subject: &str) -> Option<Self> {
        // No topic ends in another one, so it does not matter where the search begins.
        let mut parts = subject.match_indices('.').map(|(dot, _)| subject.split_at(dot));
        let (prefix, _) = parts.find(|(_, rest)| rest.get(1..).is_some_and(|rest| rest.parse::<Topic>().is_ok()))?;
        Self::under(prefix).ok()
    }

    /// The prefix.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The subject of a topic.
    pub fn of(&self, topic: &Topic) -> String {
        format!("{}.{topic}", self.prefix)
    }

    /// What `subject` says, if it is one of ours.
    pub fn read(&self, subject: &str) -> Option<Topic> {
        subject.strip_prefix(&self.prefix)?.strip_prefix('.')?.parse().ok()
    }

    /// The first token of what `subject` says: for whoever sorts messages before he reads who speaks, which costs more.
    pub fn kind<'s>(&self, subject: &'s str) -> Option<&'s str> {
        let (kind, _) = subject.strip_prefix(&self.prefix)?.strip_prefix('.')?.split_once('.')?;
        Some(kind)
    }

    /// What `provider` subscribes to, to hear the polls of `gatherer` that may be for it. A shard's poll is heard by
    /// all and dropped unread by the others.
    pub fn polls_for(&self, gatherer: &PublicKey, provider: &PublicKey) -> [String; 3] {
        let polls = format!("{}.poll.{gatherer}", self.prefix);
        [format!("{polls}.all"), format!("{polls}.shard.*.*"), format!("{polls}.one.{provider}")]
    }

    /// What `gatherer` subscribes to, to hear its replies.
    pub fn replies_to(&self, gatherer: &PublicKey, scope: Scope) -> String {
        format!("{}.reply.{gatherer}.{scope}.*.*", self.prefix)
    }

    /// What `gatherer` subscribes to, to hear who comes and who goes.
    pub fn presence_for(&self, gatherer: &PublicKey) -> [String; 2] {
        [format!("{}.announce.{gatherer}.*", self.prefix), format!("{}.bye.{gatherer}.*", self.prefix)]
    }
}

impl Topic {
    /// The key that signs what is said here.
    pub fn signer(&self) -> PublicKey {
        match *self {
            Self::Poll { gatherer, .. } => gatherer,
            Self::Reply { provider, .. } | Self::Announce { provider, .. } | Self::Bye { provider, .. } => provider,
        }
    }

    /// The gatherer that is spoken to, or speaks.
    pub fn gatherer(&self) -> PublicKey {
        match *self {
            Self::Poll { gatherer, .. }
            | Self::Reply { gatherer, .. }
            | Self::Announce { gatherer, .. }
            | Self::Bye { gatherer, .. } => gatherer,
        }
    }
}

impl To {
    /// Whether `key` is asked.
    pub fn asks(&self, key: &PublicKey) -> bool {
        match self {
            Self::All => true,
            Self::Shard(shard) => shard.holds(key),
            Self::One(one) => one == key,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poll { gatherer, to } => write!(f, "poll.{gatherer}.{to}"),
            Self::Reply { gatherer, scope, poll, provider } => write!(f, "reply.{gatherer}.{scope}.{poll}.{provider}"),
            Self::Announce { gatherer, provider } => write!(f, "announce.{gatherer}.{provider}"),
            Self::Bye { gatherer, provider } => write!(f, "bye.{gatherer}.{provider}"),
        }
    }
}

impl FromStr for Topic {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, rest) = text.split_once('.').ok_or(())?;
        let (gatherer, rest) = rest.split_once('.').ok_or(())?;
        let gatherer = gatherer.parse().map_err(drop)?;
        let provider = |text: &str| text.parse::<PublicKey>().map_err(drop);
        match kind {
            "poll" => Ok(Self::Poll { gatherer, to: rest.parse()? }),
            "announce" => Ok(Self::Announce { gatherer, provider: provider(rest)? }),
            "bye" => Ok(Self::Bye { gatherer, provider: provider(rest)? }),
            "reply" => {
                let mut tokens = rest.splitn(3, '.');
                let mut next = || tokens.next().ok_or(());
                let scope = next()?.parse()?;
                let poll = next()?.parse().map_err(drop)?;
                Ok(Self::Reply { gatherer, scope, poll, provider: provider(next()?)? })
            }
            _ => Err(()),
        }
    }
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Shard(shard) => {
                let (index, count) = shard.index_and_count();
                write!(f, "shard.{index}.{count}")
            }
            Self::One(key) => write!(f, "one.{key}"),
        }
    }
}

impl FromStr for To {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once('.') {
            None if text == "all" => Ok(Self::All),
            Some(("one", key)) => key.parse().map(Self::One).map_err(drop),
            Some(("shard", shard)) => Shard::read(shard, '.').map(Self::Shard).ok_or(()),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Shard(shard) => {
                let (index, count) = shard.index_and_count();
                write!(f, "{index}-{count}")
            }
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "all" { Ok(Self::All) } else { Shard::read(text, '-').map(Self::Shard).ok_or(()) }
    }
}

impl Scope {
    /// Whether it is that of a gatherer of all.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// Whether `key` is of those that it asks.
    pub fn holds(&self, key: &PublicKey) -> bool {
        match self {
            Self::All => true,
            Self::Shard(shard) => shard.holds(key),
        }
    }

    /// The shard, if it is one.
    pub fn shard(self) -> Option<Shard> {
        match self {
            Self::All => None,
            Self::Shard(shard) => Some(shard),
        }
    }

    /// Whom a poll to all of them asks.
    pub fn to(self) -> To {
        match self {
            Self::All => To::All,
            Self::Shard(shard) => To::Shard(shard),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| D::Error::custom("`scope` is neither all nor I-N"))
    }
}

impl Serialize for To {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for To {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| D::Error::custom("`to` is none of all, shard.I.N, one.KEY"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    #[test]
    fn every_topic_comes_back_from_its_subject() {
        let subjects = Subjects::under("stats.v1").unwrap();
        let gatherer = Identity::generate().unwrap().public_key();
        let provider = Identity::generate().unwrap().public_key();
        let poll = Id::random().unwrap();
        let shard = Shard::new(2, 8).unwrap();
        for topic in [
            Topic::Poll { gatherer, to: To::All },
            Topic::Poll { gatherer, to: To::Shard(shard) },
            Topic::Poll { gatherer, to: To::One(provider) },
            Topic::Reply { gatherer, scope: Scope::All, poll, provider },
            Topic::Reply { gatherer, scope: Scope::Shard(shard), poll, provider },
            Topic::Announce { gatherer, provider },
            Topic::Bye { gatherer, provider },
        ] {
            assert_eq!(subjects.read(&subjects.of(&topic)), Some(topic));
            for prefix in ["stats.v1", "a", "poll.reply", &topic.to_string()[..60]] {
                let subjects = Subjects::under(prefix).unwrap();
                assert_eq!(Subjects::found_in(&subjects.of(&topic)), Some(subjects));
            }
        }
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        let subjects = Subjects::under("stats.v1").unwrap();
        let key = Identity::generate().unwrap().public_key();
        for subject in [
            format!("stats.v2.announce.{key}.{key}"),
            format!("stats.v1announce.{key}.{key}"),
            format!("stats.v1.announce.{key}"),
            format!("stats.v1.announce.{key}.{key}.{key}"),
            format!("stats.v1.poll.{key}.every"),
            format!("stats.v1.poll.{key}.shard.0.8"),
            format!("stats.v1.poll.{key}.shard.9.8"),
            format!("stats.v1.poll.{key}.shard.01.8"),
            format!("stats.v1.poll.{key}.shard.+1.8"),
            format!("stats.v1.reply.{key}.all.{key}"),
            "stats.v1".to_owned(),
        ] {
            assert_eq!(subjects.read(&subject), None, "{subject}");
        }
        for subject in ["", ".", "stats.v1", &format!("announce.{key}.{key}"), &format!("a b.announce.{key}.{key}")] {
            assert_eq!(Subjects::found_in(subject), None, "{subject}");
        }
    }

    #[test]
    fn a_kind_is_told_without_keys() {
        let subjects = Subjects::under("stats.v1").unwrap();
        let check = |subject, expected| assert_eq!(subjects.kind(subject), expected, "{subject}");
        check("stats.v1.reply.G.all.POLL.P", Some("reply"));
        check("stats.v1.bye.", Some("bye"));
        for subject in ["stats.v1.bye", "stats.v1", "stats.v2.bye.G.P", "stats.v1bye.G.P", ""] {
            check(subject, None);
        }
    }

    #[test]
    fn prefixes() {
        for good in ["stats.v1", "a", "site-1.stats_x.v1"] {
            assert!(Subjects::under(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "a.", "a..b", "a.*", "a.>", "a b", "ä", "$SYS"] {
            assert!(Subjects::under(bad).is_err(), "{bad}");
        }
    }
}
