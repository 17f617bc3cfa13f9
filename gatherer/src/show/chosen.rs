//! Which nodes and which values are shown, by what people type: full names, or forms of names with `*`.
//!
//! What means nothing is an error that names the nearest, and not an empty table: who reads it would take a slip of
//! typing for a node without values.

use std::collections::BTreeSet;

use statsgrid_wire::{PublicKey, nearest};

use crate::pattern::Pattern;
use crate::snapshot::label::{harmless, is_harmless, visible};
use crate::snapshot::{Record, Snapshot};

/// Before the names of what producers use of their limits: fourteen values each, which would hide the others.
const SANDBOX: &str = "statsgrid.sandbox.";

/// Before those of the gatherer's counts of rejections: reasons for which nothing was rejected fill a screen and say
/// nothing.
const REJECTED: &str = "statsgrid.rejected.";

/// Characters of a key that choose its node at least: as many as are shown.
const KEY_CHARS: usize = 8;

/// Which nodes and values are shown; by default all.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    nodes: Vec<NodeName>,
    stats: Vec<Pattern>,
    sandbox: bool,
}

/// What was chosen is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NothingChosen {
    /// No such node.
    #[error("no node is called {name:?}, and no key begins so{}", hint(.nearest))]
    Node {
        /// What was typed.
        name: String,
        /// The nickname that is nearest to it.
        nearest: Option<String>,
    },
    /// The beginning of a key, and too little of it.
    #[error("{name:?} begins a node's key: give {KEY_CHARS} characters of it at least")]
    ShortKey {
        /// What was typed.
        name: String,
    },
    /// No such value.
    #[error("none of these nodes has a stat or counter called {name:?}{}", hint(.nearest))]
    Stat {
        /// What was typed.
        name: String,
        /// The name that is nearest to it.
        nearest: Option<String>,
    },
}

impl Chosen {
    /// Nodes that one of `nodes` means and values that one of `stats` means, all where there are none; with `sandbox` only
    /// those of what producers use of their limits.
    pub fn new(nodes: &[String], stats: &[String], sandbox: bool) -> Self {
        let nodes = nodes.iter().map(|text| NodeName(Pattern::new(text))).collect();
        Self { nodes, stats: stats.iter().map(Pattern::new).collect(), sandbox }
    }

    /// Whether each of the names means something in `snapshot`.
    pub fn check(&self, snapshot: &Snapshot) -> Result<(), NothingChosen> {
        let meant = |name: &&NodeName| snapshot.records.iter().any(|(key, record)| name.means(key, &record.nickname));
        if let Some(name) = self.nodes.iter().find(|name| !meant(name)) {
            return Err(name.unknown(snapshot));
        }
        if self.stats.is_empty() {
            return Ok(());
        }
        let names = self.names(snapshot);
        let is_there = |pattern: &&Pattern| names.iter().any(|name| pattern.matches(name));
        match self.stats.iter().find(|pattern| !is_there(pattern)) {
            Some(pattern) => Err(NothingChosen::Stat {
                name: pattern.as_str().to_owned(),
                nearest: nearest_to(pattern, names.iter().copied()),
            }),
            None => Ok(()),
        }
    }

    /// All names of values that there are to choose from.
    fn names<'s>(&self, snapshot: &'s Snapshot) -> BTreeSet<&'s str> {
        let records = snapshot.records.iter().filter(|(key, record)| self.takes_node(key, record));
        let names = |stats: &'s crate::snapshot::Stats| {
            stats.stats.iter().map(|(name, _)| name).chain(stats.counters.iter().map(|(name, _)| name))
        };
        let names = records.flat_map(|(_, record)| names(&record.stats));
        names.filter(|name| !self.sandbox || name.starts_with(SANDBOX)).collect()
    }

    /// Whether this node is shown.
    pub(super) fn takes_node(&self, key: &PublicKey, record: &Record) -> bool {
        self.nodes.is_empty() || self.nodes.iter().any(|name| name.means(key, &record.nickname))
    }

    /// Whether values of this name are shown.
    pub(super) fn takes(&self, name: &str) -> bool {
        (!self.sandbox || name.starts_with(SANDBOX))
            && (self.stats.is_empty() || self.stats.iter().any(|pattern| pattern.matches(name)))
    }

    /// Whether people are shown this stat, for whom some are left out that they did not ask for.
    pub(super) fn shows_stat(&self, name: &str) -> bool {
        self.takes(name) && (self.sandbox || self.has_stats() || !name.starts_with(SANDBOX))
    }

    /// The same of a counter.
    pub(super) fn shows_counter(&self, name: &str, count: u64) -> bool {
        self.shows_stat(name) && (count > 0 || self.has_stats() || !name.starts_with(REJECTED))
    }

    /// Whether values were asked for by name.
    pub(super) fn has_stats(&self) -> bool {
        !self.stats.is_empty()
    }
}

/// A node by its nickname, or by the beginning of its key.
#[derive(Clone, Debug)]
struct NodeName(Pattern);

impl NodeName {
    /// The nickname may be given as it is, or as it is shown.
    fn means(&self, key: &PublicKey, nickname: &str) -> bool {
        self.0.matches(nickname)
            || self.0.matches(&visible(nickname, is_harmless))
            || (self.key().len() >= KEY_CHARS && key.as_str().starts_with(self.key()))
    }

    /// What was typed as the beginning of a key, perhaps as the table ends it.
    fn key(&self) -> &str {
        self.0.as_str().trim_end_matches('…')
    }

