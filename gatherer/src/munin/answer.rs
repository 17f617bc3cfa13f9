//! What the plugin answers to a call.

use std::error::Error;

use super::builtin::builtin;
use super::call::{Argument, Call};
use super::drawing::Drawing;
use super::environment::EnvironmentError;
use super::error::{MuninError, explain};
use super::graph::Graph;
use super::limits::READABLE_NODES;
use super::link::{Link, Target, View};
use super::material::{Material, before_the_first_snapshot};
use super::source::{Asked, Source};
use super::state::State;
use super::usage::usage;
use super::{draw, find, node, operator, plan};
use crate::snapshot::{Role, Wanted, select};

/// What the plugin prints.
pub fn answer(call: &Call<'_>) -> Result<String, MuninError> {
    let asked = |config, values| Asked { config, values };
    match argument(call.arguments)? {
        Argument::Values => graphs(call, asked(false, true)),
        Argument::Config => graphs(call, asked(true, call.environment.dirtyconfig)),
        Argument::Autoconf => Ok(autoconf(call)),
        Argument::Suggest => suggest(call),
        Argument::Help => Ok(usage()),
    }
}

/// What is asked for.
fn argument(arguments: &[String]) -> Result<Argument, MuninError> {
    let first = arguments.first().map(String::as_str).unwrap_or_default();
    Argument::read(first).ok_or_else(|| MuninError::UnknownArgument { argument: first.to_owned() })
}

/// What the plugin prints where the environment is none: `autoconf` never fails, nor does help.
pub fn answer_without(arguments: &[String], error: EnvironmentError) -> Result<String, EnvironmentError> {
    match argument(arguments) {
        Ok(Argument::Autoconf) => Ok(no(&error)),
        Ok(Argument::Help) => Ok(usage()),
        _ => Err(error),
    }
}

/// Whether the plugin is of use on this machine, under whatever name: never an error.
fn autoconf(call: &Call<'_>) -> String {
    let snapshot = call.statsfile().and_then(|path| Ok(select(path, Wanted::NODES, call.now_ms)?));
    match snapshot.and_then(|_| Ok(operator::graphs(call.environment.graphs.as_deref())?)) {
        Ok(_) => "yes\n".to_owned(),
        Err(error) => no(&error),
    }
}

fn no(error: &dyn Error) -> String {
    format!("no ({})\n", explain(error))
}

/// The graphs that the snapshot has something for, as the ends of links: one line a node as long as that can be read.
fn suggest(call: &Call<'_>) -> Result<String, MuninError> {
    let own = operator::graphs(call.environment.graphs.as_deref())?;
    let material = Material::everything(call, &own)?;
    let nodes = material.selection.nodes.iter().filter(|node| node.role == Role::Provider).count();
    let endings = |graph: &Graph| match graph.of {
        Role::Provider if nodes > READABLE_NODES => vec![View::Fleet.ending(), View::Top10.ending()],
        Role::Provider | Role::Gatherer => vec![View::Nodes.ending()],
    };
    let lines = |graph: Graph| endings(&graph).into_iter().map(move |ending| format!("{}{ending}\n", graph.name));
    Ok(plan::graphs(&own, material.described()).into_iter().flat_map(lines).collect())
}

fn graphs(call: &Call<'_>, asked: Asked) -> Result<String, MuninError> {
    let link = Link::parse(call.program)?;
    let own = operator::graphs(call.environment.graphs.as_deref())?;
    let mut state = State::read(call.environment.statefile.as_deref(), call.now_ms);
    let mut text = String::new();
    let (drawings, is_one) = match &link.target {
        Target::Graph(name) => {
            let (graph, material) = find::graph(call, &own, name, asked)?;
            let drawings =
                draw::draw(&material.source(call, asked), &graph, view(&link, &graph), link.prefix, &mut state);
            let is_one = drawings.len() == 1;
            (drawings, is_one)
        }
        Target::All => (everything(call, &own, &link, asked, &mut state)?, false),
        Target::Node(key) => {
            let material = material_of_node(call, key, asked)?;
            if let Some(host) = call.environment.host_name.as_ref().filter(|_| asked.config) {
                text = format!("host_name {host}\n");
            }
            (node::drawings(&material.source(call, asked), &format!("{}node_{key}", link.prefix)), false)
        }
    };
    state.write()?;
    print(&drawings, is_one, asked, &mut text);
    Ok(text)
}

/// As the link says, or else as the graph has it.
fn view(link: &Link, graph: &Graph) -> View {
    link.view.unwrap_or(graph.view)
}

fn everything(
    call: &Call<'_>,
    own: &[Graph],
    link: &Link,
    asked: Asked,
    state: &mut State,
) -> Result<Vec<Drawing>, MuninError> {
    let material = Material::everything(call, own).or_else(|error| before_the_first_snapshot(error, asked))?;
    let source: Source<'_> = material.source(call, asked);
    let mut graphs = plan::graphs(own, material.described());
    if graphs.is_empty() {
        // Had a node's start seen no graph, it would drop the plugin until it starts again.
        graphs.extend(builtin("gatherer_providers"));
    }
    Ok(graphs.iter().flat_map(|graph| draw::draw(&source, graph, view(link, graph), link.prefix, state)).collect())
}

fn material_of_node(call: &Call<'_>, key: &str, asked: Asked) -> Result<Material, MuninError> {
    match Material::of_node(call, key) {
        Ok(material) if material.selection.nodes.len() == 1 => Ok(material),
        Ok(material) => Err(MuninError::Node { key: key.to_owned(), nodes: material.selection.nodes.len() }),
        Err(error) => before_the_first_snapshot(error, asked),
    }
}

fn print(drawings: &[Drawing], is_one: bool, asked: Asked, out: &mut String) {
    for drawing in drawings {
        if !is_one {
            out.push_str(&format!("multigraph {}\n", drawing.name));
        }
        match asked.config {
            true => drawing.config(out, asked.values),
            false => drawing.values(out),
        }
    }
}
