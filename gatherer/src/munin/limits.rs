//! Bounds of the munin plugin, each with its reason.

/// Milliseconds between two calls that a rate is worked out over at most: munin's own heartbeat, two of its rounds of
/// 300 s.
pub const RATE_MS: u64 = 600_000;

/// Bytes of a state file that is read: 100,000 nodes have 15 MB for each counter of a view over the fleet.
pub const STATE_BYTES: u64 = 1 << 30;

/// Graphs in a graphs.toml: each is matched against every stat there is.
pub const GRAPHS: usize = 1000;

/// Characters of a graph's name, and of a stat's in a line's. munin's files are called HOST-GRAPH-FIELD-g.rrd, and a name
/// of a file holds 255: 64 of a host, 72 of `statsgrid_node_KEY_` and 2 such names, or, with a line for each stat of each
/// node, `statsgrid_`, one such name, `_top10`, another one and a key.
pub const NAME_CHARS: usize = 54;

/// Nodes up to which `suggest` names graphs of one line a node; 200 lines cannot be read.
pub const READABLE_NODES: usize = 20;

/// Nodes that a view of the highest values shows.
pub const TOP: usize = 10;

/// Characters of a nickname in a legend: as many as leave munin's table of figures on one line.
pub const LABEL_CHARS: usize = 40;

/// Characters of a graph's title: as many as fit above it.
pub const TITLE_CHARS: usize = 100;

/// Characters of a help text.
pub const INFO_CHARS: usize = 400;

/// Characters of a unit.
pub const UNIT_CHARS: usize = 40;

/// Characters of a virtual host's name: they become a part of a file's name.
pub const HOST_CHARS: usize = 64;