    fn unknown(&self, snapshot: &Snapshot) -> NothingChosen {
        let name = self.0.as_str().to_owned();
        let begins = |key: &PublicKey| !self.key().is_empty() && key.as_str().starts_with(self.key());
        if snapshot.records.keys().any(begins) {
            return NothingChosen::ShortKey { name };
        }
        let nicknames =
            snapshot.records.values().map(|record| record.nickname.as_str()).filter(|name| !name.is_empty());
        NothingChosen::Node { name, nearest: nearest_to(&self.0, nicknames).map(|name| harmless(&name)) }
    }
}

fn nearest_to<'n>(pattern: &Pattern, names: impl Iterator<Item = &'n str>) -> Option<String> {
    nearest(&pattern.as_str().replace('*', ""), names).map(|(name, _)| name.to_owned())
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; the nearest is {name}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Stats;
    use crate::snapshot::samples::{ALPHA, BETA, GAMMA, key};
    use statsgrid_wire::Number;

    fn snapshot() -> Snapshot {
        let record = |nickname: &str| Record {
            stats: Stats {
                counters: [("app.visits", 3)].into_iter().collect(),
                stats: [("host.load1", Number::Float(0.5)), ("statsgrid.sandbox.host.stats", Number::Integer(2))]
                    .into_iter()
                    .collect(),
            },
            ..Record::unanswered(nickname)
        };
        let nodes = [(ALPHA, "web-1"), (BETA, "web-2"), (GAMMA, "m\u{202e}ail")];
        Snapshot { records: nodes.map(|(text, nickname)| (key(text), record(nickname))).into() }
    }

    fn chosen(nodes: &[&str], stats: &[&str], sandbox: bool) -> Chosen {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        Chosen::new(&owned(nodes), &owned(stats), sandbox)
    }

    #[test]
    fn nodes_are_chosen_by_nickname_or_key() {
        let check = |names: &[&str], expected: &[&str]| {
            let (snapshot, chosen) = (snapshot(), chosen(names, &[], false));
            let taken = snapshot.records.iter().filter(|(key, record)| chosen.takes_node(key, record));
            assert_eq!(taken.map(|(key, _)| key.as_str()).collect::<Vec<_>>(), expected, "{names:?}");
            assert_eq!(chosen.check(&snapshot), Ok(()), "{names:?}");
        };
        check(&[], &[ALPHA, BETA, GAMMA]);
        check(&["web-1"], &[ALPHA]);
        check(&["web-*"], &[ALPHA, BETA]);
        check(&["web-2", "UALPHAUJ"], &[ALPHA, BETA]);
        check(&["UALPHAUJ…"], &[ALPHA]);
        check(&[GAMMA], &[GAMMA]);
        check(&["m\u{202e}ail"], &[GAMMA]);
        check(&["m�ail"], &[GAMMA]);
    }

    #[test]
    fn values_are_chosen_by_name() {
        let check = |chosen: Chosen, expected: [bool; 3]| {
            let names = ["host.load1", "host.uptime", "statsgrid.sandbox.host.stats"];
            assert_eq!(names.map(|name| chosen.takes(name)), expected, "{chosen:?}");
        };
        check(chosen(&[], &[], false), [true; 3]);
        check(chosen(&[], &["host.load1"], false), [true, false, false]);
        check(chosen(&[], &["host.l*", "*.uptime"], false), [true, true, false]);
        check(chosen(&[], &["*host*"], true), [false, false, true]);
        check(chosen(&[], &[], true), [false, false, true]);
    }

    #[test]
    fn people_are_spared_what_they_did_not_ask_for() {
        let (all, asked) = (Chosen::default(), chosen(&[], &["*"], false));
        assert!(!all.shows_stat("statsgrid.sandbox.host.stats") && asked.shows_stat("statsgrid.sandbox.host.stats"));
        assert!(!all.shows_counter("statsgrid.rejected.unsigned", 0) && all.shows_counter("app.visits", 0));
        assert!(all.shows_counter("statsgrid.rejected.unsigned", 1) && asked.shows_counter("statsgrid.rejected.x", 0));
    }

    #[test]
    fn what_means_nothing_is_told_with_the_nearest() {
        let check = |chosen: Chosen, expected: &str| {
            assert_eq!(chosen.check(&snapshot()).unwrap_err().to_string(), expected);
        };
        check(
            chosen(&["wbe-1"], &[], false),
            r#"no node is called "wbe-1", and no key begins so; the nearest is web-1"#,
        );
        check(
            chosen(&["mial*"], &[], false),
            r#"no node is called "mial*", and no key begins so; the nearest is m�ail"#,
        );
        check(chosen(&["UALPHA"], &[], false), r#""UALPHA" begins a node's key: give 8 characters of it at least"#);
        let told = |name: &str, nearest: &str| {
            format!("none of these nodes has a stat or counter called {name:?}; the nearest is {nearest}")
        };
        check(chosen(&[], &["host.laod1"], false), &told("host.laod1", "host.load1"));
        check(chosen(&["web-1"], &["*visit"], false), &told("*visit", "app.visits"));
        check(chosen(&[], &["host.load1"], true), &told("host.load1", "statsgrid.sandbox.host.stats"));
        let none = chosen(&["web-1"], &[], false).check(&Snapshot::default()).unwrap_err().to_string();
        assert_eq!(none, r#"no node is called "web-1", and no key begins so"#);
    }
}
