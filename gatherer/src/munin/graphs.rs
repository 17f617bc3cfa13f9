//! The graphs that the plugin knows, each under the name of its link.

use super::graph::{Draw, Graph};
use crate::snapshot::Series;

/// All of them: those of the original's founding commits. Its `bytes_added` and `bytes_freed` were drawn as gauges of
/// counters, which only ever rise; here they are rates, and every title says what is drawn.
pub const GRAPHS: &[Graph] = &[
    Graph {
        name: "tahoe_storage_consumed",
        title: "Storage consumed on each node",
        vlabel: "bytes",
        category: "fs",
        base: 1024,
        info: "The size of what a node stores for others.",
        series: Series::Stat("storage_server.consumed"),
        draw: Draw::Value,
    },
    Graph {
        name: "tahoe_storage_allocated",
        title: "Storage allocated to unfinished uploads on each node",
        vlabel: "bytes",
        category: "fs",
        base: 1024,
        info: "The size of uploads that have not ended, and are not stored yet.",
        series: Series::Stat("storage_server.allocated"),
        draw: Draw::Value,
    },
    Graph {
        name: "tahoe_runtime_load_avg",
        title: "Average delay of a one-second timer on each node",
        vlabel: "seconds",
        category: "system",
        base: 1000,
        info: "By how much a timer was late, as the average over its last 60 ticks: what a busy machine adds to \
            whatever is done on it.",
        series: Series::Stat("load_monitor.avg_load"),
        draw: Draw::Value,
    },
    Graph {
        name: "tahoe_runtime_load_peak",
        title: "Longest delay of a one-second timer on each node",
        vlabel: "seconds",
        category: "system",
        base: 1000,
        info: "By how much a timer was late at worst, over its last 60 ticks.",
        series: Series::Stat("load_monitor.max_load"),
        draw: Draw::Value,
    },
    Graph {
        name: "tahoe_storage_bytes_added",
        title: "Rate of bytes added to the storage of each node",
        vlabel: "bytes / ${graph_period}",
        category: "fs",
        base: 1024,
        info: "By how much stored files appeared and grew; what has been deleted since is counted too.",
        series: Series::Counter("storage_server.bytes_added"),
        draw: Draw::Rate,
    },
    Graph {
        name: "tahoe_storage_bytes_freed",
        title: "Rate of bytes freed from the storage of each node",
        vlabel: "bytes / ${graph_period}",
        category: "fs",
        base: 1024,
        info: "By how much stored files vanished and shrank.",
        series: Series::Counter("storage_server.bytes_freed"),
        draw: Draw::Rate,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn munin_takes_every_graph() {
        let mut names = HashSet::new();
        for graph in GRAPHS {
            assert!(names.insert(graph.name), "{} stands twice", graph.name);
            assert!(graph.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{}", graph.name);
            for line in [graph.title, graph.vlabel, graph.category, graph.info] {
                assert!(!line.is_empty() && !line.contains(['#', '\\', '\n']), "{}: {line}", graph.name);
            }
            assert!(graph.category.bytes().all(|byte| byte.is_ascii_lowercase()), "{}", graph.name);
            assert!([1000, 1024].contains(&graph.base), "{}", graph.name);
        }
    }

    #[test]
    fn counters_are_drawn_as_rates() {
        for graph in GRAPHS.iter().filter(|graph| matches!(graph.series, Series::Counter(_))) {
            assert_eq!(graph.draw, Draw::Rate, "{}", graph.name);
            assert!(graph.vlabel.contains("${graph_period}"), "{}", graph.name);
            assert!(graph.title.starts_with("Rate of "), "{}", graph.name);
        }
    }
}
