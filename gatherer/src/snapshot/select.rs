//! Reads of a snapshot only what a graph draws: of each record who it is, and the wanted values with their times.
//!
//! munin calls a plugin for each graph, every five minutes, and a fleet's snapshot is large: so all that is not wanted
//! is skipped where it stands, without allocating. What is skipped is checked to be JSON and no further.

use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess};
use statsgrid_wire::PublicKey;

use super::object::{Object, ReadObject, for_each};
use super::read::{ReadError, check_schema, read_text};
use super::{Millis, Role, Series, Taken, Value};

/// One record, as far as it was wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The provider's key.
    pub key: PublicKey,
    /// What people call the node.
    pub nickname: String,
    /// What the node is.
    pub role: Role,
    /// One for each series that was wanted, in the same order.
    pub readings: Vec<Reading>,
}

/// A wanted value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The value, if the record has it.
    pub value: Option<Value>,
    /// When it was taken.
    pub taken: Taken,
}

/// Reads the `wanted` series, each named once, of all records of the snapshot at `path`, sorted by key.
pub fn select(path: &Path, wanted: &[Series<'_>]) -> Result<Vec<Selected>, ReadError> {
    let text = read_text(path)?;
    let (selected, newest) = parse(&text, wanted).map_err(|error| ReadError::parsing(path, &text, error))?;
    check_schema(path, newest)?;
    Ok(selected)
}

fn parse(text: &str, wanted: &[Series<'_>]) -> serde_json::Result<(Vec<Selected>, Option<u32>)> {
    let mut json = serde_json::Deserializer::from_str(text);
    let records = Object(Records { wanted }).deserialize(&mut json)?;
    json.end()?;
    Ok(records)
}

/// The snapshot; gives the newest schema in it too.
struct Records<'a> {
    wanted: &'a [Series<'a>],
}

impl<'de> ReadObject<'de> for Records<'_> {
    type Output = (Vec<Selected>, Option<u32>);
    const WHAT: &'static str = "an object of records by provider key";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let (mut records, mut newest) = (Vec::new(), None);
        while let Some(key) = map.next_key::<PublicKey>()? {
            let (record, schema) = map.next_value_seed(Object(OneRecord { key, wanted: self.wanted }))?;
            records.push(record);
            newest = newest.max(schema);
        }
        // The gatherer sorts already; then this is one pass.
        records.sort_by_key(|record: &Selected| record.key);
        match records.array_windows().find(|[a, b]| a.key == b.key) {
            Some([twin, _]) => Err(A::Error::custom(format_args!("two records of {}", twin.key))),
            None => Ok((records, newest)),
        }
    }
}

/// One record; gives its schema too.
struct OneRecord<'a> {
    key: PublicKey,
    wanted: &'a [Series<'a>],
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

impl<'de> ReadObject<'de> for OneRecord<'_> {
    type Output = (Selected, Option<u32>);
    const WHAT: &'static str = "a record";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let Self { key, wanted } = self;
        let (mut timestamp, mut nickname, mut role, mut schema) = (None, None, Role::default(), None);
        let (mut values, mut times) = (None, vec![None; wanted.len()]);
        while let Some(field) = map.next_key()? {
            match field {
                Field::Timestamp => timestamp = Some(map.next_value()?),
                Field::Nickname => nickname = Some(map.next_value()?),
                Field::Role => role = map.next_value()?,
                Field::Schema => schema = Some(map.next_value()?),
                Field::Stats => values = Some(map.next_value_seed(Object(Values { wanted }))?),
                Field::Producers => times = map.next_value_seed(Object(Times { wanted }))?,
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let missing = A::Error::missing_field;
        let received = Taken { at: timestamp.ok_or_else(|| missing("timestamp"))?, pace: None };
        let nickname = nickname.ok_or_else(|| missing("nickname"))?;
        let values = values.ok_or_else(|| missing("stats"))?;
        let reading = |(value, taken): (_, Option<Taken>)| Reading { value, taken: taken.unwrap_or(received) };
        let readings = values.into_iter().zip(times).map(reading).collect();
        Ok((Selected { key, nickname, role, readings }, schema))
    }
}

/// The wanted values of a record's `stats`.
struct Values<'a> {
    wanted: &'a [Series<'a>],
}

impl<'de> ReadObject<'de> for Values<'_> {
    type Output = Vec<Option<Value>>;
    const WHAT: &'static str = "an object of counters and stats";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let wanted = self.wanted;
        let mut values = vec![None; wanted.len()];
        let kind = |key: &str| match key {
            "counters" => Some(Kind::Counters),
            "stats" => Some(Kind::Stats),
            _ => None,
        };
        for_each(&mut map, kind, |kind, map| {
            map.next_value_seed(Object(Numbers { kind, wanted, values: &mut values }))
        })?;
        Ok(values)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Counters,
    Stats,
}

