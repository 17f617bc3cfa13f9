//! The graph that a link's name means: the operator's, or the plugin's own, or that of one stat.

use super::builtin::builtin;
use super::call::Call;
use super::described::{self, Meaning};
use super::error::MuninError;
use super::graph::Graph;
use super::material::{Material, before_the_first_snapshot};
use super::name::{cleaned, readable};
use super::source::Asked;
use crate::snapshot::{Kind, Names};

/// The graph called `name`, and what it is drawn from.
pub fn graph(call: &Call<'_>, own: &[Graph], name: &str, asked: Asked) -> Result<(Graph, Material), MuninError> {
    let known = own.iter().find(|graph| graph.name == name).cloned().or_else(|| builtin(name));
    let Some(graph) = known else { return of_stat(call, name, asked) };
    let material = Material::of_graph(call, &graph).or_else(|error| before_the_first_snapshot(error, asked))?;
    Ok((graph, material))
}

fn of_stat(call: &Call<'_>, text: &str, asked: Asked) -> Result<(Graph, Material), MuninError> {
    let unknown = || MuninError::UnknownGraph { name: text.to_owned() };
    // A link's name is that of a stat made safe, or carries a hash of it.
    let readable = readable(text);
    if readable.is_none() && !text.contains("___") {
        return Err(unknown());
    }
    let read = match &readable {
        Some(name) => Material::read(call, Names::Of(&[name.as_str()]), ""),
        None => Material::read(call, Names::Matching(&|name| cleaned(name) == text), ""),
    };
    let material = match read {
        Ok(material) => material,
        Err(error) => {
            let material = before_the_first_snapshot(error, asked)?;
            let stat = described::graph(readable.as_deref().unwrap_or(text), Kind::Stat, &Meaning::default());
            return Ok((Graph { name: text.to_owned(), ..stat }, material));
        }
    };
    let name = readable.or_else(|| material.selection.names().next().map(str::to_owned)).ok_or_else(unknown)?;
    let kind = material.selection.kind(&name).ok_or_else(unknown)?;
    let described = material.described();
    if !described.is_there(&name, kind) {
        return Err(unknown());
    }
    // One whose description has not come is a graph without lines.
    let meaning = described.meaning(&name, kind).unwrap_or_default();
    Ok((Graph { rate: None, ..described::graph(&name, kind, &meaning) }, material))
}
