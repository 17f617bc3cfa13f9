//! Reads what is wanted of a snapshot's JSON, whoever wrote it and however it is laid out: the reader that decides what
//! a file says, and what is wrong with it.
//!
//! All that is not wanted is skipped where it stands, without allocating, and checked to be JSON and no further. The
//! reader of what our own writer makes is [`super::scan`], which looks at much less.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess};
use statsgrid_wire::{Hash, PublicKey};

use super::object::{Object, ReadObject, for_each};
use super::selection::{Collector, ColumnId, Found, Producer, SectionId};
use super::{Kind, Millis, Role, Selection, Taken, Value, Wanted};

/// What is wanted of a whole snapshot, and the newest schema in it.
pub(super) fn snapshot(text: &str, wanted: Wanted<'_>, now_ms: u64) -> serde_json::Result<(Selection, Option<u32>)> {
    let mut collector = Collector::new(wanted, now_ms);
    let mut json = serde_json::Deserializer::from_str(text);
    let newest = Object(Records(&mut collector)).deserialize(&mut json)?;
    json.end()?;
    let twin = |key| serde_json::Error::custom(format_args!("two records of {key}"));
    Ok((collector.finish().map_err(twin)?, newest))
}

/// What is wanted of one record.
pub(super) fn record(text: &str, collector: &mut Collector<'_>) -> serde_json::Result<Found> {
    let mut json = serde_json::Deserializer::from_str(text);
    let found = Object(OneRecord(collector)).deserialize(&mut json)?;
    json.end()?;
    Ok(found)
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
                let mut found = map.next_value_seed(Object(OneRecord(&mut *collector)))?;
                collector.add(key, &mut found);
                newest = newest.max(found.schema);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(newest)
    }
}

/// One record.
struct OneRecord<'c, 'a>(&'c mut Collector<'a>);

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
    type Output = Found;
    const WHAT: &'static str = "a record";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let Self(collector) = self;
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
        Ok(Found {
            nickname: nickname.ok_or_else(|| missing("nickname"))?,
            role,
            schema,
            received: received.ok_or_else(|| missing("timestamp"))?,
            values: values.ok_or_else(|| missing("stats"))?,
            producers,
        })
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
