//! What the name of the plugin's link asks for.
//!
//! `statsgrid_GRAPH`, with `_fleet` or `_top10` after it for another view of the same graph; `statsgrid_all`, the same;
//! `statsgrid_node_KEY` for one node. The original's graphs are also known by its own names, `tahoe_GRAPH`.

/// The plugin's own name, and what its links begin with.
pub const PLUGIN: &str = "statsgrid_";

/// What the original's links begin with.
const ORIGINAL: &str = "tahoe_";

/// Why a link's name asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It was called by its own name.
    #[error(
        "this plugin draws what its link is named for: link it into /etc/munin/plugins as statsgrid_all, or as one of \
        the names that `munin-node-configure --suggest` shows"
    )]
    Unlinked,
    /// It was called by a name that is none of its own.
    #[error("no link of this plugin is called {link:?}: they begin with statsgrid_")]
    UnknownLink {
        /// The name.
        link: String,
    },
}

/// A link's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the names of its graphs begin with: as the link's own.
    pub prefix: &'static str,
    /// What it asks for.
    pub target: Target,
    /// As the link says; None: as the graph has it.
    pub view: Option<View>,
}

/// Of what a link draws a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything there is, one graph each.
    All,
    /// One node, whose key begins so.
    Node(String),
    /// The graph of this name.
    Graph(String),
}

/// How a graph shows many nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// A line for each.
    #[default]
    Nodes,
    /// Minimum, median, 95th percentile and maximum over all of them, and their sum.
    Fleet,
    /// A line for each of the ten with the highest values.
    Top10,
}

impl Link {
    /// Takes apart what the plugin was called as, with or without a path.
    pub fn parse(program: &str) -> Result<Self, LinkError> {
        let link = program.rsplit('/').next().unwrap_or(program);
        let prefixes = [PLUGIN, ORIGINAL];
        let parted = prefixes.into_iter().find_map(|prefix| Some((prefix, link.strip_prefix(prefix)?)));
        let Some((prefix, rest)) = parted else { return Err(LinkError::UnknownLink { link: link.to_owned() }) };
        let (name, view) = View::split(rest);
        let target = match name.strip_prefix("node_") {
            _ if name.is_empty() => return Err(LinkError::Unlinked),
            // `node__uptime` is the stat `node.uptime`.
            Some(key) if prefix == PLUGIN && !key.starts_with('_') => Target::Node(key.to_owned()),
            _ if name == "all" && prefix == PLUGIN => Target::All,
            _ => Target::Graph(name.to_owned()),
        };
        Ok(Self { prefix, target, view })
    }
}

impl View {
    /// What stands at a link's end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Nodes => "",
            Self::Fleet => "_fleet",
            Self::Top10 => "_top10",
        }
    }

    fn split(name: &str) -> (&str, Option<Self>) {
        let views = [Self::Fleet, Self::Top10].into_iter();
        let view = |view: Self| Some((name.strip_suffix(view.ending())?, Some(view)));
        views.filter_map(view).next().unwrap_or((name, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_taken_apart() {
        let check = |link: &str, prefix, target: Target, view| {
            assert_eq!(Link::parse(link).unwrap(), Link { prefix, target, view }, "{link}");
        };
        let graph = |name: &str| Target::Graph(name.to_owned());
        check("/etc/munin/plugins/statsgrid_storage_consumed", "statsgrid_", graph("storage_consumed"), None);
        check("tahoe_storage_consumed", "tahoe_", graph("storage_consumed"), None);
        check("tahoe_storage_consumed_fleet", "tahoe_", graph("storage_consumed"), Some(View::Fleet));
        check("statsgrid_host__load1_top10", "statsgrid_", graph("host__load1"), Some(View::Top10));
        check("statsgrid_all", "statsgrid_", Target::All, None);
        check("statsgrid_all_fleet", "statsgrid_", Target::All, Some(View::Fleet));
        check("statsgrid_node_UALPHAUJ", "statsgrid_", Target::Node("UALPHAUJ".to_owned()), None);
        check("statsgrid_node__uptime", "statsgrid_", graph("node__uptime"), None);
        check("tahoe_all", "tahoe_", graph("all"), None);
    }

    #[test]
    fn what_is_no_link_is_told() {
        assert!(matches!(Link::parse("statsgrid_"), Err(LinkError::Unlinked)));
        assert!(matches!(Link::parse("/usr/bin/statsgrid_"), Err(LinkError::Unlinked)));
        assert!(matches!(Link::parse("cpu"), Err(LinkError::UnknownLink { link }) if link == "cpu"));
        assert!(matches!(Link::parse(""), Err(LinkError::UnknownLink { .. })));
    }
}
