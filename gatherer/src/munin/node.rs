//! One node's stats, for who wants to see it as a host of its own: a graph for each producer, each unit, and whether it
//! shows values or their growth.

use std::collections::BTreeMap;

use super::described::{self, Described, Meaning, vlabel};
use super::drawing::{Datum, Drawing, Line};
use super::graph::{Graph, Scale};
use super::limits::{INFO_CHARS, TITLE_CHARS};
use super::name::cleaned;
use super::source::Source;
use super::text::{category, html, line};
use crate::snapshot::{Cell, Kind};

/// One stat of the node.
struct Stat<'a> {
    name: &'a str,
    cell: Cell,
    meaning: Meaning,
    graph: Graph,
}

/// The graphs of the only node that was selected; `service` is what their names begin with.
pub fn drawings(source: &Source<'_>, service: &str) -> Vec<Drawing> {
    let described = source.described;
    let mut groups: BTreeMap<(&str, bool, String), Vec<Stat<'_>>> = BTreeMap::new();
    for stat in described.selection.names().filter_map(|name| stat(described, name)) {
        let Meaning { rate, unit, .. } = &stat.meaning;
        groups.entry((section(stat.name), *rate, unit.clone())).or_default().push(stat);
    }
    let drawings: Vec<Drawing> = groups.into_values().filter_map(|stats| drawing(source, service, &stats)).collect();
    // Had a node's start seen no graph, it would drop the plugin until it starts again.
    if drawings.is_empty() { vec![nothing_yet(service)] } else { drawings }
}

fn nothing_yet(service: &str) -> Drawing {
    Drawing {
        name: service.to_owned(),
        title: "No stats of this node yet".to_owned(),
        vlabel: vlabel("", false),
        category: "other".to_owned(),
        info: "The node has not answered, or the gatherer has not written its first snapshot.".to_owned(),
        scale: Scale::Plain,
        lines: Vec::new(),
    }
}

fn stat<'a>(described: Described<'a>, name: &'a str) -> Option<Stat<'a>> {
    let kind: Kind = described.selection.kind(name)?;
    let cell = described.selection.cells(name, kind)?.first().copied()??;
    let meaning = described.meaning(name, kind)?;
    Some(Stat { name, cell, graph: described::graph(name, kind, &meaning), meaning })
}

fn drawing(source: &Source<'_>, service: &str, stats: &[Stat<'_>]) -> Option<Drawing> {
    let Stat { name, meaning: Meaning { rate, unit, .. }, graph, .. } = stats.first()?;
    let section = section(name);
    let of = if unit.is_empty() { "values" } else { unit };
    let title = if *rate { format!("{section}: rates of {of}") } else { format!("{section}: {of}") };
    // A unit is a producer's own text; as a name it may need a hash.
    let group = cleaned(&format!("{section}.{of}{}", if *rate { ".rate" } else { "" }));
    Some(Drawing {
        name: format!("{service}_{group}"),
        title: line(&title, TITLE_CHARS),
        vlabel: graph.vlabel.clone(),
        category: category(section),
        info: html(&format!("What the producer {section} says of this node."), INFO_CHARS),
        scale: graph.scale,
        lines: stats.iter().map(|stat| one_line(source, stat)).collect(),
    })
}

fn one_line(source: &Source<'_>, stat: &Stat<'_>) -> Line {
    let Stat { name, cell, meaning, graph } = stat;
    let label = name.split_once('.').map_or(*name, |(_, own)| own);
    let value = cell.value.map(Datum::Given);
    Line {
        rate: meaning.rate,
        value,
        ..source.line(graph, cleaned(name), label.to_owned(), line(&meaning.help, INFO_CHARS))
    }
}

fn section(name: &str) -> &str {
    name.split_once('.').map_or("other", |(section, _)| section)
}
