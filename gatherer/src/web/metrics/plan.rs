//! Which families there are, in which order, and which nodes have values of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use statsgrid_wire::exposition::{Family, Kind, Labels, List, Meant, Names, Owned, of_gatherer, of_provider};
use statsgrid_wire::{PublicKey, harmless};

use super::described::meaning;
use crate::snapshot::{Record, Series};
use crate::web::View;

/// Of a line beside its name and its labels: a number of usual length, and what stands between.
const NUMBER_BYTES: usize = 32;

/// All families of one view.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) view: Arc<View>,
    /// By name.
    pub(super) families: Vec<Planned>,
    /// Each node's own, in the order of the view's records.
    pub(super) labels: Vec<Labels>,
    /// Of what is shown, in the longer format, about.
    pub(super) bytes: usize,
    /// Stats whose descriptions have not come.
    pub(super) undescribed: usize,
    /// Values that are no counter's, though they are described so.
    pub(super) negative: usize,
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
    /// Whose value of it is shown, by their places in the view.
    pub(super) nodes: Box<[u32]>,
}

impl Part {
    /// Which series of a record it is.
    pub(super) fn series(&self) -> Series<'_> {
        series(self.list, &self.name)
    }
}

impl Plan {
    /// Of what is fresh at this moment.
    pub(super) fn of(view: Arc<View>, at_ms: u64) -> Self {
        let Fresh { stats, until_ms } = fresh(&view, at_ms);
        let mut plan = Self {
            labels: view.records.iter().map(|(key, record)| labels(&view, key, record)).collect(),
            families: Vec::new(),
            bytes: 0,
            undescribed: 0,
            negative: 0,
            at_ms,
            until_ms,
            view: view.clone(),
        };
        plan.place(&view, stats);
        plan
    }

    /// Gives each stat its family: first what most nodes have, so that what a few invent takes nobody's name.
    fn place(&mut self, view: &View, mut stats: Vec<Stat<'_>>) {
        stats.sort_by(|a, b| b.nodes.len().cmp(&a.nodes.len()).then_with(|| (a.name, a.list).cmp(&(b.name, b.list))));
        let mut names = Names::beside_ours();
        let mut families: BTreeMap<String, Planned> = BTreeMap::new();
        for stat in stats {
            let Some((family, labels)) = stat.family(view, &mut names) else {
                self.undescribed += 1;
                continue;
            };
            let part = stat.part(view, &family, labels);
            self.negative += stat.nodes.len() - part.nodes.len();
            self.bytes += self.bytes_of(&family, &part);
            let planned = families.entry(family.name().to_owned());
            planned.or_insert_with(|| Planned { family, parts: Vec::new() }).parts.push(part);
        }
        self.families = families.into_values().collect();
    }

    fn bytes_of(&self, family: &Family, part: &Part) -> usize {
        let each = family.name().len() + part.labels.len() + NUMBER_BYTES;
        let labels = part.nodes.iter().filter_map(|place| self.labels.get(*place as usize)).map(Labels::len);
        // A counter has a second line, which tells when it was created.
        let lines = if family.kind() == Kind::Counter { 2 } else { 1 };
        lines * (labels.sum::<usize>() + part.nodes.len() * each)
    }
}

/// A stat with whose value of it is fresh.
struct Stat<'v> {
    name: &'v str,
    list: List,
    of_gatherer: bool,
    nodes: Vec<u32>,
}

impl Stat<'_> {
    /// What it is shown as, with its own labels. None: its description has not come.
    fn family(&self, view: &View, names: &mut Names) -> Option<(Family, Labels)> {
        let none = Labels::default();
        if let Some(Owned { own, label }) = self.owned() {
            return Some((own.family(), label.map_or(none.clone(), |(name, value)| none.with(name, value))));
        }
        let meaning = meaning(view, self.name, self.list, &self.nodes)?;
        let family = names.family(&Meant { name: &self.called(), list: self.list, meaning });
        Some((family, self.producer().map_or(none.clone(), |producer| none.with("producer", producer))))
    }

    fn owned(&self) -> Option<Owned<'_>> {
        if self.of_gatherer { of_gatherer(self.name, self.list) } else { of_provider(self.name, self.list) }
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
            None => self.name.to_owned(),
        }
    }

    /// Its values that are the family's.
    fn part(&self, view: &View, family: &Family, labels: Labels) -> Part {
        let is_shown = |place: &&u32| {
            let record = view.records.get(**place as usize).map(|(_, record)| record);
            record
                .and_then(|record| record.value(series(self.list, self.name)))
                .is_some_and(|value| family.shows(&value))
        };
        // What came by `count` is never below 0.
        let nodes = match self.list {
            List::Counters => self.nodes.as_slice().into(),
            List::Stats => self.nodes.iter().filter(is_shown).copied().collect(),
        };
        Part { name: self.name.into(), list: self.list, labels, nodes }
    }
}

/// All that is fresh in a view.
struct Fresh<'v> {
    stats: Vec<Stat<'v>>,
    /// When the first of it is so no more.
    until_ms: u64,
}

fn fresh(view: &View, at_ms: u64) -> Fresh<'_> {
    let mut holders: HashMap<(bool, List, &str), Vec<u32>> = HashMap::new();
    let mut until_ms = u64::MAX;
    for (place, (key, record)) in view.records.iter().enumerate() {
        let Ok(place) = u32::try_from(place) else { break };
        let counters = record.stats.counters.iter().map(|(name, _)| (List::Counters, name));
        let stats = record.stats.stats.iter().map(|(name, _)| (List::Stats, name));
        for (list, name) in counters.chain(stats) {
            let taken = record.taken(series(list, name));
            if taken.is_fresh(at_ms) {
                until_ms = until_ms.min(taken.fresh_until());
                holders.entry((*key == view.gatherer, list, name)).or_default().push(place);
            }
        }
    }
    let stat = |((of_gatherer, list, name), nodes)| Stat { name, list, of_gatherer, nodes };
    Fresh { stats: holders.into_iter().map(stat).collect(), until_ms }
}

fn series(list: List, name: &str) -> Series<'_> {
    match list {
        List::Counters => Series::Counter(name),
        List::Stats => Series::Stat(name),
    }
}

fn labels(view: &View, key: &PublicKey, record: &Record) -> Labels {
    let whose = if *key == view.gatherer { "gatherer" } else { "provider" };
    Labels::default().with(whose, key.as_str()).with("nickname", &harmless(&record.nickname))
}
