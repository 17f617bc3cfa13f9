//! What the producers say of their stats, and the graph of one stat that follows from it.
//!
//! Where nodes differ on a name, the description that most of them give holds. Without one, a counter is drawn as a rate
//! and a stat as it is. A description that the gatherer has not got yet is no description at all: drawn meanwhile, the
//! stat might become another kind of line in munin's files.

use super::graph::{Graph, Limits, Scale};
use super::limits::{INFO_CHARS, TITLE_CHARS, UNIT_CHARS};
use super::link::View;
use super::name::cleaned;
use super::text::{category, html, line};
use crate::pattern::Pattern;
use crate::snapshot::{Catalogue, Kind, Millis, Role, Selection};
use statsgrid_wire::message;

/// Descriptions, and who gives which.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// Who gives which.
    pub selection: &'a Selection,
    /// What they say.
    pub catalogue: &'a Catalogue,
}

/// What a stat is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// It counts up: its growth is to be drawn.
    pub rate: bool,
    /// In OpenMetrics' terms, or empty.
    pub unit: String,
    /// One sentence, or empty.
    pub help: String,
}

impl Described<'_> {
    /// What a stat is. None: somebody has described it, and the description has not come yet.
    pub fn meaning(&self, name: &str, kind: Kind) -> Option<Meaning> {
        let undescribed = Meaning { rate: kind == Kind::Counter, ..Meaning::default() };
        let Some((section, own)) = name.split_once('.') else { return Some(undescribed) };
        let mut hashes = self.selection.descriptions(section).peekable();
        if hashes.peek().is_none() {
            return Some(undescribed);
        }
        let description = hashes.find_map(|hash| self.catalogue.get(&hash))?;
        let stat = description.stats.iter().find(|stat| stat.name == own);
        let counter = description.counters.iter().find(|counter| counter.name == own);
        let (unit, help) = match (stat, counter) {
            (Some(stat), _) => (&stat.unit, &stat.help),
            (None, Some(counter)) => (&counter.unit, &counter.help),
            (None, None) => return Some(undescribed),
        };
        let counts = stat.is_none_or(|stat| stat.kind == message::Kind::Counter);
        Some(Meaning { rate: kind == Kind::Counter || counts, unit: unit.clone(), help: help.clone() })
    }

    /// Whether some node has had a value of this stat, or says that it has such a stat.
    pub fn is_there(&self, name: &str, kind: Kind) -> bool {
        let cells = self.selection.cells(name, kind).unwrap_or_default();
        let is_described = || {
            let Some((section, own)) = name.split_once('.') else { return false };
            let mut descriptions = self.selection.descriptions(section).filter_map(|hash| self.catalogue.get(&hash));
            descriptions.any(|description| {
                let stats = description.stats.iter().map(|stat| &stat.name);
                stats.chain(description.counters.iter().map(|counter| &counter.name)).any(|name| name == own)
            })
        };
        cells.iter().flatten().any(|cell| cell.at > Millis::default()) || is_described()
    }
}

/// The graph of one stat. Its page is named for its producer, so that what belongs together stands together.
pub fn graph(name: &str, kind: Kind, meaning: &Meaning) -> Graph {
    let Meaning { rate, unit, help } = meaning;
    let section = name.split_once('.').map_or("other", |(section, _)| section);
    let stop = if help.is_empty() || help.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    Graph {
        name: cleaned(name),
        title: line(&if *rate { format!("Rate of {name}") } else { name.to_owned() }, TITLE_CHARS),
        vlabel: vlabel(unit, *rate),
        category: category(section),
        info: html(&format!("{help}{stop} {name} of the producer {section}."), INFO_CHARS),
        scale: scale(unit, *rate),
        stats: vec![Pattern::new(name)],
        of: Role::Provider,
        kind: Some(kind),
        rate: Some(*rate),
        negative: None,
        draw: "",
        limits: Limits::default(),
        view: View::Nodes,
    }
}

/// What stands beside the graph of a stat in this unit.
pub fn vlabel(unit: &str, rate: bool) -> String {
    let unit = line(unit, UNIT_CHARS);
    match (unit.as_str(), rate) {
        ("", true) => "per ${graph_period}".to_owned(),
        ("", false) => "value".to_owned(),
        (_, true) => format!("{unit} / ${{graph_period}}"),
        (_, false) => unit,
    }
}

/// How the scale of a stat in this unit is written: plain counts without prefixes.
pub fn scale(unit: &str, rate: bool) -> Scale {
    match unit {
        "bytes" => Scale::Binary,
        "seconds" | "CPUs" | "ratio" | "volts" | "amperes" | "celsius" | "meters" | "grams" | "joules" => {
            Scale::Decimal
        }
        _ if !rate => Scale::Plain,
        _ => Scale::Decimal,
    }
}
