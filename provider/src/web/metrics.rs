//! `/metrics` of one node: the families and labels that a gatherer of many gives, so that a graph of one is a graph of all.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use statsgrid_wire::Number;
use statsgrid_wire::exposition::{
    Family, Format, LIVE, Labels, List, Meaning, Meant, Names, Value, Writer, of_provider,
};
use statsgrid_wire::harmless;
use statsgrid_wire::message::{Description, Outcome, Sample};

/// Who it is, and when its counters were at 0, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose<'a, K> {
    pub(super) key: K,
    pub(super) nickname: &'a str,
    pub(super) counted_since: f64,
}

/// All of a sample, with what its producers say of it.
pub(super) fn metrics<'a, K: Display>(
    whose: &Whose<'_, K>,
    sample: &'a Sample,
    described: impl Iterator<Item = (&'a str, &'a Description)>,
    format: Format,
) -> Vec<u8> {
    let nickname = harmless(whose.nickname);
    let node = Labels::default().with("provider", &whose.key.to_string()).with("nickname", &nickname);
    let mut families = Families::of(described.collect());
    for (name, list, value) in by_name(sample) {
        families.put(name, list, value);
    }
    let mut writer = Writer::of(format);
    outcomes(&mut writer, sample, &node);
    for (family, rows) in families.by_name.values() {
        writer.family(family);
        for Row { labels, list, value } in rows {
            let created = (*list == List::Counters).then_some(whose.counted_since);
            writer.sample(family, &[&node, labels], *value, created);
        }
    }
    writer.end();
    writer.take()
}

/// As a gatherer takes them, so that the same ones keep their names.
fn by_name(sample: &Sample) -> Vec<(&str, List, Shown)> {
    let counters = sample.counters.iter().map(|(name, count)| (name, List::Counters, Shown::Count(*count)));
    let stats = sample.stats.iter().map(|(name, number)| (name, List::Stats, Shown::Number(*number)));
    let mut all: Vec<_> = counters.chain(stats).collect();
    all.sort_by_key(|(name, list, _)| (*name, *list));
    all
}

/// How each producer did. What else is told of nodes beside their stats is a gatherer's.
fn outcomes(writer: &mut Writer, sample: &Sample, node: &Labels) {
    let [_, _, ok, _] = &LIVE;
    let family = ok.family();
    if !sample.producers.is_empty() {
        writer.family(&family);
    }
    for (name, report) in sample.producers.iter() {
        let name = Labels::default().with("producer", name);
        writer.sample(&family, &[node, &name], u64::from(report.outcome == Outcome::Ok), None);
    }
}

#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Shown {
    Count(u64),
    Number(Number),
}

impl Value for Shown {
    fn is_negative(&self) -> bool {
        match self {
            Self::Count(_) => false,
            Self::Number(number) => number.is_negative(),
        }
    }
}

/// Values by the name of their family.
struct Families<'a> {
    names: Names,
    described: BTreeMap<&'a str, &'a Description>,
    by_name: BTreeMap<String, (Family, Vec<Row>)>,
}

struct Row {
    labels: Labels,
    list: List,
    value: Shown,
}

impl<'a> Families<'a> {
    fn of(described: BTreeMap<&'a str, &'a Description>) -> Self {
        Self { names: Names::beside_ours(), described, by_name: BTreeMap::new() }
    }

    fn put(&mut self, name: &str, list: List, value: Shown) {
        let (family, labels) = match of_provider(name, list) {
            Some(owned) => (owned.own.family(), owned.label.map(|(label, value)| Labels::default().with(label, value))),
            None => self.family(name, list),
        };
        if !family.shows(&value) {
            return;
        }
        let of_name = self.by_name.entry(family.name().to_owned());
        of_name.or_insert_with(|| (family, Vec::new())).1.push(Row { labels: labels.unwrap_or_default(), list, value });
    }

    /// The family of a producer's stat, or of one of ours that the table does not know.
    fn family(&mut self, name: &str, list: List) -> (Family, Option<Labels>) {
        let (section, own) = name.split_once('.').unwrap_or((name, ""));
        let described = self.described.get(section);
        let meaning = described.map_or(Meaning::by_list(list), |said| Meaning::described(said, own, list));
        let (called, producer) = match name.strip_prefix("statsgrid.") {
            Some(own) => (format!("statsgrid.provider.{own}"), None),
            None => (name.to_owned(), Some(Labels::default().with("producer", section))),
        };
        (self.names.family(&Meant { name: &called, list, meaning }), producer)
    }
}
