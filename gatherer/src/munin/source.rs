//! What graphs are drawn from, and the lines that all views are made of.

use std::collections::BTreeMap;

use super::described::{Described, Meaning};
use super::drawing::{Datum, Line};
use super::environment::Thresholds;
use super::graph::Graph;
use super::limits::LABEL_CHARS;
use super::name::cleaned;
use super::text::is_allowed;
use crate::snapshot::label::labels;
use crate::snapshot::{Cell, Node, Role, Selection};

/// What graphs are drawn from.
#[derive(Debug)]
pub struct Source<'a> {
    /// The values, and what they are.
    pub described: Described<'a>,
    /// What the administrator set in the environment.
    pub thresholds: &'a Thresholds,
    /// What munin asks.
    pub asked: Asked,
    /// What each node of the selection is called, if munin asks how to draw.
    labels: Vec<String>,
}

/// What munin asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How to draw.
    pub config: bool,
    /// The values; after `config` too, where munin takes both at once.
    pub values: bool,
}

/// One stat at all nodes that may have it.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    /// Its full name.
    pub name: &'a str,
    /// What it is remembered by from call to call.
    pub remembered: String,
    /// What tells it from the graph's others; empty where it is the only one.
    pub short: String,
    /// What the names of its lines begin with.
    pub field_prefix: String,
    /// What its producers say that it is.
    pub meaning: Meaning,
    /// The nodes, by key.
    pub rows: Vec<Row<'a>>,
}

/// One node's value.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The node.
    pub node: &'a Node,
    /// What it is called.
    pub label: &'a str,
    /// Its value, or none.
    pub cell: Cell,
}

/// One of the graphs that a view is made of.
#[derive(Debug)]
pub struct Part {
    /// What its name ends with.
    pub ending: &'static str,
    /// What its title ends with.
    pub title: &'static str,
    /// What it shows.
    pub lines: Vec<Line>,
}

/// What the names of lines below the axis begin with.
const BELOW: &str = "n_";

impl<'a> Source<'a> {
    /// From what was read.
    pub fn new(described: Described<'a>, thresholds: &'a Thresholds, asked: Asked) -> Self {
        let nodes = &described.selection.nodes;
        let nicknames: Vec<_> = nodes.iter().map(|node| (node.key, node.nickname.as_str())).collect();
        let labels = if asked.config { labels(&nicknames, LABEL_CHARS, is_allowed) } else { Vec::new() };
        Self { described, thresholds, asked, labels }
    }

    /// A line for each node of a series that `is_shown`.
    pub fn lines(&self, graph: &Graph, series: &Series<'_>, is_shown: impl Fn(&Row<'_>) -> bool) -> Vec<Line> {
        let node_line = |row: &Row<'_>| {
            let mut field = String::with_capacity(series.field_prefix.len() + row.node.key.as_str().len());
            field.push_str(&series.field_prefix);
            field.push_str(row.node.key.as_str());
            // A fetch shows neither.
            let (label, info) = match self.asked.config {
                true => (label(graph, series, row), [series.name, " of ", row.label].concat()),
                false => (String::new(), String::new()),
            };
            let value = row.cell.value.map(Datum::Given);
            Line { rate: series.meaning.rate, value, ..self.line(graph, field, label, info) }
        };
        series.rows.iter().filter(|row| is_shown(row)).map(node_line).collect()
    }

    /// A line without a value, drawn as it is.
    pub fn line(&self, graph: &Graph, field: String, label: String, info: String) -> Line {
        Line {
            limits: self.thresholds.of(&field, &graph.limits),
            field,
            label,
            info,
            rate: false,
            value: None,
            draw: graph.draw,
            negative: None,
            is_negative: false,
        }
    }

    /// What a graph shows above the axis, by name.
    pub fn shown(&self, graph: &Graph) -> Vec<Series<'_>> {
        self.series(graph, "", |name| graph.stats.iter().any(|pattern| pattern.matches(name)))
    }

    /// What it shows below.
    pub fn below(&self, graph: &Graph) -> Vec<Series<'_>> {
        self.series(graph, BELOW, |name| graph.negative.as_deref() == Some(name))
    }

    fn series(&self, graph: &Graph, prefix: &str, is_shown: impl Fn(&str) -> bool) -> Vec<Series<'_>> {
        let selection = self.described.selection;
        let names: Vec<&str> = selection.names().filter(|name| is_shown(name)).collect();
        let is_single = graph.single().is_some();
        names.into_iter().filter_map(|name| self.one_series(graph, name, prefix, is_single)).collect()
    }

    fn one_series<'s>(&'s self, graph: &Graph, name: &'s str, prefix: &str, is_single: bool) -> Option<Series<'s>> {
        let selection: &Selection = self.described.selection;
        let kind = graph.kind.or_else(|| selection.kind(name))?;
        let meaning = match graph.rate {
            Some(rate) if !graph.is_described() => Meaning { rate, ..Meaning::default() },
            // What kind of line it is needs no description; unit and help may come later.
            Some(rate) => Meaning { rate, ..self.described.meaning(name, kind).unwrap_or_default() },
            None => self.described.meaning(name, kind)?,
        };
        let rows = selection.nodes.iter().zip(selection.cells(name, kind)?).enumerate();
        let row = |(place, (node, cell)): (usize, (&'s Node, &Option<Cell>))| {
            let label = self.labels.get(place).map_or("", String::as_str);
            (node.role == graph.of).then_some(Row { node, label, cell: (*cell)? })
        };
        Some(Series {
            name,
            remembered: format!("{} {name}", graph.name),
            short: if is_single { String::new() } else { graph.short(name).to_owned() },
            field_prefix: if is_single { prefix.to_owned() } else { format!("{prefix}{}__", cleaned(name)) },
            meaning,
            rows: rows.filter_map(row).collect(),
        })
    }
}

/// What tells a line from the others of its graph: the node, or the stat, or both.
fn label(graph: &Graph, series: &Series<'_>, row: &Row<'_>) -> String {
    match series.short.as_str() {
        "" => row.label.to_owned(),
        short if graph.of == Role::Gatherer => short.to_owned(),
        short => format!("{} {short}", row.label),
    }
}

/// Lines and those below the axis that belong to them. munin wants the one below first.
pub fn paired(shown: Vec<Line>, below: Vec<Line>) -> Vec<Line> {
    if below.is_empty() {
        return shown;
    }
    let mut below: BTreeMap<String, Line> = below.into_iter().map(|line| (line.field.clone(), line)).collect();
    let pair = |line: Line| {
        let twin = below.remove(&format!("{BELOW}{}", line.field));
        let negative = twin.as_ref().map(|twin| twin.field.clone());
        [twin.map(|twin| Line { is_negative: true, ..twin }), Some(Line { negative, ..line })]
    };
    shown.into_iter().flat_map(pair).flatten().collect()
}
