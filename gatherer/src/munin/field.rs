//! One node's line in a graph.
//!
//! munin knows a line by its field's name for ever: so that is the provider's whole key, whatever the node is called,
//! and it is safe in munin's configuration and as part of a file name. People know it by its label.

use statsgrid_wire::PublicKey;

use crate::snapshot::label::{is_harmless, labels};
use crate::snapshot::{Role, Selected, Value};

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

/// A field for each provider of the snapshot, whether it has a value or not, for colours shift and nodes vanish from
/// a graph whose fields come and go. `selected` is sorted by key, and holds one reading of each record.
pub fn fields(selected: &[Selected], now_ms: u64) -> Vec<Field> {
    let providers: Vec<&Selected> = selected.iter().filter(|record| record.role == Role::Provider).collect();
    let nicknames: Vec<_> = providers.iter().map(|record| (record.key, record.nickname.as_str())).collect();
    let value = |record: &Selected| {
        let reading = record.readings.first().filter(|reading| reading.taken.is_fresh(now_ms))?;
        reading.value
    };
    let field = |(record, label): (&Selected, String)| Field { name: record.key, label, value: value(record) };
    providers.into_iter().zip(labels(&nicknames, LABEL_CHARS, is_allowed)).map(field).collect()
}

/// `#` starts a comment in munin's configuration, and a graph with a `\` at a label's end is not drawn.
fn is_allowed(c: char) -> bool {
    is_harmless(c) && !matches!(c, '#' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::limits::VALID_MS;
    use crate::snapshot::samples::{ALPHA, BETA, GAMMA, GATHERER, key};
    use crate::snapshot::{Millis, Reading, Taken};

    const NOW: u64 = 1_795_358_400_000;

    fn selected(text: &str, nickname: &str, age_ms: u64) -> Selected {
        let taken = Taken { at: Millis::new(NOW - age_ms), pace: None };
        let readings = vec![Reading { value: Some(Value::Count(17)), taken }];
        Selected { key: key(text), nickname: nickname.to_owned(), role: Role::Provider, readings }
    }

    #[test]
    fn stale_nodes_keep_their_field() {
        let selected = [selected(ALPHA, "alpha", VALID_MS), selected(BETA, "beta", VALID_MS + 1)];
        let values: Vec<_> = fields(&selected, NOW).into_iter().map(|field| (field.label, field.value)).collect();
        assert_eq!(values, [("alpha".to_owned(), Some(Value::Count(17))), ("beta".to_owned(), None)]);
    }

    #[test]
    fn the_gatherer_has_none() {
        let gatherer = Selected { role: Role::Gatherer, ..selected(GATHERER, "gatherer", 0) };
        assert_eq!(fields(&[gatherer], NOW), []);
    }

    #[test]
    fn labels_are_safe_in_munins_configuration() {
        let check = |nickname: &str, expected: &str| {
            let fields = fields(&[selected(ALPHA, nickname, 0)], NOW);
            assert_eq!((fields[0].name, fields[0].label.as_str()), (key(ALPHA), expected), "{nickname:?}");
        };
        check("alpha", "alpha");
        check("root", "root");
        check("graph_title", "graph_title");
        check("größe 🦀", "größe 🦀");
        check("ends in \\", "ends in �");
        check("a # b", "a � b");
        check("a\ngraph_title evil", "a graph_title evil");
        check("a\u{1b}[2J\0", "a�[2J�");
        check("", "(UALPHAUJ)");
        check(&"x".repeat(300), &("x".repeat(79) + "…"));
    }

    #[test]
    fn nodes_that_share_a_nickname_are_told_apart() {
        let selected = [selected(ALPHA, "web", 0), selected(BETA, "db", 0), selected(GAMMA, "web", 0)];
        let labels: Vec<_> = fields(&selected, NOW).into_iter().map(|field| field.label).collect();
        assert_eq!(labels, ["web (UALPHAUJ)", "db", "web (UCGAMMA3)"]);
    }
}
