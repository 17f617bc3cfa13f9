//! Which families there are, in which order, and which nodes have values of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use statsgrid_wire::exposition::{Family, Kind, Labels, List, Meant, Names, Owned, of_gatherer, of_provider};
use statsgrid_wire::{PublicKey, harmless};

use super::described::meaning;
use super::fresh::{Fresh, Held, Stat};
use crate::snapshot::Record;
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
    pub(super) list: List,
    /// Beside the nodes' own.
    pub(super) labels: Labels,
    /// Whose value of it is shown.
    pub(super) held: Box<[Held]>,
}

impl Plan {
    /// Of what is fresh at this moment.
    pub(super) fn of(view: Arc<View>, at_ms: u64) -> Self {
        let Fresh { stats, until_ms } = Fresh::of(&view, at_ms);
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
        // They come by name, and so stay where as many have them.
        stats.sort_by_key(|stat| Reverse(stat.holders()));
        let mut names = Names::beside_ours();
        let mut families: BTreeMap<String, Planned> = BTreeMap::new();
        for stat in stats {
            let Some((family, labels)) = stat.family(view, &mut names) else {
                self.undescribed += 1;
                continue;
            };
            let part = stat.part(view, &family, labels);
            self.negative += stat.holders() - part.held.len();
            self.bytes += self.bytes_of(&family, &part);
            let planned = families.entry(family.name().to_owned());
            planned.or_insert_with(|| Planned { family, parts: Vec::new() }).parts.push(part);
        }
        self.families = families.into_values().collect();
    }

    fn bytes_of(&self, family: &Family, part: &Part) -> usize {
        let each = family.name().len() + part.labels.len() + NUMBER_BYTES;
        let labels = part.held.iter().filter_map(|held| self.labels.get(held.node as usize)).map(Labels::len);
        // A counter has a second line, which tells when it was created.
        let lines = if family.kind() == Kind::Counter { 2 } else { 1 };
        lines * (labels.sum::<usize>() + part.held.len() * each)
    }
}

impl Stat<'_> {
    /// What it is shown as, with its own labels. None: its description has not come.
    fn family(&self, view: &View, names: &mut Names) -> Option<(Family, Labels)> {
        let none = Labels::default();
        if let Some(Owned { own, label }) = self.owned() {
            return Some((own.family(), label.map_or(none.clone(), |(name, value)| none.with(name, value))));
        }
        let meaning = meaning(&view.catalogue, self)?;
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
        let is_shown = |held: &&Held| {
            let record = view.records.get(held.node as usize).map(|(_, record)| record);
            record.and_then(|record| held.value(record, self.list)).is_some_and(|value| family.shows(&value))
        };
        let all = self.held.values().flatten();
        // What came by `count` is never below 0.
        let held = match (self.list, family.kind()) {
            (List::Stats, Kind::Counter) => all.filter(is_shown).copied().collect(),
            _ => all.copied().collect(),
        };
        Part { list: self.list, labels, held }
    }
}

fn labels(view: &View, key: &PublicKey, record: &Record) -> Labels {
    let whose = if *key == view.gatherer { "gatherer" } else { "provider" };
    Labels::default().with(whose, key.as_str()).with("nickname", &harmless(&record.nickname))
}
