//! The operator's own graphs: the file that `env.graphs` names.
//!
//! ```toml
//! [graphs.load]
//! title = "Load of the machines"
//! stats = ["host.load1", "host.load5"]
//! ```
//!
//! Left out on purpose: formulas. What is to be worked out is a producer's work, or munin's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use statsgrid_wire::settings::{SettingsError, load_settings};

use super::environment::range;
use super::graph::{Graph, Limits, Scale};
use super::limits::{GRAPHS, INFO_CHARS, NAME_CHARS, TITLE_CHARS, UNIT_CHARS};
use super::link::{Link, PLUGIN, Target, View};
use super::name::ENDINGS;
use super::text::{html, line};
use crate::pattern::Pattern;
use crate::snapshot::Role;

/// Why there are no graphs to be had from the file.
#[derive(Debug, thiserror::Error)]
pub enum GraphsError {
    /// It cannot be read, or is not TOML of its shape.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A graph of it is none.
    #[error("{path}: graphs.{name}: {problem}")]
    Graph {
        /// The file.
        path: PathBuf,
        /// The graph.
        name: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    graphs: BTreeMap<String, Section>,
}

/// One graph of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    stats: Vec<String>,
    title: Option<String>,
    vlabel: Option<String>,
    category: Option<String>,
    info: Option<String>,
    r#type: Option<LineType>,
    #[serde(default)]
    draw: Draw,
    base: Option<u16>,
    scale: Option<bool>,
    negative: Option<String>,
    #[serde(default)]
    warning: String,
    #[serde(default)]
    critical: String,
    #[serde(default)]
    view: SectionView,
    #[serde(default)]
    of: Of,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LineType {
    Gauge,
    Counter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Draw {
    #[default]
    Line,
    Area,
    Stack,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SectionView {
    #[default]
    Nodes,
    Fleet,
    Top10,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Of {
    #[default]
    Providers,
    Gatherer,
}

/// The graphs of the file, by name; none without a file.
pub fn graphs(path: Option<&Path>) -> Result<Vec<Graph>, GraphsError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let File { graphs } = load_settings(path)?;
    let problem = |name: String, problem: String| GraphsError::Graph { path: path.to_owned(), name, problem };
    if let Some((name, _)) = graphs.iter().nth(GRAPHS) {
        return Err(problem(name.clone(), format!("only {GRAPHS} graphs are taken")));
    }
    graphs.into_iter().map(|(name, section)| section.graph(&name).map_err(|text| problem(name, text))).collect()
}

impl Section {
    /// As a graph like any other; else what is wrong with it.
    fn graph(self, name: &str) -> Result<Graph, String> {
        check_name(name)?;
        check_stats(&self.stats)?;
        if self.negative.is_some() && (self.stats.len() != 1 || self.stats.iter().any(|stat| stat.contains('*'))) {
            return Err("`negative` belongs to a graph of one stat, named in full".to_owned());
        }
        let whose = if matches!(self.of, Of::Gatherer) { "gatherer" } else { "nodes" };
        let info = self.info.unwrap_or_else(|| format!("{} of the {whose}.", self.stats.join(", ")));
        Ok(Graph {
            name: name.to_owned(),
            title: line(self.title.as_deref().unwrap_or(name), TITLE_CHARS),
            vlabel: self.vlabel.map(|vlabel| line(&vlabel, UNIT_CHARS)).unwrap_or_default(),
            category: category(self.category.as_deref().unwrap_or("other"))?,
            info: html(&info, INFO_CHARS),
            scale: scale(self.base, self.scale)?,
            of: match self.of {
                Of::Providers => Role::Provider,
                Of::Gatherer => Role::Gatherer,
            },
            kind: None,
            rate: self.r#type.map(|of| matches!(of, LineType::Counter)),
            draw: match self.draw {
                Draw::Line => "",
                Draw::Area => "AREA",
                Draw::Stack => "AREASTACK",
            },
            limits: Limits { warning: limit("warning", &self.warning)?, critical: limit("critical", &self.critical)? },
            view: match self.view {
                SectionView::Nodes => View::Nodes,
                SectionView::Fleet => View::Fleet,
                SectionView::Top10 => View::Top10,
            },
            stats: self.stats.into_iter().map(Pattern::new).collect(),
            negative: self.negative,
        })
    }
}

/// A name that a link can have, and that means this graph alone.
fn check_name(name: &str) -> Result<(), String> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && name.len() <= NAME_CHARS;
    let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending));
    match (ending, Link::parse(&format!("{PLUGIN}{name}")).map(|link| link.target)) {
        (Some(ending), _) => {
            Err(format!("a graph's name does not end in {ending}: that is added to a link, or see `view`"))
        }
        (None, Ok(Target::Graph(_))) if is_plain => Ok(()),
        (None, Ok(Target::Graph(_)) | Err(_)) => Err(format!(
            "a graph's name is of letters, digits and `_`, at most {NAME_CHARS}: it is a part of a link's name"
        )),
        (None, Ok(Target::All | Target::Node(_))) => Err("that name is the plugin's own".to_owned()),
    }
}

