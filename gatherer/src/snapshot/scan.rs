//! Takes what is wanted from a record as our writer makes it, without parsing the rest.
//!
//! The walk goes from the record's start to its end over the fields that [`super::Record`] has, in their order, and
//! steps over each value as a whole. So a key is met on the level where it means something, whatever strings and names
//! look like. Counters and stats lie flat in their objects, and there a wanted name is searched for with its quotes:
//! nothing is escaped there, so a quote begins or ends a string, and what holds only a name's characters between two
//! quotes is a string, and a key if a colon follows.
//!
//! Whatever is not exactly so is [`Unlike`], and the record is parsed: a field that this version does not know, an escape
//! in a name, a null, white space. What is wanted is read by the same parser as there. So of a record that is JSON both
//! say the same, and of one that is not, this may say something where the other finds the fault.

use memchr::memmem::Finder;
use statsgrid_wire::{PublicKey, check_name};

use super::cursor::{Cursor, parsed};
use super::lines::Unlike;
use super::selection::{Collector, ColumnId, Found, Names, Producer, SectionId};
use super::{Kind, Taken, Value};

/// What is wanted, made ready to be searched for.
pub(super) struct Scan<'n> {
    series: Vec<Series<'n>>,
    sections: Vec<(&'n str, SectionId)>,
}

struct Series<'n> {
    name: &'n str,
    quoted: Finder<'static>,
    counter: Option<ColumnId>,
    stat: Option<ColumnId>,
}

impl<'n> Scan<'n> {
    /// For names that are known beforehand, and have only a name's characters.
    pub(super) fn new(collector: &mut Collector<'n>) -> Option<Self> {
        let Names::Of(names) = collector.wanted().names else { return None };
        if names.iter().any(|name| check_name(name).is_err()) {
            return None;
        }
        let quoted = |name| Finder::new(&format!("\"{name}\"")).into_owned();
        let series = |name: &&'n str| Series { name, quoted: quoted(*name), counter: None, stat: None };
        let section = |name: &&'n str| {
            let (section, _) = name.split_once('.')?;
            Some((section, collector.section(section)?))
        };
        Some(Self { series: names.iter().map(series).collect(), sections: names.iter().filter_map(section).collect() })
    }

    /// What is wanted of a record, and its schema.
    pub(super) fn record(
        &mut self,
        key: PublicKey,
        record: &[u8],
        collector: &mut Collector<'_>,
    ) -> Result<(Found, Option<u32>), Unlike> {
        let mut walk = Cursor(record);
        walk.literal(br#"{"timestamp":"#)?;
        let received = parsed(walk.number()?)?;
        walk.literal(br#","nickname":"#)?;
        let nickname = parsed(walk.string()?)?;
        let mut values = Vec::new();
        walk.literal(br#","stats":{"counters":{"#)?;
        self.values(Kind::Counter, walk.flat()?, collector, &mut values)?;
        walk.literal(br#","stats":{"#)?;
        self.values(Kind::Stat, walk.flat()?, collector, &mut values)?;
        walk.literal(br#"},"schema":"#)?;
        let schema = parsed(walk.number()?)?;
        walk.literal(br#","role":"#)?;
        let role = parsed(walk.string()?)?;
        let producers = self.to_the_end(&mut walk)?;
        Ok((Found { key, nickname, role, received, values, producers: Some(producers) }, Some(schema)))
    }

    /// The wanted values in the rest of an object of numbers.
    fn values(
        &mut self,
        kind: Kind,
        object: &[u8],
        collector: &mut Collector<'_>,
        values: &mut Vec<(ColumnId, Value)>,
    ) -> Result<(), Unlike> {
        for Series { name, quoted, counter, stat } in &mut self.series {
            let mut rest = object;
            while let Some(found) = quoted.find(rest) {
                let mut walk = Cursor(rest.get(found + quoted.needle().len()..).ok_or(Unlike)?);
                walk.literal(b":")?;
                let number = walk.number()?;
                let (value, column) = match kind {
                    Kind::Counter => (Value::Count(parsed(number)?), &mut *counter),
                    Kind::Stat => (Value::Number(parsed(number)?), &mut *stat),
                };
                *column = column.or_else(|| collector.column(kind, name));
                values.extend(column.map(|column| (column, value)));
                rest = walk.0;
            }
        }
        Ok(())
    }

    /// From behind the role to the record's end; gives the producers on the way.
    fn to_the_end(&self, walk: &mut Cursor<'_>) -> Result<Vec<Producer>, Unlike> {
        string(walk, br#","instance":"#)?;
        number(walk, br#","sequence":"#)?;
        number(walk, br#","started_at":"#)?;
        number(walk, br#","round":"#)?;
        walk.literal(br#","producers":{"#)?;
        let producers = self.producers(walk)?;
        if string(walk, br#","refused":{"reason":"#)?.is_some() {
            number(walk, br#","clock_ahead_ms":"#)?;
            walk.literal(b"}")?;
        }
        string(walk, br#","outcome":"#)?;
        number(walk, br#","first_seen":"#)?;
        if walk.has(br#","rejected":{"#) {
            walk.flat()?;
        }
        walk.literal(b"}")?;
        if walk.0.is_empty() { Ok(producers) } else { Err(Unlike) }
    }

    /// The rest of the object of producers; gives those of wanted series.
    fn producers(&self, walk: &mut Cursor<'_>) -> Result<Vec<Producer>, Unlike> {
        let mut producers = Vec::new();
        if walk.has(b"}") {
            return Ok(producers);
        }
        loop {
            let name = walk.plain_string()?;
            walk.literal(br#":{"outcome":"#)?;
            match self.sections.iter().find(|(section, _)| section.as_bytes() == name) {
                Some((_, section)) => producers.push(producer(walk, *section)?),
                None => {
                    fields(walk)?;
                }
            }
            if !walk.has(b",") {
                walk.literal(b"}")?;
                return Ok(producers);
            }
        }
    }
}

fn producer(walk: &mut Cursor<'_>, section: SectionId) -> Result<Producer, Unlike> {
    let Fields { taken_at, pace, description } = fields(walk)?;
    let pace = pace.map(parsed).transpose()?;
    let taken = taken_at.map(|at| Ok(Taken { at: parsed(at)?, pace })).transpose()?;
    Ok(Producer { section, taken, description: description.map(parsed).transpose()? })
}

/// What matters of a producer, where it stands.
struct Fields<'t> {
    taken_at: Option<&'t [u8]>,
    pace: Option<&'t [u8]>,
    description: Option<&'t [u8]>,
}

/// The rest of a producer, from behind the key of its outcome.
fn fields<'t>(walk: &mut Cursor<'t>) -> Result<Fields<'t>, Unlike> {
    walk.string()?;
    string(walk, br#","message":"#)?;
    let taken_at = number(walk, br#","taken_at":"#)?;
    let pace = number(walk, br#","pace_s":"#)?;
    string(walk, br#","digest":"#)?;
    let description = string(walk, br#","description":"#)?;
    walk.literal(b"}")?;
    Ok(Fields { taken_at, pace, description })
}

/// A field that may be missing, and is a number if it is there.
fn number<'t>(walk: &mut Cursor<'t>, key: &[u8]) -> Result<Option<&'t [u8]>, Unlike> {
    if walk.has(key) { walk.number().map(Some) } else { Ok(None) }
}

/// As [`number()`], of a string.
fn string<'t>(walk: &mut Cursor<'t>, key: &[u8]) -> Result<Option<&'t [u8]>, Unlike> {
    if walk.has(key) { walk.string().map(Some) } else { Ok(None) }
}
