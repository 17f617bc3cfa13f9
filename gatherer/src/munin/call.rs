//! One call of the plugin: what was asked, and the answer.

use std::error::Error;
use std::path::Path;

use super::field::{Field, fields};
use super::graph::Graph;
use super::graphs::GRAPHS;
use crate::snapshot::label::harmless;
use crate::snapshot::{Kind, Names, ReadError, Series, Wanted, select};

/// The plugin's own name: without a link it has no graph.
const PLUGIN: &str = "statsgrid_";

/// One call, as munin makes it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What the plugin was called as: the name of its link, with or without a path.
    pub program: &'a str,
    /// What follows. All but the first is tolerated and means nothing: newer nodes call `config cap`.
    pub arguments: &'a [String],
    /// The environment's `statsfile`: the snapshot.
    pub statsfile: Option<&'a Path>,
    /// The wall clock, in Unix milliseconds.
    pub now_ms: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum MuninError {
    /// It was called by its own name.
    #[error("this plugin draws the graph that its link is named for: link it into /etc/munin/plugins as {}", known())]
    Unlinked,
    /// It was called by a name that is no graph's.
    #[error("no graph is called {name:?}: link this plugin as {}", known())]
    UnknownGraph {
        /// The name.
        name: String,
    },
    /// The first argument means nothing.
    #[error("unknown argument {argument:?}: give none for the values, or config, or autoconf")]
    UnknownArgument {
        /// The argument.
        argument: String,
    },
    /// The environment does not name the snapshot.
    #[error("statsfile is not set: name the snapshot in munin's plugin-conf.d, as `env.statsfile PATH`")]
    NoStatsfile,
    /// The snapshot is not to be had.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What the plugin prints.
pub fn answer(call: &Call<'_>) -> Result<String, MuninError> {
    match call.arguments.first().map(String::as_str) {
        None | Some("") => values(call),
        Some("config") => config(call),
        Some("autoconf") => Ok(autoconf(call)),
        Some(argument) => Err(MuninError::UnknownArgument { argument: argument.to_owned() }),
    }
}

/// An error with its causes, in one harmless line.
pub fn explain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    harmless(&line)
}

fn values(call: &Call<'_>) -> Result<String, MuninError> {
    let graph = graph(call.program)?;
    Ok(graph.values(&read(graph, call)?))
}

/// Before the first snapshot this is a graph without fields: had a node's start seen no graph, it would drop the plugin
/// until it starts again.
fn config(call: &Call<'_>) -> Result<String, MuninError> {
    let graph = graph(call.program)?;
    match read(graph, call) {
        Ok(fields) => Ok(graph.config(&fields)),
        Err(MuninError::Read(ReadError::Missing { .. })) => Ok(graph.config(&[])),
        Err(error) => Err(error),
    }
}

/// Whether the plugin is of use on this machine, under whatever name: never an error.
fn autoconf(call: &Call<'_>) -> String {
    match snapshot(call).and_then(|path| Ok(select(path, Wanted::NODES, call.now_ms)?)) {
        Ok(_) => "yes\n".to_owned(),
        Err(error) => format!("no ({})\n", explain(&error)),
    }
}

fn read(graph: &Graph, call: &Call<'_>) -> Result<Vec<Field>, MuninError> {
    let (name, kind) = match graph.series {
        Series::Counter(name) => (name, Kind::Counter),
        Series::Stat(name) => (name, Kind::Stat),
    };
    let wanted = Wanted { names: Names::Of(&[name]), keys: "" };
    let selection = select(snapshot(call)?, wanted, call.now_ms)?;
    Ok(fields(&selection, name, kind))
}

fn snapshot<'a>(call: &Call<'a>) -> Result<&'a Path, MuninError> {
    call.statsfile.filter(|path| !path.as_os_str().is_empty()).ok_or(MuninError::NoStatsfile)
}

fn graph(program: &str) -> Result<&'static Graph, MuninError> {
    let name = program.rsplit('/').next().unwrap_or(program);
    match GRAPHS.iter().find(|graph| graph.name == name) {
        Some(graph) => Ok(graph),
        None if name == PLUGIN => Err(MuninError::Unlinked),
        None => Err(MuninError::UnknownGraph { name: name.to_owned() }),
    }
}

fn known() -> String {
    let names: Vec<&str> = GRAPHS.iter().map(|graph| graph.name).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
