//! Reads of a snapshot only what is wanted: of each record who it is, and the wanted values with their times.
//!
//! munin calls a plugin for each graph, every five minutes, and a fleet's snapshot is large: so all that is not wanted
//! is skipped where it stands, without allocating. What is skipped is checked to be JSON and no further.

use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess};
use statsgrid_wire::{Hash, PublicKey};

use super::object::{Object, ReadObject, for_each};
use super::read::{ReadError, check_schema, read_text};
use super::selection::{Collector, ColumnId, Found, Producer, SectionId};
use super::{Kind, Millis, Role, Selection, Taken, Value, Wanted};

/// Reads what is `wanted` of the snapshot at `path`. `now_ms` is the wall clock, by which values are fresh or old.
pub fn select(path: &Path, wanted: Wanted<'_>, now_ms: u64) -> Result<Selection, ReadError> {
    let text = read_text(path)?;
    let (selection, newest) = parse(&text, wanted, now_ms).map_err(|error| ReadError::parsing(path, &text, error))?;
    check_schema(path, newest)?;
    Ok(selection)
}

fn parse(text: &str, wanted: Wanted<'_>, now_ms: u64) -> serde_json::Result<(Selection, Option<u32>)> {
    let mut collector = Collector::new(wanted, now_ms);
    let mut json = serde_json::Deserializer::from_str(text);
    let newest = Object(Records(&mut collector)).deserialize(&mut json)?;
    json.end()?;
    let twin = |key| serde_json::Error::custom(format_args!("two records of {key}"));
    Ok((collector.finish().map_err(twin)?, newest))
}

/// The snapshot; gives the newest schema in it.
struct Records<'c, 'a>(&'c mut Collector<'a>);

impl<'de> ReadObject<'de> for Records<'_, '_> {
    type Output = Option<u32>;
    const WHAT: &'static str = "an object of records by provider key";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let Self(collector) = self;
        let mut newest = None;
        while let Some(key) = map.next_key::<PublicKey>()? {
            if key.as_str().starts_with(collector.wanted().keys) {
                let (found, schema) = map.next_value_seed(Object(OneRecord { key, collector: &mut *collector }))?;
                collector.add(found);
                newest = newest.max(schema);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(newest)
    }
}

/// One record; gives its schema too.
struct OneRecord<'c, 'a> {
    key: PublicKey,
    collector: &'c mut Collector<'a>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Timestamp,
    Nickname,
    Role,
    Schema,
    Stats,
    Producers,
    #[serde(other)]
    Other,
}

impl<'de> ReadObject<'de> for OneRecord<'_, '_> {
    type Output = (Found, Option<u32>);
    const WHAT: &'static str = "a record";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let Self { key, collector } = self;
        let (mut received, mut nickname, mut role, mut schema) = (None, None, Role::default(), None);
        let (mut values, mut producers) = (None, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::Timestamp => received = Some(map.next_value()?),
                Field::Nickname => nickname = Some(map.next_value()?),
                Field::Role => role = map.next_value()?,
                Field::Schema => schema = Some(map.next_value()?),
                Field::Stats => values = Some(map.next_value_seed(Object(Values(collector)))?),
                Field::Producers => producers = Some(map.next_value_seed(Object(Producers(collector)))?),
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let missing = A::Error::missing_field;
        let found = Found {
            key,
            nickname: nickname.ok_or_else(|| missing("nickname"))?,
            role,
            received: received.ok_or_else(|| missing("timestamp"))?,
            values: values.ok_or_else(|| missing("stats"))?,
            producers,
        };
        Ok((found, schema))
    }
}

/// The wanted values of a record's `stats`.
struct Values<'c, 'a>(&'c mut Collector<'a>);

impl<'de> ReadObject<'de> for Values<'_, '_> {
    type Output = Vec<(ColumnId, Value)>;
    const WHAT: &'static str = "an object of counters and stats";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let Self(collector) = self;
        let mut values = Vec::new();
        let kind = |key: &str| match key {
            "counters" => Some(Kind::Counter),
            "stats" => Some(Kind::Stat),
            _ => None,
        };
        for_each(&mut map, kind, |kind, map| {
            map.next_value_seed(Object(Numbers { kind, collector, values: &mut values }))
        })?;
        Ok(values)
    }
}

