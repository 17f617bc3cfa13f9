//! Takes what is wanted from a record as our writer makes it, without parsing the rest.
//!
//! The walk goes from the record's start to its end over the fields that [`super::Record`] has, in their order, and
//! steps over each value as a whole. So a key is met on the level where it means something, whatever strings and names
//! look like. Counters and stats lie flat in their objects, and there a wanted name is searched for with its quotes:
//! nothing is escaped there, so a quote begins or ends a string, and what holds only a name's characters between two
//! quotes is a string, and a key if a colon follows.
//!
//! Whatever is not exactly so is [`Unlike`], and the record is parsed: a field that this version does not know, an escape
//! in a name, a null, white space. So of a record that is JSON both
//! say the same, and of one that is not, this may say something where the other finds the fault.

use memchr::memmem::Finder;
use statsgrid_wire::{Hash, Number, check_name};

use super::cursor::{Cursor, Known, parsed};
use super::lines::Unlike;
use super::selection::{Collector, ColumnId, Found, Names, Producer, SectionId};
use super::{Kind, Millis, Role, Taken, Value};

/// What is wanted, made ready to be searched for.
pub(super) struct Scan<'n> {
    series: Vec<Series<'n>>,
    sections: Vec<(&'n str, SectionId)>,
    form: Known<(u32, Role)>,
    round: Known<()>,
    /// What the first producer of a record is known to say, what the second, and so on.
    producers: Vec<KnownProducer>,
}

/// What changes seldom from record to record: what stands before a producer's times, and what behind them.
struct KnownProducer {
    begin: Known<Option<SectionId>>,
    end: Known<Option<Hash>>,
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
        let (series, sections) = (names.iter().map(series).collect(), names.iter().filter_map(section).collect());
        Some(Self { series, sections, form: Known::NOTHING, round: Known::NOTHING, producers: Vec::new() })
    }

    /// Puts what is wanted of a record into `found`.
    pub(super) fn record(
        &mut self,
        record: &[u8],
        collector: &mut Collector<'_>,
        found: &mut Found,
    ) -> Result<(), Unlike> {
        let mut walk = Cursor(record);
        walk.literal(br#"{"timestamp":"#)?;
        found.received = millis(walk.number()?)?;
        walk.literal(br#","nickname":"#)?;
        found.nickname = walk.text()?;
        found.values.clear();
        walk.literal(br#","stats":{"counters":{"#)?;
        self.values(Kind::Counter, walk.flat()?, collector, &mut found.values)?;
        walk.literal(br#","stats":{"#)?;
        self.values(Kind::Stat, walk.flat()?, collector, &mut found.values)?;
        let (schema, role) = self.form.step(&mut walk, form)?;
        (found.schema, found.role) = (Some(schema), role);
        let producers = found.producers.get_or_insert_default();
        producers.clear();
        self.rest(&mut walk, producers)
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
                let number = str::from_utf8(walk.number()?).map_err(|_| Unlike)?;
                let (value, column) = match kind {
                    Kind::Counter => (number.parse().ok().map(Value::Count), &mut *counter),
                    Kind::Stat => (Number::read(number).map(Value::Number), &mut *stat),
                };
                *column = column.or_else(|| collector.column(kind, name));
                values.extend((*column).zip(Some(value.ok_or(Unlike)?)));
                rest = walk.0;
            }
        }
        Ok(())
    }

    /// From behind the role to the record's end, with the wanted producers on the way.
    fn rest(&mut self, walk: &mut Cursor<'_>, wanted: &mut Vec<Producer>) -> Result<(), Unlike> {
        string(walk, br#","instance":"#)?;
        number(walk, br#","sequence":"#)?;
        number(walk, br#","started_at":"#)?;
        self.round.step(walk, |walk| {
            number(walk, br#","round":"#)?;
            walk.literal(br#","producers":{"#)
        })?;
        self.producers(walk, wanted)?;
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
        if walk.0.is_empty() { Ok(()) } else { Err(Unlike) }
    }

    /// The rest of the object of producers.
    fn producers(&mut self, walk: &mut Cursor<'_>, wanted: &mut Vec<Producer>) -> Result<(), Unlike> {
        if walk.has(b"}") {
            return Ok(());
        }
        for place in 0.. {
            wanted.extend(self.producer(place, walk)?);
            if !walk.has(b",") {
                break;
            }
        }
        walk.literal(b"}")
    }

    /// A record's first producer or the next, if its series are wanted.
    fn producer(&mut self, place: usize, walk: &mut Cursor<'_>) -> Result<Option<Producer>, Unlike> {
        if self.producers.len() <= place {
            self.producers.push(KnownProducer { begin: Known::NOTHING, end: Known::NOTHING });
        }
        let known = self.producers.get_mut(place).ok_or(Unlike)?;
        let section = known.begin.step(walk, |walk| name(walk, &self.sections))?;
        string(walk, br#","message":"#)?;
        let taken_at = number(walk, br#","taken_at":"#)?;
        let pace = number(walk, br#","pace_s":"#)?;
        let description = known.end.step(walk, description)?;
        let Some(section) = section else { return Ok(None) };
        let pace = pace.map(millis).transpose()?;
        let taken = taken_at.map(|at| Ok(Taken { at: millis(at)?, pace })).transpose()?;
        Ok(Some(Producer { section, taken, description }))
    }
}

/// What follows the stats: the record's schema, and what its node is.
fn form(walk: &mut Cursor<'_>) -> Result<(u32, Role), Unlike> {
    walk.literal(br#"},"schema":"#)?;
    let schema = parsed(walk.number()?)?;
    walk.literal(br#","role":"#)?;
    Ok((schema, parsed(walk.string()?)?))
}

/// A producer up to behind its outcome; gives the section that its name is, if it is wanted.
fn name(walk: &mut Cursor<'_>, sections: &[(&str, SectionId)]) -> Result<Option<SectionId>, Unlike> {
    let name = walk.plain_string()?;
    walk.literal(br#":{"outcome":"#)?;
    walk.string()?;
    Ok(sections.iter().find(|(section, _)| section.as_bytes() == name).map(|(_, section)| *section))
}

/// A producer from behind its times.
fn description(walk: &mut Cursor<'_>) -> Result<Option<Hash>, Unlike> {
    string(walk, br#","digest":"#)?;
    let description = string(walk, br#","description":"#)?;
    walk.literal(b"}")?;
    description.map(parsed).transpose()
}

/// A time or a pace.
fn millis(number: &[u8]) -> Result<Millis, Unlike> {
    Millis::written(number).map_or_else(|| parsed(number), Ok)
}

/// A field that may be missing, and is a number if it is there.
fn number<'t, const N: usize>(walk: &mut Cursor<'t>, key: &[u8; N]) -> Result<Option<&'t [u8]>, Unlike> {
    if walk.has(key) { walk.number().map(Some) } else { Ok(None) }
}

/// As [`number()`], of a string.
fn string<'t, const N: usize>(walk: &mut Cursor<'t>, key: &[u8; N]) -> Result<Option<&'t [u8]>, Unlike> {
    if walk.has(key) { walk.string().map(Some) } else { Ok(None) }
}
