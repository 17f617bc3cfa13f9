//! A reply: what a provider knows, or why it does not say it.
//!
//! It carries ages instead of times: the gatherer dates a value by its own receipt less the age, so a node's clock
//! dates nothing.

use serde::{Deserialize, Serialize};

use crate::envelope::Message;
use crate::limits::{BODY_BYTES, DESCRIPTION_BYTES, NICKNAME_BYTES, OUTCOME_MESSAGE_BYTES, PRODUCERS};
use crate::name::check_producer_name;
use crate::named::Named;
use crate::subject::Topic;
use crate::unknown::Unknown;
use crate::{Hash, Id, Number};

/// The body of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The SHA-256 of the poll's signed bytes: what this answers.
    pub poll: Hash,
    /// The run of the provider: counters and sequence start anew with each.
    pub instance: Id,
    /// What people call the node. A label, never an identity.
    pub nickname: String,
    /// The stats, or why there are none.
    pub answer: Answer,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What a reply says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What the provider's counters and producers gave.
    Sample(Box<Sample>),
    /// Nothing, and why.
    Refusal(Refusal),
}

/// One reading of everything on a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Counts the samples of this instance for this gatherer, from 1.
    pub sequence: u64,
    /// How long ago it was taken: polls of one round are answered from one sample.
    pub age_ms: u64,
    /// How long ago the counters were at 0.
    pub counters_age_ms: u64,
    /// What came by `count`, under full names.
    pub counters: Named<u64>,
    /// What producers reported and statsd gauges hold, under full names.
    pub stats: Named<Number>,
    /// Each producer by its name, also those whose stats are missing.
    #[serde(default)]
    pub producers: Named<ProducerReport>,
    /// The JSON texts of the descriptions that the poll asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How one producer did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerReport {
    /// What became of its last call.
    pub outcome: Outcome,
    /// One line on what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How long before the reply its stats were taken; none: it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<u64>,
    /// Its own pace, where it does not run at each poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace_ms: Option<u64>,
    /// The SHA-256 of its component; none for a native producer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Hash>,
    /// The SHA-256 of its description's JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Hash>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What became of a producer's call: a closed set, for it is also a counter's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its stats are in the reply.
    Ok,
    /// It computed past its limit.
    Cpu,
    /// Its call did not return in time.
    Wall,
    /// It wanted more memory than it may have.
    Memory,
    /// It reported more than it may, or more than a reply holds; what did not fit is missing.
    Output,
    /// It exited, which a producer has no reason to do.
    Exit,
    /// It trapped, or a native one panicked.
    Trap,
    /// It returned an error.
    Error,
    /// Some of what it reported is no stat (a name or a float that is none); the rest is in the reply.
    Invalid,
    /// It could not be loaded.
    Refused,
    /// It failed before, and its next instance waits.
    Delayed,
    /// A cause that a later version knows.
    #[serde(other)]
    Unknown,
}

/// A poll was not answered with stats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// By how much the provider's clock is ahead of the poll's time of issue, in milliseconds.
    pub clock_ahead_ms: i64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Why a poll was not answered with stats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// By the provider's clock the poll is outside its time to live.
    Clock,
    /// A reason that a later version knows.
    #[serde(other)]
    Unknown,
}

impl Outcome {
    /// The name under which it is counted and shown.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cpu => "cpu",
            Self::Wall => "wall",
            Self::Memory => "memory",
            Self::Output => "output",
            Self::Exit => "exit",
            Self::Trap => "trap",
            Self::Error => "error",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Delayed => "delayed",
            Self::Unknown => "unknown",
        }
    }
}

impl Message for Reply {
    const KIND: &'static str = "reply";
    const BODY_BYTES: usize = BODY_BYTES;

    fn check(&self, topic: &Topic) -> Result<(), String> {
        if !matches!(topic, Topic::Reply { .. }) {
            return Err("not on a reply's subject".to_owned());
        }
        check_nickname(&self.nickname)?;
        match &self.answer {
            Answer::Sample(sample) => check_sample(sample),
            Answer::Refusal(_) => Ok(()),
        }
    }
}

/// A nickname is one line of printable text.
pub(super) fn check_nickname(nickname: &str) -> Result<(), String> {
    if nickname.is_empty() || nickname.len() > NICKNAME_BYTES {
        Err(format!("a nickname of {} bytes; 1 to {NICKNAME_BYTES} are taken", nickname.len()))
    } else if nickname.chars().any(char::is_control) {
        Err(format!("a nickname with a control character: {nickname:?}"))
    } else {
        Ok(())
    }
}

