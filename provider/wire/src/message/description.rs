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
