//! Writes families one after the other, each with all its samples before the next begins.

use std::fmt::{self, Write as _};
use std::io::Write;

use serde::Serialize;

use super::family::{Family, Kind};
use super::format::Format;
use crate::Number;

/// Labels as they are written, so that a node's are made once and not for each of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(String);

/// A text that grows by families and samples.
#[derive(Debug)]
pub struct Writer {
    format: Format,
    text: Vec<u8>,
}

impl Labels {
    /// One more. Names are ours; values may be anybody's.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        Self(format!("{}{comma}{name}=\"{}\"", self.0, Escaped(value, true)))
    }

    /// Bytes of them.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Writer {
    /// Nothing yet.
    pub fn of(format: Format) -> Self {
        Self::with_room(format, 0)
    }

    /// Nothing yet, and so many bytes of room: a text that is larger costs a copy or two.
    pub fn with_room(format: Format, bytes: usize) -> Self {
        Self { format, text: Vec::with_capacity(bytes) }
    }

    /// Begins a family: what follows are its samples.
    pub fn family(&mut self, family: &Family) {
        let Family { name, kind, unit, help } = family;
        // In the text format a family is called as its samples are.
        let total = if *kind == Kind::Counter && self.format == Format::Text { "_total" } else { "" };
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let _ = write!(self.text, "# HELP {name}{total} {}", Escaped(help, self.format == Format::OpenMetrics));
        let _ = write!(self.text, "\n# TYPE {name}{total} {kind}\n");
        if self.format == Format::OpenMetrics && !unit.is_empty() {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
    }

    /// One value, exactly. `created` is when a counter was at 0, in seconds since 1970, where that is known.
    pub fn sample(&mut self, family: &Family, labels: &[&Labels], value: impl Value, created: Option<f64>) {
        let is_counter = family.kind == Kind::Counter;
        self.series(&family.name, if is_counter { "_total" } else { "" }, labels);
        self.number(&value);
        self.text.push(b'\n');
        if let Some(created) = created.filter(|_| is_counter && self.format == Format::OpenMetrics) {
            self.series(&family.name, "_created", labels);
            self.number(&created);
            self.text.push(b'\n');
        }
    }

    fn number(&mut self, number: &impl Value) {
        // Memory takes everything, and JSON all numbers that are finite.
        let _ = serde_json::to_writer(&mut self.text, number);
    }

    fn series(&mut self, name: &str, suffix: &str, labels: &[&Labels]) {
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(suffix.as_bytes());
        let mut between = b'{';
        for Labels(labels) in labels.iter().filter(|labels| !labels.is_empty()) {
            self.text.push(between);
            self.text.extend_from_slice(labels.as_bytes());
            between = b',';
        }
        self.text.extend_from_slice(if between == b',' { b"} " } else { b" " });
    }

    /// Ends the exposition.
    pub fn end(&mut self) {
        if self.format == Format::OpenMetrics {
            self.text.extend_from_slice(b"# EOF\n");
        }
    }

    /// Bytes that have been written and not taken.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What has been written since this was asked last.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text)
    }
}

/// A number that can be written exactly: an integer as its digits, a float as the shortest that reads back, as JSON has both.
pub trait Value: Serialize {
    /// Whether it is below 0.
    fn is_negative(&self) -> bool;
}

impl Value for u64 {
    fn is_negative(&self) -> bool {
        false
    }
}

impl Value for f64 {
    fn is_negative(&self) -> bool {
        *self < 0.0
    }
}

impl Value for Number {
    fn is_negative(&self) -> bool {
        match self {
            Self::Integer(integer) => *integer < 0,
            Self::Float(float) => *float < 0.0,
        }
    }
}

/// Others' text on its line. In help texts of the text format a quotation mark stands for itself.
struct Escaped<'a>(&'a str, bool);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '"' if self.1 => f.write_str("\\\"")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
