//! A graph: which stats it shows, and how. Where it comes from ([`super::builtin`], [`super::described`],
//! [`super::operator`]) makes no difference from here on.

use super::link::View;
use crate::pattern::Pattern;
use crate::snapshot::{Kind, Role};

/// One graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// What the plugin's link is called, without its beginning.
    pub name: String,
    /// Above the graph: what is drawn.
    pub title: String,
    /// Beside it: the unit. munin puts `second` for `${graph_period}`. Empty: as the first stat's producers describe it.
    pub vlabel: String,
    /// A lower-case word.
    pub category: String,
    /// A sentence below it.
    pub info: String,
    /// How its scale is written.
    pub scale: Scale,
    /// What it shows, as full names and forms of them.
    pub stats: Vec<Pattern>,
    /// Whose.
    pub of: Role,
    /// Where in a record they are. None: where most nodes have them.
    pub kind: Option<Kind>,
    /// Whether their growth in a second is drawn. None: as their producers describe them.
    pub rate: Option<bool>,
    /// What is drawn below the axis, where the graph shows one stat: its other half, as sent beside received.
    pub negative: Option<String>,
    /// munin's word for the form of its lines; empty: as munin does without it.
    pub draw: &'static str,
    /// The ranges outside of which munin warns.
    pub limits: Limits,
    /// How it shows many nodes, where the link does not say so.
    pub view: View,
}

/// How a scale is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// As plain numbers.
    Plain,
    /// With prefixes of 1000.
    #[default]
    Decimal,
    /// With prefixes of 1024, for bytes.
    Binary,
}

/// Ranges in munin's words (`MIN:MAX`); empty: none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Outside of it, munin warns.
    pub warning: String,
    /// Outside of it, louder.
    pub critical: String,
}

impl Graph {
    /// The one stat that it shows, if it is not a form of names: then a node has one line.
    pub fn single(&self) -> Option<&str> {
        match self.stats.as_slice() {
            [only] => only.exact(),
            _ => None,
        }
    }

    /// Whether anything of it is as its stats' producers describe them.
    pub fn is_described(&self) -> bool {
        self.rate.is_none() || self.vlabel.is_empty() || self.single().is_none()
    }

    /// Whether it shows this stat.
    pub fn shows(&self, name: &str) -> bool {
        self.negative.as_deref() == Some(name) || self.stats.iter().any(|pattern| pattern.matches(name))
    }

    /// What tells one of its stats from the others.
    pub fn short<'n>(&self, name: &'n str) -> &'n str {
        let varying = self.stats.iter().find_map(|pattern| pattern.varying(name)).filter(|varying| !varying.is_empty());
        varying.unwrap_or_else(|| name.rsplit('.').next().unwrap_or(name))
    }

    /// The names of all that it shows, if they are known beforehand.
    pub fn exact_names(&self) -> Option<Vec<&str>> {
        self.stats.iter().map(Pattern::exact).chain(self.negative.as_deref().map(Some)).collect()
    }
}
