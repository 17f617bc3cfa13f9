//! Which families there are, in which order, and which nodes have values of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use statsgrid_wire::exposition::{
    Family, LIVE, Labels, List, Meaning, Meant, Names, Owned, UNDESCRIBED, of_gatherer, of_provider,
};

use super::described::Described;
use crate::snapshot::label::harmless;
use crate::snapshot::{Record, Series, Taken};
use crate::web::View;

/// All families of one view.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) view: Arc<View>,
    /// By name.
    pub(super) families: Vec<Planned>,
    /// Each node's own, in the order of the view's records.
    pub(super) labels: Vec<Labels>,
    /// Values, at most: stale ones are left out when they are written.
    pub(super) values: usize,
    /// Stats whose descriptions have not come.
    pub(super) undescribed: usize,
    /// What is fresh at this moment is shown.
    pub(super) at_ms: u64,
    /// From here on some of that is stale.
    pub(super) until_ms: u64,
}

/// A family with all stats that it shows: one, but for our own.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) family: Family,
    pub(super) parts: Vec<Part>,
}

/// One stat.
#[derive(Debug)]
pub(super) struct Part {
    name: Box<str>,
    list: List,
    /// Beside the nodes' own.
    pub(super) labels: Labels,
    /// Who has it, by their places in the view.
    pub(super) nodes: Box<[u32]>,
}

impl Part {
    /// Which series of a record it is.
    pub(super) fn series(&self) -> Series<'_> {
        match self.list {
            List::Counters => Series::Counter(&self.name),
            List::Stats => Series::Stat(&self.name),
        }
    }
}

impl Plan {
    /// Of what is fresh at this moment.
    pub(super) fn of(view: Arc<View>, at_ms: u64) -> Self {
        let mut plan = Self {
            labels: view.records.iter().map(|(key, record)| labels(&view, key, record)).collect(),
            families: Vec::new(),
            values: 0,
            undescribed: 0,
            at_ms,
            until_ms: view.records.iter().filter_map(|(_, record)| goes_stale(record, at_ms)).min().unwrap_or(u64::MAX),
            view,
        };
        plan.place(holders(&plan.view));
        plan
    }

    /// Gives each stat its family: ours first, then what most nodes have, so that what a few invent takes nobody's name.
    fn place(&mut self, stats: Vec<Stat>) {
        let view = self.view.clone();
        let described = Described::of(&view);
        let mut names = Names::default();
        for own in LIVE.iter().chain([&UNDESCRIBED]) {
            names.take(&own.family());
        }
        self.values = stats.iter().map(|stat| stat.nodes.len()).sum();
        let (own, mut others): (Vec<Stat>, Vec<Stat>) = stats.into_iter().partition(|stat| stat.owned().is_some());
        others.sort_by(|a, b| b.nodes.len().cmp(&a.nodes.len()).then_with(|| a.name.cmp(&b.name)));
        let mut families: BTreeMap<String, Planned> = BTreeMap::new();
        for stat in own {
            let Some(owned) = stat.owned() else { continue };
            let family = owned.own.family();
            names.take(&family);
            let label = owned.label.map(|(name, value)| Labels::default().with(name, value));
            let planned = families.entry(family.name().to_owned());
            planned
                .or_insert_with(|| Planned { family, parts: Vec::new() })
                .parts
                .push(stat.part(label.unwrap_or_default()));
        }
        for stat in others {
            let Some(meaning) = described.meaning(&stat.name, stat.list) else {
                self.undescribed += 1;
                continue;
            };
            let (producer, called, help) = (stat.producer(), stat.called(), harmless(meaning.help));
            let meaning = Meaning { help: &help, ..meaning };
            let family = names.family(&Meant { name: &called, list: stat.list, meaning });
            let labels = producer.map_or_else(Labels::default, |producer| Labels::default().with("producer", producer));
            families.insert(family.name().to_owned(), Planned { family, parts: vec![stat.part(labels)] });
        }
        self.families = families.into_values().collect();
    }
}

/// A stat with who has it.
struct Stat {
    name: Box<str>,
    list: List,
    of_gatherer: bool,
    nodes: Vec<u32>,
}

impl Stat {
    fn owned(&self) -> Option<Owned<'_>> {
        if self.of_gatherer { of_gatherer(&self.name, self.list) } else { of_provider(&self.name, self.list) }
    }

    /// The section whose stat it is; none, if it is the daemon's.
    fn producer(&self) -> Option<&str> {
        self.name.split_once('.').map(|(section, _)| section).filter(|section| *section != "statsgrid")
    }

    /// What a daemon tells that this version does not know is called as the rest of what it tells.
    fn called(&self) -> String {
        let daemon = if self.of_gatherer { "gatherer" } else { "provider" };
        match self.name.strip_prefix("statsgrid.") {
            Some(own) => format!("statsgrid.{daemon}.{own}"),
            None => self.name.to_string(),
        }
    }

    fn part(&self, labels: Labels) -> Part {
        Part { name: self.name.clone(), list: self.list, labels, nodes: self.nodes.as_slice().into() }
    }
}

/// All stats of a view with who has them, by name.
fn holders(view: &View) -> Vec<Stat> {
    let mut all: [HashMap<&str, Vec<u32>>; 4] = Default::default();
    let [counters, stats, own_counters, own_stats] = &mut all;
    for (place, (key, record)) in view.records.iter().enumerate() {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let lists =
            if *key == view.gatherer { [&mut *own_counters, &mut *own_stats] } else { [&mut *counters, &mut *stats] };
        let [counters, stats] = lists;
        record.stats.counters.iter().for_each(|(name, _)| counters.entry(name).or_default().push(place));
        record.stats.stats.iter().for_each(|(name, _)| stats.entry(name).or_default().push(place));
    }
    let [counters, stats, own_counters, own_stats] = all;
    let lists = [
        (counters, List::Counters, false),
        (stats, List::Stats, false),
        (own_counters, List::Counters, true),
        (own_stats, List::Stats, true),
    ];
    let mut stats: Vec<Stat> = lists
        .into_iter()
        .flat_map(|(named, list, of_gatherer)| {
            named.into_iter().map(move |(name, nodes)| Stat { name: name.into(), list, of_gatherer, nodes })
        })
        .collect();
    stats.sort_by(|a, b| a.name.cmp(&b.name).then(a.list.cmp(&b.list)));
    stats
}

fn labels(view: &View, key: &statsgrid_wire::PublicKey, record: &Record) -> Labels {
    let whose = if *key == view.gatherer { "gatherer" } else { "provider" };
    Labels::default().with(whose, key.as_str()).with("nickname", &harmless(&record.nickname))
}

/// When the first of a record's values that are fresh at this moment is so no more.
fn goes_stale(record: &Record, at_ms: u64) -> Option<u64> {
    let producers = record.producers.iter();
    let taken = producers.filter_map(|(_, producer)| Some(Taken { at: producer.taken_at?, pace: producer.pace }));
    [record.received()].into_iter().chain(taken).filter(|taken| taken.is_fresh(at_ms)).map(Taken::fresh_until).min()
}
