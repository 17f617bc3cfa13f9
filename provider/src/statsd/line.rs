//! One line of the statsd format: `name:1|c`, `name:5|g`, `name:+2|g`, `name:1|c|@0.1`.
//!
//! The format is that of etsy's statsd (docs/metric_types.md). Counters and gauges are taken. Timers, histograms and
//! sets would need windows of their own, which a producer offers better; tags are an extension that names cannot hold.

use statsgrid_wire::{NameError, Number, check_name};

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// Add to a counter.
    Count {
        /// Without the socket's prefix.
        name: &'a str,
        /// By how much, with the sample rate undone.
        delta: u64,
    },
    /// Set a gauge.
    Set {
        /// Without the socket's prefix.
        name: &'a str,
        /// To what.
        value: Number,
    },
    /// Change a gauge: its value has a sign.
    Change {
        /// Without the socket's prefix.
        name: &'a str,
        /// By how much.
        by: Number,
    },
}

/// Why a line is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not `name:value|type`.
    #[error("not name:value|type")]
    Form,
    /// The name is none.
    #[error("name {0:?}: {1}")]
    Name(String, NameError),
    /// The value is no number, or not one that its type takes.
    #[error("value {0:?}: a counter takes whole numbers from 0, a gauge finite numbers")]
    Value(String),
    /// The sample rate is none.
    #[error("sample rate {0:?}: above 0, at most 1, and on counters only")]
    Rate(String),
    /// A type that is not taken.
    #[error("type {0:?} is not taken here: counters (c) and gauges (g) are; for timings write a producer")]
    Type(String),
    /// Tags.
    #[error("tags are not taken: put what they say into the name")]
    Tags,
}

impl LineError {
    /// Its kind in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Name(..) => "name",
            Self::Value(_) => "value",
            Self::Rate(_) => "rate",
            Self::Type(_) => "type",
            Self::Tags => "tags",
        }
    }
}

impl<'a> Line<'a> {
    /// Reads one line, without its line end.
    pub fn parse(line: &'a str) -> Result<Self, LineError> {
        let (name, rest) = line.split_once(':').ok_or(LineError::Form)?;
        check_name(name).map_err(|error| LineError::Name(name.to_owned(), error))?;
        let mut fields = rest.split('|');
        let (value, kind) = fields.next().zip(fields.next()).ok_or(LineError::Form)?;
        let rate = match (fields.next(), fields.next()) {
            (None, _) => None,
            (Some(field), None) => Some(rate(field)?),
            (Some(_), Some(tags)) if tags.starts_with('#') => return Err(LineError::Tags),
            _ => return Err(LineError::Form),
        };
        match (kind, rate) {
            ("c", rate) => Ok(Self::Count { name, delta: delta(value, rate)? }),
            ("g", None) if value.starts_with(['+', '-']) => Ok(Self::Change { name, by: number(value)? }),
            ("g", None) => Ok(Self::Set { name, value: number(value)? }),
            ("g", Some(rate)) => Err(LineError::Rate(rate.to_string())),
            (other, _) => Err(LineError::Type(other.to_owned())),
        }
    }
}

fn rate(field: &str) -> Result<f64, LineError> {
    if field.starts_with('#') {
        return Err(LineError::Tags);
    }
    let rate = field.strip_prefix('@').and_then(|rate| rate.parse().ok());
    rate.filter(|rate| *rate > 0.0 && *rate <= 1.0).ok_or_else(|| LineError::Rate(field.to_owned()))
}

fn delta(value: &str, rate: Option<f64>) -> Result<u64, LineError> {
    let delta: u64 = value.parse().map_err(|_| LineError::Value(value.to_owned()))?;
    // Rounded, since 1 at a rate of 0.3 stands for 3.33 events; a float's cast stays within the type's range.
    Ok(rate.map_or(delta, |rate| (delta as f64 / rate).round() as u64))
}

fn number(value: &str) -> Result<Number, LineError> {
    let integer = value.parse().ok().map(Number::Integer);
    let number = integer.or_else(|| value.parse().ok().and_then(Number::float));
    number.ok_or_else(|| LineError::Value(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let check = |line: &str, expected| assert_eq!(Line::parse(line), Ok(expected), "{line}");
        check("hits:1|c", Line::Count { name: "hits", delta: 1 });
        check("a.b:18446744073709551615|c", Line::Count { name: "a.b", delta: u64::MAX });
        check("hits:1|c|@0.1", Line::Count { name: "hits", delta: 10 });
        check("hits:1|c|@0.3", Line::Count { name: "hits", delta: 3 });
        check("depth:5|g", Line::Set { name: "depth", value: Number::Integer(5) });
        check("depth:5.5|g", Line::Set { name: "depth", value: Number::Float(5.5) });
        check("depth:-2|g", Line::Change { name: "depth", by: Number::Integer(-2) });
        check("depth:+2.5|g", Line::Change { name: "depth", by: Number::Float(2.5) });
    }

    #[test]
    fn faults() {
        let check = |line: &str, expected: &str| {
            let error = Line::parse(line).unwrap_err().to_string();
            assert!(error.contains(expected), "{line:?}: {error}");
        };
        check("", "not name:value|type");
        check("hits", "not name:value|type");
        check("hits:1", "not name:value|type");
        check("hits:1|c|@0.1|x", "not name:value|type");
        check(":1|c", "needs a letter");
        check("two words:1|c", "only ASCII letters");
        check("hits:-1|c", "whole numbers from 0");
        check("hits:1.5|c", "whole numbers from 0");
        check("hits:18446744073709551616|c", "whole numbers from 0");
        check("depth:NaN|g", "finite");
        check("depth:inf|g", "finite");
        check("hits:1|c|@0", "sample rate \"@0\"");
        check("hits:1|c|@2", "sample rate \"@2\"");
        check("depth:1|g|@0.5", "on counters only");
        check("took:320|ms", "type \"ms\" is not taken");
        check("users:1|s", "type \"s\" is not taken");
        check("hits:1|c|#env:x", "tags are not taken");
        check("hits:1|c|@0.1|#env:x", "tags are not taken");
    }
}
