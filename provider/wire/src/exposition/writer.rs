//! Writes families one after the other, each with all its samples before the next begins.

use std::fmt::Write;

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
    text: String,
}

impl Labels {
    /// One more. Names are ours; values may be anybody's.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        let mut labels = format!("{}{comma}{name}=\"", self.0);
        escape(value, true, &mut labels);
        labels.push('"');
        Self(labels)
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
        Self { format, text: String::new() }
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
        let _ = write!(self.text, "# HELP {name}{total} ");
        escape(help, self.format == Format::OpenMetrics, &mut self.text);
        let _ = write!(self.text, "\n# TYPE {name}{total} {kind}\n");
        if self.format == Format::OpenMetrics && !unit.is_empty() {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
    }

    /// One value, exactly. `created` is when a counter was at 0, in seconds since 1970, where that is known.
    pub fn sample(&mut self, family: &Family, labels: &[&Labels], value: impl Value, created: Option<f64>) {
        let is_counter = family.kind == Kind::Counter;
        self.series(&family.name, if is_counter { "_total" } else { "" }, labels);
        value.write(&mut self.text);
        self.text.push('\n');
        if let Some(created) = created.filter(|_| is_counter && self.format == Format::OpenMetrics) {
            self.series(&family.name, "_created", labels);
            created.write(&mut self.text);
            self.text.push('\n');
        }
    }

    fn series(&mut self, name: &str, suffix: &str, labels: &[&Labels]) {
        self.text.push_str(name);
        self.text.push_str(suffix);
        let mut between = '{';
        for Labels(labels) in labels.iter().filter(|labels| !labels.0.is_empty()) {
            self.text.push(between);
            self.text.push_str(labels);
            between = ',';
        }
        self.text.push_str(if between == ',' { "} " } else { " " });
    }

    /// Ends the exposition.
    pub fn end(&mut self) {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
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
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// A number that can be written exactly.
pub trait Value {
    /// Writes it so that it reads back the same.
    fn write(&self, text: &mut String);

    /// Whether it is below 0.
    fn is_negative(&self) -> bool;
}

impl Value for u64 {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "{self}");
    }

    fn is_negative(&self) -> bool {
        false
    }
}

impl Value for f64 {
    fn write(&self, text: &mut String) {
        // The shortest that reads back, in plain digits or with an exponent, whichever is shorter.
        let _ = write!(text, "{self:?}");
    }

    fn is_negative(&self) -> bool {
        *self < 0.0
    }
}

impl Value for Number {
    fn write(&self, text: &mut String) {
        match self {
            Self::Integer(integer) => {
                let _ = write!(text, "{integer}");
            }
            Self::Float(float) => float.write(text),
        }
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::Integer(integer) => *integer < 0,
            Self::Float(float) => *float < 0.0,
        }
    }
}

/// Others' text on its line. In help texts of the text format a quotation mark stands for itself.
fn escape(value: &str, quotes: bool, text: &mut String) {
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '"' if quotes => text.push_str("\\\""),
            c => text.push(c),
        }
    }
}
