//! What munin's administrator sets: the variables of plugin-conf.d, and those that munin-node adds.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::graph::Limits;
use super::limits::HOST_CHARS;

/// Why a variable cannot be gone by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// It is no range.
    #[error("{name}={value:?} is no range: write it as `MAX`, `MIN:` or `MIN:MAX`")]
    Range {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// It is no host's name.
    #[error("host_name={name:?} is no name of a host: letters, digits, `-` and `.`, at most 64")]
    HostName {
        /// The name.
        name: String,
    },
}

/// The variables that mean something to the plugin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// `statsfile`: the snapshot.
    pub statsfile: Option<PathBuf>,
    /// `graphs`: the operator's graphs.toml.
    pub graphs: Option<PathBuf>,
    /// `host_name`: under which name munin shows one node's stats.
    pub host_name: Option<String>,
    /// `MUNIN_STATEFILE`: where the plugin keeps what it must remember.
    pub statefile: Option<PathBuf>,
    /// `MUNIN_CAP_DIRTYCONFIG`: munin takes values with `config`, and then asks for no more.
    pub dirtyconfig: bool,
    /// `warning`, `critical`, `FIELD_warning` and `FIELD_critical`.
    pub thresholds: Thresholds,
}

/// Ranges that hold over those of the graphs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thresholds(BTreeMap<String, String>);

const WARNING: &str = "warning";
const CRITICAL: &str = "critical";

impl Environment {
    /// From the process's. Empty variables are none.
    pub fn new(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, EnvironmentError> {
        let mut environment = Self::default();
        for (name, value) in variables.filter(|(_, value)| !value.is_empty()) {
            let Some(name) = name.to_str() else { continue };
            let text = || value.to_string_lossy().into_owned();
            match name {
                "statsfile" => environment.statsfile = Some(value.into()),
                "graphs" => environment.graphs = Some(value.into()),
                "MUNIN_STATEFILE" => environment.statefile = Some(value.into()),
                "MUNIN_CAP_DIRTYCONFIG" => environment.dirtyconfig = value == "1",
                "host_name" => environment.host_name = Some(host_name(text())?),
                _ if name.ends_with(WARNING) || name.ends_with(CRITICAL) => {
                    let range = range(&text())
                        .map_err(|()| EnvironmentError::Range { name: name.to_owned(), value: text() })?;
                    environment.thresholds.0.insert(name.to_owned(), range);
                }
                _ => {}
            }
        }
        Ok(environment)
    }
}

impl Thresholds {
    /// The ranges of a field: the field's own, else that of all fields, else the graph's.
    pub fn of(&self, field: &str, graph: &Limits) -> Limits {
        let of = |kind: &str, graph: &str| {
            let range = self.own(field, kind).or_else(|| self.0.get(kind).cloned());
            range.unwrap_or_else(|| graph.to_owned())
        };
        Limits { warning: of(WARNING, &graph.warning), critical: of(CRITICAL, &graph.critical) }
    }

    /// The field's own ranges alone.
    pub fn of_field(&self, field: &str) -> Limits {
        let of = |kind| self.own(field, kind).unwrap_or_default();
        Limits { warning: of(WARNING), critical: of(CRITICAL) }
    }

    fn own(&self, field: &str, kind: &str) -> Option<String> {
        if self.0.is_empty() { None } else { self.0.get(&format!("{field}_{kind}")).cloned() }
    }
}

/// A range as munin takes it: `MAX`, `MIN:`, `:MAX` or `MIN:MAX`.
pub fn range(text: &str) -> Result<String, ()> {
    let text = text.trim();
    // munin's master reads no exponent, and would go by no range at all.
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ':'));
    let bound = |text: &str, open: f64| if text.is_empty() { Ok(open) } else { text.parse::<f64>().map_err(|_| ()) };
    let (min, max) = text.split_once(':').unwrap_or(("", text));
    let is_range = bound(min, f64::NEG_INFINITY)? <= bound(max, f64::INFINITY)?;
    let has_bound = text.chars().any(|c| c.is_ascii_digit());
    if is_plain && has_bound && is_range { Ok(text.to_owned()) } else { Err(()) }
}

/// A name as munin.conf has it: it becomes a part of a file's name.
fn host_name(text: String) -> Result<String, EnvironmentError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let is_name = text.len() <= HOST_CHARS && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if is_name && text.chars().all(is_plain) { Ok(text) } else { Err(EnvironmentError::HostName { name: text }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        Environment::new(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn the_nearest_range_holds() {
        let check = |variables: &[(&str, &str)], expected: &str| {
            let graph = Limits { warning: ":1".to_owned(), critical: String::new() };
            let limits = environment(variables).unwrap().thresholds.of("F", &graph);
            assert_eq!((limits.warning.as_str(), limits.critical.as_str()), (expected, ""), "{variables:?}");
        };
        check(&[], ":1");
        check(&[("warning", "2:")], "2:");
        check(&[("warning", "2:"), ("F_warning", "-3:4.5")], "-3:4.5");
        check(&[("G_warning", "2:"), ("F_warning", "")], ":1");
    }

    #[test]
    fn what_is_no_range_or_name_is_refused() {
        for text in ["", ":", "a", "1:b", "1:2:3", "inf", "1\nx", "1e5", "nan", "8:4", "1:-1"] {
            assert_eq!(range(text), Err(()), "{text}");
        }
        let long = "x".repeat(65);
        for name in ["a b", "../x", "-x", ".x", "a\n", "ä", &long] {
            assert!(matches!(environment(&[("host_name", name)]), Err(EnvironmentError::HostName { .. })), "{name}");
        }
        assert!(matches!(environment(&[("F_critical", "x")]), Err(EnvironmentError::Range { .. })));
        assert_eq!(
            environment(&[("host_name", "alpha.example.net")]).unwrap().host_name.as_deref(),
            Some("alpha.example.net")
        );
    }
}
