//! What is read for an answer: of the snapshot what a link needs, and of the catalogue what describes that.

use super::call::Call;
use super::described::Described;
use super::error::MuninError;
use super::graph::Graph;
use super::plan;
use super::source::{Asked, Source};
use crate::snapshot::{Catalogue, Names, ReadError, Selection, Wanted, select};

/// Values, and what their producers say that they are.
#[derive(Debug, Default)]
pub struct Material {
    /// The values.
    pub selection: Selection,
    catalogue: Catalogue,
}

impl Material {
    /// All that a graph of everything shows.
    pub fn everything(call: &Call<'_>, own: &[Graph]) -> Result<Self, MuninError> {
        Self::read(call, Names::Matching(&|name| plan::is_wanted(own, name)), "")
    }

    /// All of the nodes whose keys begin so.
    pub fn of_node(call: &Call<'_>, key: &str) -> Result<Self, MuninError> {
        Self::read(call, Names::Matching(&|name| plan::is_wanted(&[], name)), key)
    }

    /// What a graph shows.
    pub fn of_graph(call: &Call<'_>, graph: &Graph) -> Result<Self, MuninError> {
        match graph.exact_names() {
            Some(names) if !graph.is_described() => {
                let selection = selected(call, Names::Of(&names), "")?;
                Ok(Self { selection, catalogue: Catalogue::default() })
            }
            Some(names) => Self::read(call, Names::Of(&names), ""),
            None => Self::read(call, Names::Matching(&|name| graph.shows(name)), ""),
        }
    }

    /// The series of these names, and what describes them.
    pub fn read(call: &Call<'_>, names: Names<'_>, keys: &str) -> Result<Self, MuninError> {
        let selection = selected(call, names, keys)?;
        let hashes = selection.all_descriptions();
        let catalogue =
            if hashes.is_empty() { Catalogue::default() } else { Catalogue::read_some(call.statsfile()?, &hashes)? };
        Ok(Self { selection, catalogue })
    }

    /// What says which stat is what.
    pub fn described(&self) -> Described<'_> {
        Described { selection: &self.selection, catalogue: &self.catalogue }
    }

    /// What graphs are drawn from.
    pub fn source<'a>(&'a self, call: &Call<'a>, asked: Asked) -> Source<'a> {
        Source::new(self.described(), &call.environment.thresholds, asked)
    }
}

fn selected(call: &Call<'_>, names: Names<'_>, keys: &str) -> Result<Selection, MuninError> {
    Ok(select(call.statsfile()?, Wanted { names, keys }, call.now_ms)?)
}

/// Before the first snapshot there are graphs without lines, and no values.
pub fn before_the_first_snapshot(error: MuninError, asked: Asked) -> Result<Material, MuninError> {
    match error {
        MuninError::Read(ReadError::Missing { .. }) if asked.config => Ok(Material::default()),
        error => Err(error),
    }
}