/// The wanted values of one kind.
struct Numbers<'c, 'a> {
    kind: Kind,
    collector: &'c mut Collector<'a>,
    values: &'c mut Vec<(ColumnId, Value)>,
}

impl<'de> ReadObject<'de> for Numbers<'_, '_> {
    type Output = ();
    const WHAT: &'static str = "an object of numbers";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { kind, collector, values } = self;
        for_each(
            &mut map,
            |name| collector.column(kind, name),
            |column, map| {
                let value = match kind {
                    Kind::Counter => Value::Count(map.next_value()?),
                    Kind::Stat => Value::Number(map.next_value()?),
                };
                values.push((column, value));
                Ok(())
            },
        )
    }
}

/// The producers of wanted series: which there are, when they took their stats, and what they say these are.
struct Producers<'c, 'a>(&'c mut Collector<'a>);

#[derive(Deserialize)]
struct ProducerFields {
    taken_at: Option<Millis>,
    pace_s: Option<Millis>,
    description: Option<Hash>,
}

impl<'de> ReadObject<'de> for Producers<'_, '_> {
    type Output = Vec<Producer>;
    const WHAT: &'static str = "an object of producers";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let Self(collector) = self;
        let mut producers = Vec::new();
        for_each(
            &mut map,
            |name| collector.section(name),
            |section: SectionId, map| {
                let ProducerFields { taken_at, pace_s, description } = map.next_value()?;
                let taken = taken_at.map(|at| Taken { at, pace: pace_s });
                producers.push(Producer { section, taken, description });
                Ok(())
            },
        )?;
        Ok(producers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Cell, Names, ProducerRecord, Record, Snapshot, Stats, write_snapshot};
    use statsgrid_wire::message::Outcome;
    use statsgrid_wire::{Identity, Number};
    use std::collections::BTreeMap;

    const NOW: u64 = 1_795_358_400_123;
    const WANTED: [&str; 4] = ["disk.used", "load_monitor.avg_load", "disk.free", "nowhere.at_all"];

