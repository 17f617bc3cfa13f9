//! A graph with the values of a snapshot: what munin is told of it, in each of its views.

use super::described::vlabel;
use super::drawing::{Drawing, Line};
use super::graph::Graph;
use super::link::View;
use super::source::{Part, Series, Source, paired};
use super::state::State;
use super::{fleet, top};

/// A graph in one of its views, as the graphs that it is made of. `prefix` is what their names begin with.
pub fn draw(source: &Source<'_>, graph: &Graph, view: View, prefix: &str, state: &mut State) -> Vec<Drawing> {
    let (shown, below) = (source.shown(graph), source.below(graph));
    let parts = match view {
        View::Nodes => by_node(source, graph, &shown, &below),
        View::Fleet => fleet::parts(source, graph, &shown, &below, state),
        View::Top10 => top::parts(source, graph, &shown, &below, state),
    };
    let meaning = shown.first().map(|series| series.meaning.clone()).unwrap_or_default();
    let own_vlabel = Some(&graph.vlabel).filter(|own| !own.is_empty());
    let drawing = |part: Part| Drawing {
        name: format!("{prefix}{}{}", graph.name, part.ending),
        title: format!("{}{}", graph.title, part.title),
        vlabel: own_vlabel.cloned().unwrap_or_else(|| vlabel(&meaning.unit, meaning.rate)),
        category: graph.category.clone(),
        info: graph.info.clone(),
        scale: graph.scale,
        lines: part.lines,
    };
    parts.into_iter().map(drawing).collect()
}

fn by_node(source: &Source<'_>, graph: &Graph, shown: &[Series<'_>], below: &[Series<'_>]) -> Vec<Part> {
    let lines = |series: &[Series<'_>]| -> Vec<Line> {
        series.iter().flat_map(|series| source.lines(graph, series, |_| true)).collect()
    };
    vec![Part { ending: View::Nodes.ending(), title: "", lines: paired(lines(shown), lines(below)) }]
}