fn check_stats(stats: &[String]) -> Result<(), String> {
    let is_name =
        |stat: &&String| stat.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '*'));
    if stats.is_empty() {
        return Err("`stats` names none: list full names, as `stats-gatherer show` prints them, or with `*`".to_owned());
    }
    match stats.iter().find(|stat| stat.is_empty() || !is_name(stat)) {
        Some(stat) => {
            Err(format!("{stat:?} is no name of a stat: letters, digits, `_`, `-`, dots, and `*` for any of them"))
        }
        None => Ok(()),
    }
}

fn category(text: &str) -> Result<String, String> {
    let is_plain =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let wrong = || format!("category {text:?}: munin's are words of lower-case letters, as system, disk, network");
    if is_plain { Ok(text.to_owned()) } else { Err(wrong()) }
}

fn scale(base: Option<u16>, is_scaled: Option<bool>) -> Result<Scale, String> {
    match (base, is_scaled) {
        (None | Some(1000), None | Some(true)) => Ok(Scale::Decimal),
        (Some(1024), None | Some(true)) => Ok(Scale::Binary),
        (None | Some(1000), Some(false)) => Ok(Scale::Plain),
        (Some(1024), Some(false)) => Err("`base = 1024` means nothing with `scale = false`".to_owned()),
        (Some(base), _) => Err(format!("base = {base}: prefixes are of 1000, or of 1024 for bytes")),
    }
}

fn limit(key: &str, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    range(text).map_err(|()| format!("{key} = {text:?} is no range: write it as `MAX`, `MIN:` or `MIN:MAX`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Graph>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        graphs(Some(file.path())).map_err(|error| error.to_string().replace(&file.path().display().to_string(), "FILE"))
    }

    #[test]
    fn a_graph_needs_its_stats_alone() {
        let all = read("[graphs.load]\nstats = [\"host.load1\"]").unwrap();
        let [graph] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((graph.name.as_str(), graph.title.as_str(), graph.category.as_str()), ("load", "load", "other"));
        assert_eq!((graph.kind, graph.rate, graph.view), (None, None, View::Nodes));
        assert_eq!(graphs(None).unwrap(), []);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn every_key_is_taken() {
        let text = r#"
            [graphs.net]
            stats = ["host.sent"]
            negative = "host.received"
            title = "Network # <all>"
            vlabel = "bytes / ${graph_period}"
            category = "network"
            info = "In below, out above <b>"
            type = "counter"
            draw = "area"
            base = 1024
            warning = ":1000"
            critical = "1:2000.5"
            view = "top10"
            of = "gatherer"
        "#;
        let graph = read(text).unwrap().remove(0);
        assert_eq!(graph.title, "Network \u{fffd} <all>");
        assert_eq!(graph.info, "In below, out above &lt;b&gt;");
        assert_eq!((graph.rate, graph.draw, graph.scale), (Some(true), "AREA", Scale::Binary));
        assert_eq!((graph.limits.warning.as_str(), graph.limits.critical.as_str()), (":1000", "1:2000.5"));
        assert_eq!(
            (graph.view, graph.of, graph.negative.as_deref()),
            (View::Top10, Role::Gatherer, Some("host.received"))
        );
    }

    #[test]
    fn each_fault_names_the_graph_and_the_remedy() {
        let check = |text: &str, expected: &str| {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        };
        let stats = "stats = [\"a.b\"]";
        check("[graph.a]", "line 1: unknown key `graph`; did you mean `graphs`?");
        check(&format!("[graphs.a]\n{stats}\ntittle = \"x\""), "line 3: unknown key `tittle`; did you mean `title`?");
        check("[graphs.a]\ntitle = \"x\"", "missing field `stats`");
        check("[graphs.a]\nstats = []", "FILE: graphs.a: `stats` names none");
        check("[graphs.a]\nstats = [\"a b\"]", "FILE: graphs.a: \"a b\" is no name of a stat");
        check(&format!("[graphs.a_fleet]\n{stats}"), "does not end in _fleet");
        check(&format!("[graphs.all]\n{stats}"), "FILE: graphs.all: that name is the plugin's own");
        check(&format!("[graphs.node_x]\n{stats}"), "the plugin's own");
        check(&format!("[graphs.\"a-b\"]\n{stats}"), "letters, digits and `_`");
        check(&format!("[graphs.\"\"]\n{stats}"), "letters, digits and `_`");
        check(&format!("[graphs.a]\n{stats}\nwarning = \"high\""), "warning = \"high\" is no range: write it as");
        check(&format!("[graphs.a]\n{stats}\ncategory = \"My Page\""), "lower-case letters");
        check("[graphs.a]\nstats = [\"a.*\"]\nnegative = \"b.c\"", "`negative` belongs to a graph of one stat");
        check(&format!("[graphs.a]\n{stats}\nbase = 10"), "prefixes are of 1000, or of 1024");
        check(&format!("[graphs.a]\n{stats}\nview = \"fleets\""), "unknown variant `fleets`");
        let many: String = (0..=GRAPHS).map(|number| format!("[graphs.g{number}]\n{stats}\n")).collect();
        check(&many, "only 1000 graphs are taken");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = graphs(Some(Path::new("/nowhere/graphs.toml"))).unwrap_err().to_string();
        assert!(error.starts_with("there is no configuration /nowhere/graphs.toml: "), "{error}");
    }
}
