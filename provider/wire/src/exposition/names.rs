//! From the names of stats to the names of families, so that no two stats become one.
//!
//! `load_monitor.avg_load` in the unit `ratio` becomes `load_monitor_avg_load_ratio`: what no name may hold becomes `_`, and
//! the unit ends the name, as OpenMetrics has it. So two stats could meet: then one keeps the name, and the other gets a
//! hash of its own. Who comes first keeps it, so ask for what most nodes have first. Ours are taken from the beginning,
//! also those that nobody has now, and whatever else would begin as they do gets a hash.

use std::collections::HashSet;

use super::family::{Family, Kind};
use super::meaning::Meaning;
use super::own::{self, List};
use crate::limits::{FAMILY_HELP_CHARS, FAMILY_UNIT_BYTES};
use crate::{Hash, harmless};

/// Digits of the hash that parts two stats of one name.
const HASH_DIGITS: usize = 8;

/// How the names of the daemons' stats begin: no section of a node is called so.
const OUR_STATS: &str = "statsgrid.";

/// How the names of our families begin.
const OUR_FAMILIES: &str = "statsgrid_";

/// The names that are taken in one exposition.
#[derive(Debug)]
pub struct Names(HashSet<String>);

/// A stat that is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Meant<'a> {
    /// Its full name, with its producer's.
    pub name: &'a str,
    /// Where it stands: both lists may have one of its name.
    pub list: List,
    /// What it means.
    pub meaning: Meaning<'a>,
}

impl Names {
    /// Ours alone.
    pub fn beside_ours() -> Self {
        let mut names = Self::none();
        for own in own::all() {
            names.take(&own.family());
        }
        names
    }

    pub(super) fn none() -> Self {
        Self(HashSet::new())
    }

    /// Takes the names of a family. False: somebody has one of them.
    pub(super) fn take(&mut self, family: &Family) -> bool {
        let is_free = family.claims().all(|name| !self.0.contains(&name));
        if is_free {
            self.0.extend(family.claims());
        }
        is_free
    }

    /// The family of a stat, under a name that nobody has.
    pub fn family(&mut self, meant: &Meant<'_>) -> Family {
        let family = plain(meant);
        let passes_for_ours = family.name.starts_with(OUR_FAMILIES) && !meant.name.starts_with(OUR_STATS);
        if !passes_for_ours && self.take(&family) {
            return family;
        }
        let digits = Hash::of(format!("{} {}", meant.list.label(), meant.name).as_bytes()).to_string();
        let digits = digits.get(..HASH_DIGITS).unwrap_or_default();
        // A unit ends the name, so the hash stands before it; and again, should somebody have named a stat so.
        let stem = family.name.strip_suffix(&suffix(&family.unit)).unwrap_or(&family.name).to_owned();
        let mut parted = family;
        let mut hash = format!("_{digits}");
        loop {
            parted.name = format!("{stem}{hash}{}", suffix(&parted.unit));
            if self.take(&parted) {
                return parted;
            }
            hash = format!("{hash}_{digits}");
        }
    }
}

/// Without regard to others.
fn plain(meant: &Meant<'_>) -> Family {
    let mut name = sanitized(meant.name);
    let Meaning { kind, unit, help } = meant.meaning;
    let unit =
        if unit.len() <= FAMILY_UNIT_BYTES { sanitized(unit).trim_matches('_').to_owned() } else { String::new() };
    if kind == Kind::Counter {
        name.truncate(name.strip_suffix("_total").filter(|rest| !rest.is_empty()).map_or(name.len(), str::len));
    }
    if !unit.is_empty() && !name.ends_with(&suffix(&unit)) {
        name.push_str(&suffix(&unit));
    }
    let help = match help {
        "" => format!("{} of the producer {}.", meant.name, meant.name.split('.').next().unwrap_or_default()),
        help => harmless(help).chars().take(FAMILY_HELP_CHARS).collect(),
    };
    Family { name, kind, unit, help }
}

fn suffix(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!("_{unit}") }
}

/// What a name of a family may hold of a text.
fn sanitized(text: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let first = text.starts_with(|c: char| c.is_ascii_digit()).then_some('_');
    first.into_iter().chain(text.chars().map(|c| if is_allowed(c) { c } else { '_' })).collect()
}
