//! A graph of one series over all nodes: how munin is to draw it, and what it is to draw.

use std::fmt::Write;

use statsgrid_wire::Number;

use super::field::Field;
use crate::snapshot::{Series, Value};

/// One graph.
#[derive(Clone, Copy, Debug)]
pub struct Graph {
    /// What the plugin's link is called.
    pub name: &'static str,
    /// Above the graph: what is drawn.
    pub title: &'static str,
    /// Beside it: the unit. munin puts `second` for `${graph_period}`.
    pub vlabel: &'static str,
    /// One of munin's well-known categories.
    pub category: &'static str,
    /// What one step of the scale's prefixes is: 1000, or 1024 for bytes.
    pub base: u16,
    /// A sentence below it.
    pub info: &'static str,
    /// What each node's line is made of.
    pub series: Series<'static>,
    /// How.
    pub draw: Draw,
}

/// How a series becomes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// As it is.
    Value,
    /// Its growth in a second. A counter that starts again at 0 gives no value for once.
    Rate,
}

impl Graph {
    /// What `config` prints.
    pub fn config(&self, fields: &[Field]) -> String {
        let Self { title, vlabel, category, base, info, .. } = self;
        let mut text = format!(
            "graph_title {title}\n\
            graph_vlabel {vlabel}\n\
            graph_category {category}\n\
            graph_args --base {base} -l 0\n\
            graph_info {info}\n"
        );
        for Field { name, label, .. } in fields {
            let kind = match self.draw {
                Draw::Value => format!("{name}.type GAUGE\n"),
                Draw::Rate => format!("{name}.type DERIVE\n{name}.min 0\n"),
            };
            // Writing to a String cannot fail.
            let _ = write!(text, "{name}.label {label}\n{kind}");
        }
        text
    }

    /// What a fetch prints: a value for each field, or `U`.
    pub fn values(&self, fields: &[Field]) -> String {
        let value = |field: &Field| field.value.and_then(|value| self.value(value)).unwrap_or_else(|| "U".to_owned());
        fields.iter().map(|field| format!("{}.value {}\n", field.name, value(field))).collect()
    }

    /// A value as munin takes it for this graph. Floats are written out: munin's master would cut one with an exponent
    /// to four digits. A rate takes integers only.
    fn value(&self, value: Value) -> Option<String> {
        match (value, self.draw) {
            (Value::Count(count), _) => Some(count.to_string()),
            (Value::Number(Number::Integer(integer)), _) => Some(integer.to_string()),
            (Value::Number(Number::Float(float)), Draw::Value) => float.is_finite().then(|| float.to_string()),
            (Value::Number(Number::Float(float)), Draw::Rate) => {
                float.is_finite().then(|| format!("{:.0}", float.trunc()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::samples::{ALPHA, BETA, key};
    use snapbox::{IntoData, assert_data_eq, str};

    fn graph(draw: Draw) -> Graph {
        Graph {
            name: "tahoe_things",
            title: "Things of each node",
            vlabel: "things",
            category: "fs",
            base: 1000,
            info: "What there is.",
            series: Series::Stat("a.things"),
            draw,
        }
    }

    fn fields(value: Option<Value>) -> [Field; 2] {
        let field = |text, label: &str, value| Field { name: key(text), label: label.to_owned(), value };
        [field(ALPHA, "alpha", value), field(BETA, "beta", None)]
    }

    #[test]
    fn gauges_and_rates_are_configured() {
        assert_data_eq!(
            graph(Draw::Value).config(&fields(None)),
            str![[r#"
graph_title Things of each node
graph_vlabel things
graph_category fs
graph_args --base 1000 -l 0
graph_info What there is.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label alpha
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type GAUGE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label beta
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type GAUGE

"#]]
            .raw()
        );
        assert_data_eq!(
            graph(Draw::Rate).config(&fields(None)[..1]),
            str![[r#"
graph_title Things of each node
graph_vlabel things
graph_category fs
graph_args --base 1000 -l 0
graph_info What there is.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label alpha
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0

"#]]
            .raw()
        );
    }

    #[test]
    fn every_field_has_a_value_or_u() {
        assert_data_eq!(
            graph(Draw::Value).values(&fields(Some(Value::Count(17)))),
            str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 17
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U

"#]]
            .raw()
        );
    }

    #[test]
    fn values_as_munin_takes_them() {
        let check = |draw, value, expected: &str| {
            let text = graph(draw).values(&fields(Some(value))[..1]);
            assert_eq!(text, format!("{ALPHA}.value {expected}\n"), "{value:?}");
        };
        let float = |float| Value::Number(Number::Float(float));
        check(Draw::Value, float(0.000_012_345_678_9), "0.0000123456789");
        check(Draw::Value, float(1e21), "1000000000000000000000");
        check(Draw::Value, float(5.0), "5");
        check(Draw::Value, float(f64::INFINITY), "U");
        check(Draw::Value, float(f64::NAN), "U");
        check(Draw::Value, Value::Number(Number::Integer(i64::MIN)), "-9223372036854775808");
        check(Draw::Rate, Value::Count(u64::MAX), "18446744073709551615");
        check(Draw::Rate, float(1e21), "1000000000000000000000");
        check(Draw::Rate, float(5.9), "5");
        check(Draw::Rate, float(f64::NAN), "U");
    }
}
