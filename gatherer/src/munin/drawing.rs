//! A graph as munin is told of it: the lines of `config` and of a fetch.
//!
//! Whatever text reaches this was made harmless before ([`super::text`]). Left out on purpose: what the lines are of.

use std::fmt::{self, Write};

use statsgrid_wire::Number;

use super::graph::{Limits, Scale};
use crate::snapshot::Value;

/// What munin is told of one graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// What munin knows the graph by.
    pub name: String,
    /// Above it.
    pub title: String,
    /// Beside it.
    pub vlabel: String,
    /// On which page.
    pub category: String,
    /// Below it.
    pub info: String,
    /// How its scale is written.
    pub scale: Scale,
    /// What it shows, in this order.
    pub lines: Vec<Line>,
}

/// One line of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What munin knows it by, for ever.
    pub field: String,
    /// What people read.
    pub label: String,
    /// One sentence; empty: none.
    pub info: String,
    /// Its value's growth in a second is drawn, and not the value. A counter that starts again at 0 then gives no value
    /// for once.
    pub rate: bool,
    /// None is `U`.
    pub value: Option<Datum>,
    /// munin's word for its form, or empty.
    pub draw: &'static str,
    /// The field below the axis that belongs to it.
    pub negative: Option<String>,
    /// It is drawn by another line's `negative`, and not by itself.
    pub is_negative: bool,
    /// Outside of what munin warns.
    pub limits: Limits,
}

/// A value as it is, or as it was worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum {
    /// As a producer gave it.
    Given(Value),
    /// A sum of integers.
    Sum(i128),
    /// A rate, or a sum of floats.
    Float(f64),
}

/// About what a line takes in `config`; room that is made too small grows.
const LINE_BYTES: usize = 400;

impl Drawing {
    /// Its lines of `config`; with `values` those of a fetch too.
    pub fn config(&self, out: &mut String, values: bool) {
        let Self { title, vlabel, category, info, .. } = self;
        let base = if self.scale == Scale::Binary { 1024 } else { 1000 };
        let scale = if self.scale == Scale::Plain { "graph_scale no\n" } else { "" };
        write(
            out,
            format_args!(
                "graph_title {title}\n\
                graph_vlabel {vlabel}\n\
                graph_category {category}\n\
                graph_args --base {base} -l 0\n\
                {scale}\
                graph_info {info}\n"
            ),
        );
        out.reserve(self.lines.len() * LINE_BYTES);
        for line in &self.lines {
            line.config(out);
            if values {
                line.value(out);
            }
        }
    }

    /// Its lines of a fetch.
    pub fn values(&self, out: &mut String) {
        out.reserve(self.lines.len() * LINE_BYTES / 4);
        self.lines.iter().for_each(|line| line.value(out));
    }
}

impl Line {
    fn config(&self, out: &mut String) {
        let negative = self.negative.as_deref().unwrap_or_default();
        let Limits { warning, critical } = &self.limits;
        let attributes = [
            ("label", self.label.as_str()),
            ("type", if self.rate { "DERIVE" } else { "GAUGE" }),
            ("min", if self.rate { "0" } else { "" }),
            ("graph", if self.is_negative { "no" } else { "" }),
            ("draw", self.draw),
            ("negative", negative),
            ("info", &self.info),
            ("warning", warning),
            ("critical", critical),
        ];
        for (attribute, value) in attributes.into_iter().filter(|(_, value)| !value.is_empty()) {
            // A graph has thousands of these, and to format them takes longer than all else.
            [&self.field, ".", attribute, " ", value, "\n"].into_iter().for_each(|part| out.push_str(part));
        }
    }

    fn value(&self, out: &mut String) {
        out.push_str(&self.field);
        out.push_str(".value ");
        match self.value {
            Some(datum) => datum.write(out, self.rate),
            None => out.push('U'),
        }
        out.push('\n');
    }
}

impl Datum {
    /// As a number to compare with.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Given(Value::Count(count)) => count as f64,
            Self::Given(Value::Number(number)) => number.as_f64(),
            Self::Sum(sum) => sum as f64,
            Self::Float(float) => float,
        }
    }

    /// As munin takes it. Floats are written out: munin's master would cut one with an exponent to four digits. For a
    /// rate it takes integers only, and what counts up is not below 0.
    fn write(self, out: &mut String, rate: bool) {
        match (self, rate) {
            (Self::Given(Value::Count(count)), _) => write(out, format_args!("{count}")),
            (Self::Given(Value::Number(Number::Integer(integer))), true) if integer < 0 => out.push('U'),
            (Self::Given(Value::Number(Number::Integer(integer))), _) => write(out, format_args!("{integer}")),
            (Self::Sum(sum), _) => write(out, format_args!("{sum}")),
            (Self::Given(Value::Number(Number::Float(float))) | Self::Float(float), _) if !float.is_finite() => {
                out.push('U');
            }
            (Self::Given(Value::Number(Number::Float(float))) | Self::Float(float), true) => match float.trunc() {
                // rrdtool reads 29 digits of a counter, and no counter of ours has more than 20.
                count if (0.0..=u64::MAX as f64).contains(&count) => write(out, format_args!("{}", count as u64)),
                _ => out.push('U'),
            },
            (Self::Given(Value::Number(Number::Float(float))) | Self::Float(float), false) => {
                write(out, format_args!("{float}"));
            }
        }
    }
}

/// Writing to a String cannot fail.
fn write(out: &mut String, text: fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_munin_takes_them() {
        let check = |number: Number, value: &str, count: &str| {
            let written = |rate| {
                let mut out = String::new();
                Datum::Given(Value::Number(number)).write(&mut out, rate);
                out
            };
            assert_eq!((written(false).as_str(), written(true).as_str()), (value, count), "{number:?}");
        };
        check(Number::Integer(i64::MAX), "9223372036854775807", "9223372036854775807");
        check(Number::Integer(-3), "-3", "U");
        check(Number::Float(17.9), "17.9", "17");
        check(Number::Float(1e16), "10000000000000000", "10000000000000000");
        check(Number::Float(-0.5), "-0.5", "0");
        check(Number::Float(-1.0), "-1", "U");
        check(Number::Float(1e30), "1000000000000000000000000000000", "U");
        check(Number::Float(f64::INFINITY), "U", "U");
    }
}
