//! What stats mean: where producers differ, as most of them have it.

use std::collections::{BTreeMap, HashMap};

use statsgrid_wire::Hash;
use statsgrid_wire::exposition::{List, Meaning};
use statsgrid_wire::message::Description;

use crate::snapshot::Catalogue;
use crate::web::View;

/// The description of each section that most nodes give. None: none of those that nodes name has come yet.
#[derive(Debug, Default)]
pub(super) struct Described<'a>(HashMap<&'a str, Option<&'a Description>>);

impl<'a> Described<'a> {
    /// What the nodes of this view say.
    pub(super) fn of(view: &'a View) -> Self {
        let mut given: HashMap<&str, BTreeMap<Hash, usize>> = HashMap::new();
        for (_, record) in view.records.iter() {
            for (section, producer) in record.producers.iter() {
                if let Some(hash) = producer.description {
                    *given.entry(section).or_default().entry(hash).or_default() += 1;
                }
            }
        }
        Self(given.into_iter().map(|(section, hashes)| (section, most_given(&hashes, &view.catalogue))).collect())
    }

    /// What a stat is, by its full name. None: somebody has described it, and the description has not come yet; shown
    /// now, it might become another family when it does.
    pub(super) fn meaning(&self, name: &str, list: List) -> Option<Meaning<'a>> {
        let Some((section, own)) = name.split_once('.') else { return Some(Meaning::by_list(list)) };
        let Some(description) = self.0.get(section) else { return Some(Meaning::by_list(list)) };
        Some(Meaning::described(description.as_ref()?, own, list))
    }
}

fn most_given<'a>(hashes: &BTreeMap<Hash, usize>, catalogue: &'a Catalogue) -> Option<&'a Description> {
    let come = hashes.iter().filter_map(|(hash, nodes)| Some((nodes, catalogue.get(hash)?)));
    // Of two that are given as often the first by its hash, so that it is the same in each round.
    come.rev().max_by_key(|(nodes, _)| **nodes).map(|(_, description)| description)
}
