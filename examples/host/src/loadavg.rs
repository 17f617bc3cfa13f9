//! /proc/loadavg: the load averages, as in `0.20 0.18 0.12 1/80 11206`. Its counts of tasks and the last PID are left
//! out: what runs is in /proc/stat.

use statsgrid_producer::{Description, Error, Stats};

use crate::Source;

pub const SOURCE: Source = Source { path: "/proc/loadavg", describe, parse };

fn describe(description: Description) -> Description {
    description
        .gauge("load1", "", "Tasks that ran or waited, averaged over a minute.")
        .gauge("load5", "", "Tasks that ran or waited, averaged over 5 minutes.")
        .gauge("load15", "", "Tasks that ran or waited, averaged over 15 minutes.")
}

fn parse(text: &str) -> Result<Stats, Error> {
    let mut fields = text.split_whitespace();
    let mut stats = Stats::new();
    for name in ["load1", "load5", "load15"] {
        let field = fields.next().ok_or_else(|| Error::new(format!("{name} is missing")))?;
        stats.push(name, load(field)?);
    }
    Ok(stats)
}

fn load(field: &str) -> Result<f64, Error> {
    match field.parse() {
        Ok(load) if (0.0..f64::INFINITY).contains(&load) => Ok(load),
        _ => Err(Error::new(format!("`{field}` is not a load average"))),
    }
}

#[cfg(test)]
pub const EXAMPLE: &str = "5.57 5.78 3.63 6/125 19417\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads() {
        assert_eq!(parse(EXAMPLE).unwrap(), Stats::new().with("load1", 5.57).with("load5", 5.78).with("load15", 3.63));
        assert_eq!(
            parse("0.00 0 1e2").unwrap(),
            Stats::new().with("load1", 0.0).with("load5", 0.0).with("load15", 100.0)
        );
    }

    #[test]
    fn malformed() {
        let cases = [
            ("", "load1 is missing"),
            ("\n", "load1 is missing"),
            ("0.20 0.18", "load15 is missing"),
            ("0.20 high 0.12", "`high` is not a load average"),
            ("0,20 0,18 0,12", "`0,20` is not a load average"),
            ("-0.1 0 0", "`-0.1` is not a load average"),
            ("nan 0 0", "`nan` is not a load average"),
            ("0 inf 0", "`inf` is not a load average"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