fn check_sample(sample: &Sample) -> Result<(), String> {
    if sample.producers.len() > PRODUCERS {
        return Err(format!("{} producers; at most {PRODUCERS} are taken", sample.producers.len()));
    }
    for (name, report) in sample.producers.iter() {
        check_producer_name(name).map_err(|error| format!("producer {name:?}: {error}"))?;
        if report.message.as_ref().is_some_and(|message| message.len() > OUTCOME_MESSAGE_BYTES) {
            return Err(format!("producer {name:?}: a message beyond {OUTCOME_MESSAGE_BYTES} bytes"));
        }
        if report.message.as_ref().is_some_and(|message| message.chars().any(char::is_control)) {
            return Err(format!("producer {name:?}: a message with a control character"));
        }
    }
    match sample.descriptions.iter().find(|text| text.len() > DESCRIPTION_BYTES) {
        Some(text) => Err(format!("a description of {} bytes; at most {DESCRIPTION_BYTES} are taken", text.len())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;
    use crate::subject::Scope;

    fn topic() -> Topic {
        let key = || Identity::generate().unwrap().public_key();
        Topic::Reply { gatherer: key(), scope: Scope::All, poll: Id::random().unwrap(), provider: key() }
    }

    fn reply(nickname: &str, answer: Answer) -> Reply {
        Reply {
            poll: Hash::of(b"a poll"),
            instance: Id::random().unwrap(),
            nickname: nickname.to_owned(),
            answer,
            unknown: Unknown,
        }
    }

    fn of_sample(sample: Sample) -> Reply {
        reply("alpha", Answer::Sample(Box::new(sample)))
    }

    fn of_producer(name: &str, message: Option<String>) -> Reply {
        let report = ProducerReport {
            outcome: Outcome::Error,
            message,
            age_ms: None,
            pace_ms: None,
            digest: None,
            description: None,
            unknown: Unknown,
        };
        of_sample(Sample { producers: [(name, report)].into_iter().collect(), ..Sample::default() })
    }

    #[test]
    fn what_is_within_its_bounds_is_taken() {
        let described = Sample { descriptions: vec!["d".repeat(DESCRIPTION_BYTES)], ..Sample::default() };
        for reply in [
            of_sample(Sample::default()),
            of_sample(described),
            of_producer("host", Some("ü".repeat(OUTCOME_MESSAGE_BYTES / 2))),
            reply(&"n".repeat(NICKNAME_BYTES), Answer::Sample(Box::default())),
        ] {
            assert_eq!(reply.check(&topic()), Ok(()));
        }
    }

    #[test]
    fn each_fault_is_named() {
        let check = |reply: Reply, expected: &str| {
            let error = reply.check(&topic()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        let called = |nickname: &str| reply(nickname, Answer::Sample(Box::default()));
        check(called(""), "a nickname of 0 bytes; 1 to 255 are taken");
        check(called(&"n".repeat(NICKNAME_BYTES + 1)), "a nickname of 256 bytes");
        check(called("a\u{85}"), r#"a nickname with a control character: "a\u{85}""#);
        check(of_producer("app", None), r#"producer "app": `app` (the statsd socket's prefix) and"#);
        check(of_producer("a.b", None), "a producer's name has no dot");
        check(of_producer("a", Some("m".repeat(301))), r#"producer "a": a message beyond 300 bytes"#);
        check(of_producer("a", Some("\u{1b}[2J".to_owned())), r#"producer "a": a message with a control character"#);
        let described = Sample { descriptions: vec!["d".repeat(DESCRIPTION_BYTES + 1)], ..Sample::default() };
        check(of_sample(described), "a description of 32769 bytes; at most 32768 are taken");
    }

    #[test]
    fn too_many_producers_are_named() {
        let Answer::Sample(sample) = of_producer("a", None).answer else { panic!("no sample") };
        let report = sample.producers.get("a").unwrap();
        let producers = (0..=PRODUCERS).map(|number| (format!("p{number}"), report.clone())).collect();
        let error = of_sample(Sample { producers, ..Sample::default() }).check(&topic()).unwrap_err();
        assert_eq!(error, "257 producers; at most 256 are taken");
    }

    #[test]
    fn a_reply_stands_on_a_replys_subject() {
        let Topic::Reply { gatherer, provider, .. } = topic() else { panic!("no reply") };
        let error = of_sample(Sample::default()).check(&Topic::Announce { gatherer, provider }).unwrap_err();
        assert_eq!(error, "not on a reply's subject");
    }

    #[test]
    fn the_label_of_an_outcome_is_its_name_on_the_wire() {
        for (outcome, label) in [
            (Outcome::Ok, "ok"),
            (Outcome::Cpu, "cpu"),
            (Outcome::Wall, "wall"),
            (Outcome::Memory, "memory"),
            (Outcome::Output, "output"),
            (Outcome::Exit, "exit"),
            (Outcome::Trap, "trap"),
            (Outcome::Error, "error"),
            (Outcome::Invalid, "invalid"),
            (Outcome::Refused, "refused"),
            (Outcome::Delayed, "delayed"),
            (Outcome::Unknown, "unknown"),
        ] {
            assert_eq!((outcome.label(), serde_json::to_value(outcome).unwrap()), (label, label.into()));
            assert_eq!(serde_json::from_value::<Outcome>(label.into()).unwrap(), outcome);
        }
        assert_eq!(serde_json::from_str::<Outcome>("\"bored\"").unwrap(), Outcome::Unknown);
    }
}
