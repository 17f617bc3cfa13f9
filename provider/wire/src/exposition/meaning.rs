//! What a stat means: as its producer describes it, or by the list that it is in.

use super::family::Kind;
use super::own::List;
use crate::message::{self, Description};

/// Kind, unit and help of a stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning<'a> {
    /// What it is.
    pub kind: Kind,
    /// In OpenMetrics' terms, or empty.
    pub unit: &'a str,
    /// One sentence, or empty.
    pub help: &'a str,
}

impl<'a> Meaning<'a> {
    /// Of what nobody describes.
    pub fn by_list(list: List) -> Self {
        let kind = match list {
            List::Counters => Kind::Counter,
            List::Stats => Kind::Gauge,
        };
        Self { kind, unit: "", help: "" }
    }

    /// Of the stat that the described producer itself calls `own`.
    pub fn described(description: &'a Description, own: &str, list: List) -> Self {
        let counter = || description.counters.iter().find(|counter| counter.name == own);
        let stat = || description.stats.iter().find(|stat| stat.name == own);
        let said = match list {
            List::Counters => counter().map(|said| (Kind::Counter, &said.unit, &said.help)),
            List::Stats => stat().map(|said| (kind(said.kind), &said.unit, &said.help)),
        };
        said.map_or(Self::by_list(list), |(kind, unit, help)| Self { kind, unit, help })
    }
}

fn kind(described: message::Kind) -> Kind {
    match described {
        message::Kind::Counter => Kind::Counter,
        message::Kind::Gauge => Kind::Gauge,
    }
}