/// The wanted values of one kind.
struct Numbers<'a, 'v> {
    kind: Kind,
    wanted: &'a [Series<'a>],
    values: &'v mut [Option<Value>],
}

impl<'de> ReadObject<'de> for Numbers<'_, '_> {
    type Output = ();
    const WHAT: &'static str = "an object of numbers";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { kind, wanted, values } = self;
        let place = |name: &str| {
            let series = match kind {
                Kind::Counters => Series::Counter(name),
                Kind::Stats => Series::Stat(name),
            };
            wanted.iter().position(|wanted| *wanted == series)
        };
        for_each(&mut map, place, |place, map| {
            let value = match kind {
                Kind::Counters => Value::Count(map.next_value()?),
                Kind::Stats => Value::Number(map.next_value()?),
            };
            values.get_mut(place).into_iter().for_each(|place| *place = Some(value));
            Ok(())
        })
    }
}

/// When the producers of the wanted stats took them.
struct Times<'a> {
    wanted: &'a [Series<'a>],
}

#[derive(Deserialize)]
struct ProducerTimes {
    taken_at: Option<Millis>,
    pace_s: Option<Millis>,
}

impl<'de> ReadObject<'de> for Times<'_> {
    type Output = Vec<Option<Taken>>;
    const WHAT: &'static str = "an object of producers";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let wanted = self.wanted;
        let mut times = vec![None; wanted.len()];
        let producer = |name: &str| wanted.iter().find_map(|series| series.producer().filter(|held| *held == name));
        for_each(&mut map, producer, |producer, map| {
            let ProducerTimes { taken_at, pace_s } = map.next_value()?;
            let taken = taken_at.map(|at| Taken { at, pace: pace_s });
            let of_producer = wanted.iter().zip(&mut times).filter(|(series, _)| series.producer() == Some(producer));
            of_producer.for_each(|(_, time)| *time = taken);
            Ok(())
        })?;
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{ProducerRecord, Record, Snapshot, Stats, write_snapshot};
    use statsgrid_wire::message::Outcome;
    use statsgrid_wire::{Hash, Identity, Number};
    use std::collections::BTreeMap;

    const WANTED: [Series<'_>; 5] = [
        Series::Stat("disk.used"),
        Series::Counter("disk.used"),
        Series::Stat("load_monitor.avg_load"),
        Series::Stat("disk.free"),
        Series::Counter("nowhere.at_all"),
    ];

    /// Records with everything in them, wanted or not.
    fn records() -> BTreeMap<PublicKey, Record> {
        let disk = ProducerRecord {
            outcome: Outcome::Error,
            message: Some("a \"quoted\" \n text".to_owned()),
            taken_at: Some(Millis::new(1_795_358_000_001)),
            pace: Some(Millis::new(600_000)),
            digest: Some(Hash::of(b"disk")),
            description: None,
        };
        let load = ProducerRecord { taken_at: None, pace: None, ..disk.clone() };
        let full = Record {
            timestamp: Millis::new(1_795_358_400_123),
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
        [(key(), full), (key(), Record::unanswered("beta"))].into_iter().collect()
    }

    #[test]
    fn selects_what_the_whole_snapshot_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let records = records();
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        let selected = select(&path, &WANTED).unwrap();
        let expected: Vec<Selected> = Snapshot::read(&path)
            .unwrap()
            .records
            .into_iter()
            .map(|(key, record)| Selected {
                key,
                role: record.role,
                readings: WANTED
                    .map(|series| Reading { value: record.value(series), taken: record.taken(series) })
                    .into(),
                nickname: record.nickname,
            })
            .collect();
        assert_eq!(selected, expected);
        let found = selected.iter().flat_map(|record| &record.readings).filter(|reading| reading.value.is_some());
        assert_eq!(found.count(), 3);
    }

    #[test]
    fn fields_come_in_any_order_and_unknown_ones_are_skipped() {
        let key = Identity::generate().unwrap().public_key();
        let text = format!(
            r#"{{"{key}":{{"later":[{{}}],"producers":{{"disk":{{"later":0,"taken_at":2.5}}}},"schema":1,
            "stats":{{"later":{{}},"stats":{{"disk.free":7}}}},"nickname":"n","timestamp":3}}}}"#
        );
        let (selected, newest) = parse(&text, &WANTED).unwrap();
        assert_eq!(newest, Some(1));
        let expected = Reading {
            value: Some(Value::Number(Number::Integer(7))),
            taken: Taken { at: Millis::new(2_500), pace: None },
        };
        assert_eq!(selected[0].readings[3], expected);
        assert_eq!(selected[0].readings[2].taken.at, Millis::new(3_000));
    }
}
