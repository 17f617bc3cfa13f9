//! Where in a line of the log the latency stands, and the operation.
//!
//! A line is fields parted by white space, counted from 1, or from -1 for the last. That fits the logs of nginx, Apache,
//! HAProxy and most programs of one's own. Left out on purpose: regular expressions, which make a component ten times
//! as large.

use statsgrid_producer::{Config, Error};

/// The field of a line, from 0, from its start or its end.
#[derive(Clone, Copy, Debug)]
enum Field {
    FromStart(usize),
    FromEnd(usize),
}

/// How a line is read.
pub struct Layout {
    latency: Field,
    /// Seconds of the log's unit.
    unit: f64,
    /// Where an operation is named, and the names that have windows. None: all lines are of one.
    operation: Option<(Field, Vec<String>)>,
}

impl Layout {
    /// Reads the keys `latency`, `unit`, `operation` and `operations`.
    pub fn of(config: &Config) -> Result<Self, Error> {
        let unit = match config.get("unit").unwrap_or("s") {
            "s" => 1.0,
            "ms" => 1e-3,
            "us" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(Error::new("config key `unit`: give s, ms, us or ns")),
        };
        let names = config.get("operations").map(|names| names.split_whitespace().map(str::to_owned).collect());
        let operation = match (field(config, "operation")?, names) {
            (None, None) => None,
            (Some(field), Some(names)) => Some((field, names)),
            (None, Some(_)) => return Err(Error::new("config key `operations` needs `operation`, the field's number")),
            (Some(_), None) => {
                return Err(Error::new("config key `operation` needs `operations`, the names to report"));
            }
        };
        Ok(Self { latency: field(config, "latency")?.unwrap_or(Field::FromEnd(0)), unit, operation })
    }

    /// The names of the operations; one that is empty where they are not told apart.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        let (none, named) = match &self.operation {
            None => (Some(""), [].as_slice()),
            Some((_, names)) => (None, names.as_slice()),
        };
        none.into_iter().chain(named.iter().map(String::as_str))
    }

    /// The operation and the latency in seconds; none: the line is no such line. A name that was asked for is given as
    /// it was asked for, whatever its case in the log.
    pub fn read<'a>(&'a self, line: &'a str) -> Option<(&'a str, f64)> {
        let seconds = self.latency.of(line)?.parse::<f64>().ok()? * self.unit;
        let operation = match &self.operation {
            None => "",
            Some((field, names)) => {
                let said = field.of(line)?;
                names.iter().find(|name| name.eq_ignore_ascii_case(said)).map_or(said, String::as_str)
            }
        };
        Some((operation, seconds)).filter(|_| seconds.is_finite() && seconds >= 0.0)
    }
}

impl Field {
    /// Without the quotes and brackets that it stands in.
    fn of(self, line: &str) -> Option<&str> {
        let mut fields = line.split_whitespace();
        let field = match self {
            Self::FromStart(before) => fields.nth(before),
            Self::FromEnd(behind) => fields.nth_back(behind),
        };
        field.map(|field| field.trim_matches(['"', '\'', '[', ']', '(', ')', ',']))
    }
}

fn field(config: &Config, key: &str) -> Result<Option<Field>, Error> {
    let Some(number) = config.parse::<i32>(key)? else { return Ok(None) };
    let place = number.unsigned_abs() as usize;
    match place.checked_sub(1) {
        None => Err(Error::new(format!("config key `{key}`: fields are counted from 1, or from -1 for the last"))),
        Some(place) if number > 0 => Ok(Some(Field::FromStart(place))),
        Some(place) => Ok(Some(Field::FromEnd(place))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: &[(&'static str, &'static str)], line: &str, expected: Option<(&str, f64)>) {
        let layout = Layout::of(&config.iter().copied().collect()).unwrap();
        assert_eq!(layout.read(line), expected, "{line}");
    }

    #[test]
    fn latencies_are_found() {
        check(&[], "GET / 0.25", Some(("", 0.25)));
        check(&[("unit", "ms"), ("latency", "2")], "took 250 ms", Some(("", 0.25)));
        check(&[("latency", "-2")], "0.5 (0.25) rest", Some(("", 0.25)));
        check(&[("latency", "4")], "a b c", None);
        for line in ["", "-", "GET / -", "GET / NaN", "GET / inf", "GET / -0.1"] {
            check(&[], line, None);
        }
    }

    #[test]
    fn operations_are_told_apart() {
        let nginx = [("operation", "6"), ("operations", "get put")];
        let line =
            |method: &str| format!("10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] \"{method} / HTTP/1.1\" 200 5 0.25");
        check(&nginx, &line("GET"), Some(("get", 0.25)));
        check(&nginx, &line("PUT"), Some(("put", 0.25)));
        check(&nginx, &line("HEAD"), Some(("HEAD", 0.25)));
        check(&nginx, "0.25", None);
    }
}
