//! All graphs that a snapshot gives: the operator's, then those of the plugin that it has values for, then one for each
//! stat that none of these shows. What an earlier one shows has no graph of its own again.

use std::collections::HashSet;

use super::builtin::{BUILTIN, Builtin};
use super::described::{self, Described};
use super::graph::Graph;
use crate::snapshot::Role;

/// What the daemons say of themselves: the gatherer's graphs show its own, and a node's graphs the node's.
const OWN: &str = "statsgrid.";

/// What producers use of their limits: many names, of interest to few.
const SANDBOX: &str = "statsgrid.sandbox.";

/// Whether a graph of everything looks at this stat.
pub fn is_wanted(operator: &[Graph], name: &str) -> bool {
    !name.starts_with(SANDBOX) || operator.iter().any(|graph| graph.shows(name))
}

/// The graphs that have something to show, by where they come from.
pub fn graphs(operator: &[Graph], described: Described<'_>) -> Vec<Graph> {
    let names: Vec<&str> = described.selection.names().collect();
    let mut graphs: Vec<Graph> = operator.to_vec();
    graphs.retain(|graph| !shown(graph, &names, described).is_empty());
    let mut taken: HashSet<(&str, Role)> = HashSet::new();
    for graph in &graphs {
        taken.extend(shown(graph, &names, described).into_iter().map(|name| (name, graph.of)));
    }
    let is_free = |graph: &Graph| operator.iter().all(|own| own.name != graph.name);
    for graph in BUILTIN.iter().map(Builtin::graph).filter(is_free) {
        let shows = shown(&graph, &names, described);
        if shows.iter().any(|name| !taken.contains(&(*name, graph.of))) {
            taken.extend(shows.into_iter().map(|name| (name, graph.of)));
            graphs.push(graph);
        }
    }
    let rest = names.into_iter().filter(|name| !taken.contains(&(*name, Role::Provider)) && !name.starts_with(OWN));
    let of_stat = |name| {
        let kind = described.selection.kind(name)?;
        Some(described::graph(name, kind, &described.meaning(name, kind)?))
    };
    graphs.extend(rest.filter_map(of_stat).filter(is_free));
    graphs
}

/// Which of `names` a graph shows.
fn shown<'n>(graph: &Graph, names: &[&'n str], described: Described<'_>) -> Vec<&'n str> {
    let is_held = |name: &str| graph.kind.is_none_or(|kind| described.selection.cells(name, kind).is_some());
    names.iter().copied().filter(|name| graph.shows(name) && is_held(name)).collect()
}
