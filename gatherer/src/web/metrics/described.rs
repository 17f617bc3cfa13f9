//! What a stat means: where producers differ, as most of those have it that report it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use statsgrid_wire::exposition::Meaning;

use super::fresh::Stat;
use crate::snapshot::Catalogue;

/// What a stat is, as most of its nodes describe it: so a new version that adds a stat says what it is from its first node
/// on. None: most of them name a description that has not come yet; shown now, it might become another family when it does.
pub(super) fn meaning<'c>(catalogue: &'c Catalogue, stat: &Stat<'_>) -> Option<Meaning<'c>> {
    let by_list = Meaning::by_list(stat.list);
    let Some((_, own)) = stat.name.split_once('.') else { return Some(by_list) };
    // First what most give; of two that as many give the first by its hash, so that it is the same in each round.
    let mut given: Vec<_> = stat.held.iter().map(|(hash, held)| (hash, held.len())).collect();
    given.sort_by_key(|(_, nodes)| Reverse(*nodes));
    let mut votes: BTreeMap<_, (usize, Option<Meaning<'c>>)> = BTreeMap::new();
    for (hash, nodes) in given {
        let meaning = match hash {
            None => Some(by_list),
            Some(hash) => catalogue.get(hash).map(|said| Meaning::described(said, own, stat.list)),
        };
        // The name is made of kind and unit. Of help texts the first holds.
        let called = meaning.map(|meaning| (meaning.kind, meaning.unit));
        votes.entry(called).or_insert((0, meaning)).0 += nodes;
    }
    votes.into_values().max_by_key(|(nodes, _)| *nodes).and_then(|(_, meaning)| meaning)
}
