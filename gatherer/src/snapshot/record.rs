//! One provider's entry of the snapshot: the original's three fields first, exactly so, then ours.
//!
//! Fields that are unknown are read over, and each of ours may be missing, so that a record of the original's, or of
//! another program's, is one too. Names of counters and stats are checked when they are read.

use serde::{Deserialize, Serialize};
use statsgrid_wire::message::{Outcome, RefusalReason};
use statsgrid_wire::{Hash, Id, Named, Number};

use super::Millis;

/// The newest form of a record that this version knows. It counts up when a reader of the old form would go wrong.
pub const SCHEMA: u32 = 1;

/// One provider's entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When the gatherer received the last reply; 0: there never was one.
    pub timestamp: Millis,
    /// What people call the node. A label that several may share.
    pub nickname: String,
    /// What it counted and reported, under full names.
    pub stats: Stats,
    /// The form of this record. One without it is the original's, which the first form extends.
    #[serde(default = "first_schema")]
    pub schema: u32,
    /// What the node is.
    #[serde(default)]
    pub role: Role,
    /// The run of the provider that the reply came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Id>,
    /// Which sample of that run this is, from 1; 0: none.
    #[serde(default)]
    pub sequence: u64,
    /// When its counters were at 0, by the gatherer's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Millis>,
    /// The round that the reply belongs to: its aligned start in Unix milliseconds; 0: none.
    #[serde(default)]
    pub round: u64,
    /// Each of its producers by name, also those whose stats are missing.
    #[serde(default)]
    pub producers: Named<ProducerRecord>,
    /// It has answered since, but not with stats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// What became of it in the last round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RoundOutcome>,
    /// When this gatherer first heard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Millis>,
    /// Messages under its name that were not taken since the gatherer was started, by reason. Who can publish on its
    /// subjects can cause some of these.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub rejected: Named<u64>,
}

/// What became of a provider in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundOutcome {
    /// It answered in time, and all its producers were fine.
    Ok,
    /// It answered in time, and some of its stats are missing or in doubt: its producers' outcomes say which.
    Partial,
    /// It answered after the deadline.
    Late,
    /// It answered that it gives no stats, and why.
    Refused,
    /// Nothing of it could be taken, and what came under its name was too large.
    TooLarge,
    /// It was waited for in vain.
    Missing,
    /// It said goodbye, or was missing so often that it is no longer waited for.
    Gone,
    /// A later version's.
    #[serde(other)]
    Unknown,
}

/// The original's `stats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// What came by `count`: it only goes up, from 0 at `started_at`.
    pub counters: Named<u64>,
    /// What producers reported and statsd gauges hold.
    pub stats: Named<Number>,
}

/// What a record's node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It answers polls.
    #[default]
    Provider,
    /// It asks: its stats are about the gathering itself.
    Gatherer,
}

/// How one producer did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerRecord {
    /// What became of its last call.
    pub outcome: Outcome,
    /// One line on what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When its stats were taken, by the gatherer's clock: its receipt less their age. None: it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Millis>,
    /// Its own pace, where it does not run at each poll.
    #[serde(rename = "pace_s", default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Millis>,
    /// The SHA-256 of its component; none for a native producer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Hash>,
    /// The SHA-256 of its description's JSON text, as the catalogue has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Hash>,
}

/// Why a provider answered without stats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its reason.
    pub reason: RefusalReason,
    /// By how many milliseconds its clock was ahead of the poll's time of issue.
    pub clock_ahead_ms: i64,
}

impl RoundOutcome {
    /// The word for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Late => "late",
            Self::Refused => "refused",
            Self::TooLarge => "too_large",
            Self::Missing => "missing",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }
}

impl Record {
    /// The hashes of its producers' descriptions.
    pub fn descriptions(&self) -> impl Iterator<Item = Hash> {
        self.producers.iter().filter_map(|(_, producer)| producer.description)
    }

    /// The record of a node that is known and has not answered yet.
    pub fn unanswered(nickname: impl Into<String>) -> Self {
        Self {
            timestamp: Millis::default(),
            nickname: nickname.into(),
            stats: Stats::default(),
            schema: SCHEMA,
            role: Role::Provider,
            instance: None,
            sequence: 0,
            started_at: None,
            round: 0,
            producers: Named::default(),
            refused: None,
            outcome: None,
            first_seen: None,
            rejected: Named::default(),
        }
    }
}

fn first_schema() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::Hex;

    fn full() -> Record {
        let producer = ProducerRecord {
            outcome: Outcome::Wall,
            message: Some("did not return within 1 s".to_owned()),
            taken_at: Some(Millis::new(1_795_358_399_623)),
            pace: Some(Millis::new(1_500)),
            digest: Some(Hash::of(b"component")),
            description: Some(Hash::of(b"description")),
        };
        Record {
            timestamp: Millis::new(1_795_358_400_123),
            stats: Stats {
                counters: [("storage_server.bytes_added", u64::MAX)].into_iter().collect(),
                stats: [("a.i", Number::Integer(i64::MIN)), ("a.f", Number::Float(5.0))].into_iter().collect(),
            },
            role: Role::Gatherer,
            instance: Some(Hex([0xab; 16])),
            sequence: 7,
            started_at: Some(Millis::new(1_795_350_000_000)),
            round: 1_795_358_400_000,
            producers: [("load_monitor", producer)].into_iter().collect(),
            refused: Some(Refused { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000 }),
            outcome: Some(RoundOutcome::TooLarge),
            first_seen: Some(Millis::new(1_795_000_000_000)),
            rejected: [("duplicate", 3)].into_iter().collect(),
            ..Record::unanswered("alpha")
        }
    }

    #[test]
    fn the_originals_fields_come_first_and_exactly_so() {
        let text = serde_json::to_string(&full()).unwrap();
        let expected = concat!(
            r#"{"timestamp":1795358400.123,"nickname":"alpha","stats":{"#,
            r#""counters":{"storage_server.bytes_added":18446744073709551615},"#,
            r#""stats":{"a.f":5.0,"a.i":-9223372036854775808}},"schema":1,"role":"gatherer","#,
        );
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn what_was_written_is_read() {
        for record in [full(), Record::unanswered("beta")] {
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record, "{text}");
        }
    }

    #[test]
    fn a_node_that_never_answered_has_empty_stats() {
        let expected = concat!(
            r#"{"timestamp":0.0,"nickname":"beta","stats":{"counters":{},"stats":{}},"#,
            r#""schema":1,"role":"provider","sequence":0,"round":0,"producers":{}}"#,
        );
        assert_eq!(serde_json::to_string(&Record::unanswered("beta")).unwrap(), expected);
    }

    #[test]
    fn the_originals_record_and_unknown_fields_are_read() {
        let original = r#"{"timestamp":1210000000.5,"nickname":"n","stats":{"counters":{},"stats":{"node.uptime":3}}}"#;
        let record: Record = serde_json::from_str(original).unwrap();
        assert_eq!(record.timestamp, Millis::new(1_210_000_000_500));
        assert_eq!(record.stats.stats.get("node.uptime"), Some(&Number::Integer(3)));
        assert_eq!(record.schema, SCHEMA);
        let later = original.replace(r#""nickname""#, r#""colour":["red",{"deep":null}],"nickname""#);
        assert_eq!(serde_json::from_str::<Record>(&later).unwrap(), record);
    }
}
