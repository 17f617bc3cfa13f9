//! What a producer says of its stats, under the names that it uses itself (without its prefix): one component has one
//! description, whatever section of whatever provider.toml it runs under.
//!
//! It travels as a string and is known by the SHA-256 of that string, so no provider can describe another's stats.

use serde::{Deserialize, Serialize};

use crate::Hash;
use crate::limits::DESCRIPTION_BYTES;
use crate::name::{NameError, check_name};
use crate::unknown::Unknown;

/// A producer's description.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The producer's own version.
    pub version: String,
    /// How often it wants to be sampled, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_interval_ms: Option<u32>,
    /// What it reports.
    #[serde(default)]
    pub stats: Vec<StatDescription>,
    /// What it counts.
    #[serde(default)]
    pub counters: Vec<CounterDescription>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One stat of a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatDescription {
    /// Without the producer's prefix.
    pub name: String,
    /// How to draw it.
    pub kind: Kind,
    /// In the terms of OpenMetrics, or empty.
    #[serde(default)]
    pub unit: String,
    /// One sentence.
    #[serde(default)]
    pub help: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One counter of a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CounterDescription {
    /// Without the producer's prefix.
    pub name: String,
    /// In the terms of OpenMetrics, or empty.
    #[serde(default)]
    pub unit: String,
    /// One sentence.
    #[serde(default)]
    pub help: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// How a stat is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It only goes up: draw its rate.
    Counter,
    /// Draw it as it is.
    Gauge,
}

/// Why a description is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// A name that is none.
    #[error("describes {0:?}: {1}")]
    Name(String, NameError),
    /// One name twice, as stat or counter.
    #[error("describes {0:?} twice")]
    Twice(String),
    /// A text that would not stay on its line.
    #[error("a control character in the text {0:?}: help, units and versions are one line each")]
    Control(String),
    /// Beyond [`DESCRIPTION_BYTES`].
    #[error("a description of {0} bytes; at most {DESCRIPTION_BYTES} are taken: shorten the help texts")]
    TooLarge(usize),
    /// Not JSON of its shape.
    #[error("not a description")]
    Json(#[from] serde_json::Error),
}

impl Description {
    /// Its JSON text, and the hash that it is known by.
    pub fn to_text(&self) -> Result<(String, Hash), DescriptionError> {
        self.check()?;
        let text = serde_json::to_string(self)?;
        if text.len() > DESCRIPTION_BYTES {
            return Err(DescriptionError::TooLarge(text.len()));
        }
        let hash = Hash::of(text.as_bytes());
        Ok((text, hash))
    }

    /// Reads a text that came from the bus.
    pub fn from_text(text: &str) -> Result<Self, DescriptionError> {
        if text.len() > DESCRIPTION_BYTES {
            return Err(DescriptionError::TooLarge(text.len()));
        }
        let description: Self = serde_json::from_str(text)?;
        description.check()?;
        Ok(description)
    }

    fn check(&self) -> Result<(), DescriptionError> {
        let of_stats = self.stats.iter().flat_map(|stat| [&stat.unit, &stat.help]);
        let of_counters = self.counters.iter().flat_map(|counter| [&counter.unit, &counter.help]);
        let mut texts = std::iter::once(&self.version).chain(of_stats).chain(of_counters);
        if let Some(text) = texts.find(|text| text.chars().any(char::is_control)) {
            return Err(DescriptionError::Control(text.clone()));
        }
        let names = self.stats.iter().map(|stat| &stat.name).chain(self.counters.iter().map(|counter| &counter.name));
        let mut seen = std::collections::HashSet::new();
        for name in names {
            check_name(name).map_err(|error| DescriptionError::Name(name.clone(), error))?;
            if !seen.insert(name) {
                return Err(DescriptionError::Twice(name.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        r#"{"version":"1.2.0","sample_interval_ms":1000,"#,
        r#""stats":[{"name":"avg_load","kind":"gauge","unit":"seconds","help":"how late a timer came"}],"#,
        r#""counters":[{"name":"late","unit":"","help":""}]}"#,
    );

    #[test]
    fn comes_back_from_its_text() {
        let description = Description::from_text(TEXT).unwrap();
        let (text, hash) = description.to_text().unwrap();
        assert_eq!((text.as_str(), hash), (TEXT, Hash::of(TEXT.as_bytes())));
        assert_eq!(description.stats[0].kind, Kind::Gauge);
    }

    #[test]
    fn what_may_be_missing_is_empty_and_what_a_later_version_says_is_read_over() {
        let least = Description::from_text(r#"{"version":""}"#).unwrap();
        assert_eq!(least, Description::default());
        let later = TEXT.replace('{', r#"{"later":{"a":[1]},"#).replace("\"unit\":\"\",\"help\":\"\"", "\"help\":\"\"");
        assert_eq!(Description::from_text(&later).unwrap(), Description::from_text(TEXT).unwrap());
    }

    #[test]
    fn each_fault_is_named() {
        let check = |text: &str, expected: &str| {
            let error = Description::from_text(text).unwrap_err();
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            let error = format!("{error}{cause}");
            assert!(error.contains(expected), "{text}: {error}");
        };
        check(&TEXT.replace("avg_load", ""), r#"describes "": a name needs"#);
        check(&TEXT.replace("avg_load", "avg load"), "only ASCII letters");
        check(&TEXT.replace("avg_load", "late"), r#"describes "late" twice"#);
        check(&TEXT.replace("gauge", "histogram"), "not a description: unknown variant `histogram`");
        check(&TEXT.replace("\"version\":\"1.2.0\",", ""), "missing field `version`");
        check(&TEXT.replace("1000", "-1"), "not a description: invalid value");
        check(&TEXT.replace("\"kind\":\"gauge\",", "\"kind\":\"gauge\",\"kind\":\"gauge\","), "duplicate field `kind`");
        check(&TEXT.replacen('{', r#"{"a":{"b":1,"b":1},"#, 1), r#"duplicate field "b""#);
        check(&TEXT.replace("how late", r"how\nlate"), r#"control character in the text "how\nlate a timer came""#);
        check(&"x".repeat(DESCRIPTION_BYTES + 1), "a description of 32769 bytes; at most 32768 are taken: shorten");
    }

    #[test]
    fn no_text_goes_out_that_would_not_be_taken() {
        let named = |name: &str, help: &str| Description {
            counters: vec![CounterDescription {
                name: name.to_owned(),
                unit: String::new(),
                help: help.to_owned(),
                unknown: Unknown,
            }],
            ..Description::default()
        };
        assert!(named("late", "times that it came late").to_text().is_ok());
        assert!(
            matches!(named("a b", "").to_text(), Err(DescriptionError::Name(name, NameError::Character)) if name == "a b")
        );
        assert!(matches!(named("late", &"h".repeat(DESCRIPTION_BYTES)).to_text(), Err(DescriptionError::TooLarge(_))));
    }
}
