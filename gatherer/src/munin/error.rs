//! Why the plugin gives no answer: one line each, for munin's log and for who calls it by hand.

use std::error::Error;

use super::link::LinkError;
use super::operator::GraphsError;
use super::state::StateError;
use crate::snapshot::label::harmless;
use crate::snapshot::{CatalogueError, ReadError};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum MuninError {
    /// The link's name asks for nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// There is no graph of this name.
    #[error(
        "no graph is called {name:?}, and no node has a stat of that name: `munin-run statsgrid_all suggest` lists what there is"
    )]
    UnknownGraph {
        /// The name, without the link's beginning.
        name: String,
    },
    /// No node's key begins so, or more than one.
    #[error("{nodes} nodes have a key that begins with {key:?}: name one, by at least the first 8 characters")]
    Node {
        /// The beginning.
        key: String,
        /// How many there are.
        nodes: usize,
    },
    /// The first argument means nothing.
    #[error("unknown argument {argument:?}: give none for the values, or config, autoconf or suggest")]
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
    /// The catalogue beside it is not.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The operator's graphs are not.
    #[error(transparent)]
    Graphs(#[from] GraphsError),
    /// What the next call needs cannot be kept.
    #[error(transparent)]
    State(#[from] StateError),
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
