//! All that is fresh in a view: each stat with whose value of it may be shown.
//!
//! A large fleet has a few hundred thousand values, so each is looked at once, and where it stands is remembered. Most nodes
//! have what the node before had, in the same order: then nothing is looked up.

use std::collections::{BTreeMap, HashMap};

use statsgrid_wire::Hash;
use statsgrid_wire::exposition::List;

use crate::snapshot::{Record, Series, Taken, Value};
use crate::web::View;

/// What may be shown, and for how long.
pub(super) struct Fresh<'v> {
    /// By name.
    pub(super) stats: Vec<Stat<'v>>,
    /// When the first of it is fresh no more.
    pub(super) until_ms: u64,
}

/// A stat, of all nodes that report it.
pub(super) struct Stat<'v> {
    pub(super) name: &'v str,
    pub(super) list: List,
    /// The gatherer's own.
    pub(super) of_gatherer: bool,
    /// Whose value is fresh, by the description that the node's producer gives.
    pub(super) held: BTreeMap<Option<Hash>, Vec<Held>>,
}

/// One node's value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// Its place in the view.
    pub(super) node: u32,
    /// The value's place in the list.
    value: u32,
}

impl<'v> Fresh<'v> {
    /// At this moment.
    pub(super) fn of(view: &'v View, at_ms: u64) -> Self {
        let mut found = Found::default();
        let mut until_ms = u64::MAX;
        for (node, (key, record)) in (0..).zip(view.records.iter()) {
            let mut section = None;
            for (list, value, name) in names(record) {
                let section = Section::of(&mut section, record, list, name);
                if section.taken.is_fresh(at_ms) {
                    until_ms = until_ms.min(section.taken.fresh_until());
                    let of_gatherer = *key == view.gatherer;
                    let variant = Variant { name, list, of_gatherer, description: section.description };
                    found.put(variant, Held { node, value });
                }
            }
            found.next_node();
        }
        Self { stats: found.stats(), until_ms }
    }
}

impl Stat<'_> {
    /// How many have it.
    pub(super) fn holders(&self) -> usize {
        self.held.values().map(Vec::len).sum()
    }
}

impl Held {
    /// The value, of this record.
    pub(super) fn value(self, record: &Record, list: List) -> Option<Value> {
        let place = self.value as usize;
        match list {
            List::Counters => record.stats.counters.at(place).map(|(_, count)| Value::Count(*count)),
            List::Stats => record.stats.stats.at(place).map(|(_, number)| Value::Number(*number)),
        }
    }
}

/// All names of a record, with their places.
fn names(record: &Record) -> impl Iterator<Item = (List, u32, &str)> {
    let counters = (0..).zip(record.stats.counters.iter()).map(|(place, (name, _))| (List::Counters, place, name));
    let stats = (0..).zip(record.stats.stats.iter()).map(|(place, (name, _))| (List::Stats, place, name));
    counters.chain(stats)
}

/// What the values of one producer in one list have in common.
#[derive(Clone, Copy)]
struct Section<'v> {
    name: &'v str,
    list: List,
    taken: Taken,
    description: Option<Hash>,
}

impl<'v> Section<'v> {
    /// The one of this value: the `last` one, if that is it, for names are in order.
    fn of(last: &mut Option<Self>, record: &Record, list: List, name: &'v str) -> Self {
        let is_of_it = |section: &Self| {
            section.list == list && name.strip_prefix(section.name).is_some_and(|own| own.starts_with('.'))
        };
        if let Some(section) = last.filter(is_of_it) {
            return section;
        }
        let section = name.split_once('.').map_or(name, |(section, _)| section);
        let series = match list {
            List::Counters => Series::Counter(name),
            List::Stats => Series::Stat(name),
        };
        let description = record.producers.get(section).and_then(|producer| producer.description);
        *last.insert(Self { name: section, list, taken: record.taken(series), description })
    }
}

/// A stat under one description.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Variant<'v> {
    name: &'v str,
    list: List,
    of_gatherer: bool,
    description: Option<Hash>,
}

/// What has been found.
#[derive(Default)]
struct Found<'v> {
    held: Vec<(Variant<'v>, Vec<Held>)>,
    places: HashMap<Variant<'v>, usize>,
    /// The places of what this node has, and of what the one before had.
    line: Vec<usize>,
    before: Vec<usize>,
}

impl<'v> Found<'v> {
    fn put(&mut self, variant: Variant<'v>, held: Held) {
        let before = self.before.get(self.line.len()).copied();
        let same = before.filter(|place| self.held.get(*place).is_some_and(|(found, _)| *found == variant));
        let place = same.unwrap_or_else(|| {
            *self.places.entry(variant).or_insert_with(|| {
                self.held.push((variant, Vec::new()));
                self.held.len() - 1
            })
        });
        if let Some((_, all)) = self.held.get_mut(place) {
            all.push(held);
        }
        self.line.push(place);
    }

    fn next_node(&mut self) {
        std::mem::swap(&mut self.line, &mut self.before);
        self.line.clear();
    }

    fn stats(self) -> Vec<Stat<'v>> {
        let mut stats: BTreeMap<_, BTreeMap<Option<Hash>, Vec<Held>>> = BTreeMap::new();
        for (Variant { name, list, of_gatherer, description }, held) in self.held {
            stats.entry((name, list, of_gatherer)).or_default().insert(description, held);
        }
        let stat = |((name, list, of_gatherer), held)| Stat { name, list, of_gatherer, held };
        stats.into_iter().map(stat).collect()
    }
}
