//! What a stat means: where producers differ, as most of those have it that report it.

use std::collections::{BTreeMap, HashMap};

use statsgrid_wire::Hash;
use statsgrid_wire::exposition::{List, Meaning};

use crate::web::View;

/// What a stat is, by its full name, as most of these nodes describe it: so a new version that adds a stat says what it is
/// from its first node on. None: most of them name a description that has not come yet; shown now, it might become another
/// family when it does.
pub(super) fn meaning<'v>(view: &'v View, name: &str, list: List, nodes: &[u32]) -> Option<Meaning<'v>> {
    let by_list = Meaning::by_list(list);
    let Some((section, own)) = name.split_once('.') else { return Some(by_list) };
    let mut votes: BTreeMap<_, (usize, Option<Meaning<'v>>)> = BTreeMap::new();
    for (hash, nodes) in given(view, section, nodes) {
        let meaning = match hash {
            None => Some(by_list),
            Some(hash) => view.catalogue.get(&hash).map(|said| Meaning::described(said, own, list)),
        };
        // The name is made of kind and unit. Of help texts the first holds, which most of these nodes give.
        let called = meaning.map(|meaning| (meaning.kind, meaning.unit));
        votes.entry(called).or_insert((0, meaning)).0 += nodes;
    }
    votes.into_values().max_by_key(|(nodes, _)| *nodes).map_or(Some(by_list), |(_, meaning)| meaning)
}

/// The descriptions of a section, each with how many of these nodes give it; first what most do.
fn given(view: &View, section: &str, nodes: &[u32]) -> Vec<(Option<Hash>, usize)> {
    let mut given: HashMap<Option<Hash>, usize> = HashMap::new();
    for (_, record) in nodes.iter().filter_map(|place| view.records.get(*place as usize)) {
        let hash = record.producers.get(section).and_then(|producer| producer.description);
        *given.entry(hash).or_default() += 1;
    }
    let mut given: Vec<_> = given.into_iter().collect();
    // Of two that are given as often the first by its hash, so that it is the same in each round.
    given.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    given
}