    fn of(names: &'static [&'static str]) -> Wanted<'static> {
        Wanted { names: Names::Of(names), keys: "" }
    }

    /// Records with everything in them, wanted or not.
    fn records() -> BTreeMap<PublicKey, Record> {
        let disk = ProducerRecord {
            outcome: Outcome::Error,
            message: Some("a \"quoted\" \n text".to_owned()),
            taken_at: Some(Millis::new(NOW - 400_000)),
            pace: Some(Millis::new(600_000)),
            digest: Some(Hash::of(b"disk")),
            description: Some(Hash::of(b"description")),
        };
        let load = ProducerRecord { taken_at: Some(Millis::new(NOW - 301_000)), pace: None, ..disk.clone() };
        let full = Record {
            timestamp: Millis::new(NOW),
            stats: Stats {
                counters: [("disk.used", u64::MAX), ("other", 1)].into_iter().collect(),
                stats: [("disk.used", Number::Integer(-5)), ("load_monitor.avg_load", Number::Float(0.25))]
                    .into_iter()
                    .collect(),
            },
            role: Role::Gatherer,
            producers: [("disk", disk), ("load_monitor", load)].into_iter().collect(),
            ..Record::unanswered("quo\"ted")
        };
        let key = || Identity::generate().unwrap().public_key();
        let other = Record { timestamp: Millis::new(NOW), ..Record::unanswered("gamma") };
        [(key(), full), (key(), Record::unanswered("beta")), (key(), other)].into_iter().collect()
    }

    #[test]
    fn selects_what_the_whole_snapshot_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let records = records();
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        let selection = select(&path, of(&WANTED), NOW).unwrap();
        let all =
            select(&path, Wanted { names: Names::Matching(&|name| WANTED.contains(&name)), keys: "" }, NOW).unwrap();
        let records = Snapshot::read(&path).unwrap().records;
        assert!(selection.nodes.iter().map(|node| node.key).eq(records.keys().copied()));
        let at = |nickname: &str| selection.nodes.iter().position(|node| node.nickname == nickname).unwrap();
        let cell = |name: &str, kind, nickname: &str| selection.cells(name, kind).unwrap()[at(nickname)];
        let full = |name: &str, kind| cell(name, kind, "quo\"ted");
        let was = |value, ago| Some(Cell { value, at: Millis::new(NOW - ago) });
        assert_eq!(full("disk.used", Kind::Counter), was(Some(Value::Count(u64::MAX)), 0));
        assert_eq!(full("disk.used", Kind::Stat), was(Some(Value::Number(Number::Integer(-5))), 400_000));
        assert_eq!(full("load_monitor.avg_load", Kind::Stat), was(None, 301_000));
        let empty = Some(Cell { value: None, at: Millis::default() });
        assert_eq!(full("disk.free", Kind::Stat), empty, "its producer runs there");
        assert_eq!(full("nowhere.at_all", Kind::Stat), None);
        assert_eq!(cell("nowhere.at_all", Kind::Stat, "beta"), empty, "it may run there");
        assert_eq!(cell("disk.used", Kind::Counter, "beta"), empty);
        assert_eq!(cell("disk.used", Kind::Counter, "gamma"), None, "it runs no producer");
        assert!(selection.descriptions("disk").eq([Hash::of(b"description")]));
        assert_eq!(selection.all_descriptions(), [Hash::of(b"description")].into());
        for name in ["disk.used", "load_monitor.avg_load"] {
            assert_eq!(all.cells(name, Kind::Stat), selection.cells(name, Kind::Stat));
        }
        assert_eq!(all.names().collect::<Vec<_>>(), ["disk.used", "load_monitor.avg_load"]);
    }

    #[test]
    fn one_node_can_be_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let records = records();
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        let (key, _) = records.iter().nth(1).unwrap();
        let wanted = Wanted { names: Names::Of(&WANTED), keys: &key.as_str()[..20] };
        let selection = select(&path, wanted, NOW).unwrap();
        assert_eq!(selection.nodes.iter().map(|node| node.key).collect::<Vec<_>>(), [*key]);
    }

    #[test]
    fn most_nodes_decide_what_a_name_is() {
        let node = |kind: &str, description: &str| {
            let key = Identity::generate().unwrap().public_key();
            let hash = Hash::of(description.as_bytes());
            format!(
                r#""{key}":{{"timestamp":3,"nickname":"","stats":{{"{kind}":{{"a.b":7}}}},
                "producers":{{"a":{{"description":"{hash}"}}}}}}"#
            )
        };
        let nodes = [node("stats", "x"), node("counters", "y"), node("counters", "y"), node("stats", "z")];
        let read = |nodes: &[String]| {
            let text = format!("{{{}}}", nodes.join(","));
            let selection = parse(&text, of(&["a.b"]), NOW).unwrap().0;
            (selection.kind("a.b"), selection.descriptions("a").next())
        };
        assert_eq!(read(&nodes[..3]), (Some(Kind::Counter), Some(Hash::of(b"y"))));
        assert_eq!(read(&nodes[..1]), (Some(Kind::Stat), Some(Hash::of(b"x"))));
        assert_eq!(read(&nodes).0, Some(Kind::Stat), "what is no counter everywhere is drawn as it is");
        assert_eq!(read(&[]), (Some(Kind::Stat), None));
    }

    #[test]
    fn fields_and_records_come_in_any_order_and_unknown_ones_are_skipped() {
        let mut keys: Vec<_> = (0..2).map(|_| Identity::generate().unwrap().public_key()).collect();
        keys.sort();
        let text = format!(
            r#"{{"{}":{{"timestamp":1,"nickname":"","stats":{{}}}},
            "{}":{{"later":[{{}}],"producers":{{"disk":{{"later":0,"taken_at":2.5}}}},"schema":1,
            "stats":{{"later":{{}},"stats":{{"disk.free":7}}}},"nickname":"n","timestamp":3}}}}"#,
            keys[1], keys[0]
        );
        let (selection, newest) = parse(&text, of(&WANTED), 3000).unwrap();
        assert_eq!(newest, Some(1));
        assert_eq!(selection.nodes.iter().map(|node| node.key).collect::<Vec<_>>(), keys);
        let seven = Cell { value: Some(Value::Number(Number::Integer(7))), at: Millis::new(2_500) };
        let empty = Cell { value: None, at: Millis::default() };
        assert_eq!(selection.cells("disk.free", Kind::Stat), Some([Some(seven), Some(empty)].as_slice()));
    }
}
