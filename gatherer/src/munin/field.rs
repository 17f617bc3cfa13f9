//! One node's line in a graph.
//!
//! munin knows a line by its field's name for ever: so that is the provider's whole key, whatever the node is called,
//! and it is safe in munin's configuration and as part of a file name. People know it by its label.

use statsgrid_wire::PublicKey;

use crate::snapshot::label::{is_harmless, labels};
use crate::snapshot::{Cell, Kind, Node, Role, Selection, Value};

/// Characters of a nickname in a legend.
const LABEL_CHARS: usize = 80;

/// One node's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What munin calls it.
    pub name: PublicKey,
    /// What people read.
    pub label: String,
    /// Its present value: none if there is none, or only an old one.
    pub value: Option<Value>,
}

/// A field for each provider of the snapshot that may have the series, whether it has a value now or not, for colours
/// shift and nodes vanish from a graph whose fields come and go. Sorted by key.
pub fn fields(selection: &Selection, name: &str, kind: Kind) -> Vec<Field> {
    let cells = selection.cells(name, kind).unwrap_or_default();
    let rows = selection.nodes.iter().zip(cells);
    let rows: Vec<(&Node, Cell)> =
        rows.filter_map(|(node, cell)| (node.role == Role::Provider).then_some((node, (*cell)?))).collect();
    let nicknames: Vec<_> = rows.iter().map(|(node, _)| (node.key, node.nickname.as_str())).collect();
    let labels = labels(&nicknames, LABEL_CHARS, is_allowed);
    let field = |((node, cell), label): ((&Node, Cell), String)| Field { name: node.key, label, value: cell.value };
    rows.iter().map(|(node, cell)| (*node, *cell)).zip(labels).map(field).collect()
}

/// `#` starts a comment in munin's configuration, and a graph with a `\` at a label's end is not drawn.
fn is_allowed(c: char) -> bool {
    is_harmless(c) && !matches!(c, '#' | '\\')
}
