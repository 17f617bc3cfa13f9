//! The graphs that the plugin knows by itself: those of the original at its end, those that it lacked, and the gatherer's
//! own.
//!
//! The original drew `bytes_added` and `bytes_freed` as gauges of counters, which only ever rise; here they are rates, and
//! every title says what is drawn.

use super::described::{scale, vlabel};
use super::graph::{Graph, Limits};
use super::link::View;
use crate::pattern::Pattern;
use crate::snapshot::{Kind, Role};

mod table;

pub use table::BUILTIN;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// What the plugin's link is called, without its beginning.
    pub name: &'static str,
    title: &'static str,
    unit: &'static str,
    category: &'static str,
    info: &'static str,
    stats: &'static [&'static str],
    kind: Kind,
    of: Role,
}

const fn gauge(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    category: &'static str,
    info: &'static str,
    stats: &'static [&'static str],
) -> Builtin {
    Builtin { name, title, unit, category, info, stats, kind: Kind::Stat, of: Role::Provider }
}

const fn rate(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    category: &'static str,
    info: &'static str,
    stats: &'static [&'static str],
) -> Builtin {
    Builtin { kind: Kind::Counter, ..gauge(name, title, unit, category, info, stats) }
}

const fn of_gatherer(builtin: Builtin) -> Builtin {
    Builtin { of: Role::Gatherer, ..builtin }
}

/// The graph of this name, if there is one.
pub fn builtin(name: &str) -> Option<Graph> {
    BUILTIN.iter().find(|builtin| builtin.name == name).map(Builtin::graph)
}

impl Builtin {
    /// As a graph like any other.
    pub fn graph(&self) -> Graph {
        let rate = self.kind == Kind::Counter;
        Graph {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            vlabel: vlabel(self.unit, rate),
            category: self.category.to_owned(),
            info: self.info.to_owned(),
            scale: scale(self.unit, rate),
            stats: self.stats.iter().copied().map(Pattern::new).collect(),
            of: self.of,
            kind: Some(self.kind),
            rate: Some(rate),
            negative: None,
            draw: "",
            limits: Limits::default(),
            view: View::Nodes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::munin::link::Link;
    use crate::munin::name::ENDINGS;
    use std::collections::HashSet;

    /// The names of the original at its end, after `tahoe_`.
    const ORIGINAL: [&str; 26] = [
        "runtime_load_avg",
        "runtime_load_peak",
        "storage_consumed",
        "storage_allocated",
        "storage_bytes_added",
        "storage_bytes_freed",
        "helper_incoming_files",
        "helper_incoming_filesize",
        "helper_incoming_files_old",
        "helper_encoding_files",
        "helper_encoding_filesize",
        "helper_encoding_files_old",
        "helper_active_uploads",
        "storage_operations_allocate",
        "storage_operations_get",
        "storage_operations_readv",
        "storage_operations_writev",
        "helper_upload_requests",
        "helper_upload_already_present",
        "helper_upload_need_upload",
        "helper_encoded_bytes",
        "helper_fetched_bytes",
        "uploader_bytes_uploaded",
        "uploader_files_uploaded",
        "mutable_files_published",
        "mutable_files_retrieved",
    ];

    #[test]
    fn the_originals_graphs_are_there() {
        for name in ORIGINAL {
            let link = Link::parse(&format!("tahoe_{name}")).unwrap();
            assert!(link.view.is_none() && builtin(name).is_some(), "{name}");
        }
    }

    #[test]
    fn munin_takes_every_graph() {
        let mut names = HashSet::new();
        for graph in BUILTIN.iter().map(Builtin::graph) {
            let Graph { name, title, vlabel, category, info, .. } = &graph;
            assert!(names.insert(name.clone()), "{name} stands twice");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{name}"
            );
            assert!(!name.contains("__") && !ENDINGS.iter().any(|ending| name.ends_with(ending)), "{name}");
            for line in [title, vlabel, category, info] {
                assert!(!line.is_empty() && !line.contains(['#', '\\', '\n', '<', '&']), "{name}: {line}");
            }
            assert!(category.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
            assert!(info.ends_with('.'), "{name}: {info}");
        }
    }

    #[test]
    fn counters_are_drawn_as_rates() {
        for graph in BUILTIN.iter().map(Builtin::graph) {
            let is_rate = graph.kind == Some(Kind::Counter);
            assert_eq!(graph.rate, Some(is_rate), "{}", graph.name);
            assert_eq!(graph.vlabel.contains("${graph_period}"), is_rate, "{}", graph.name);
            assert_eq!(graph.title.starts_with("Rate of "), is_rate, "{}", graph.name);
        }
    }
}
