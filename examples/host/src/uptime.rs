//! /proc/uptime: seconds since the start, as in `1845.12 1320.52`. The second number, idle time summed over all CPUs,
//! is left out: /proc/stat has it beside the other modes.

use statsgrid_producer::{Description, Error, Stats};

use crate::Source;

pub const SOURCE: Source = Source { path: "/proc/uptime", describe, parse };

fn describe(description: Description) -> Description {
    description.gauge("uptime", "seconds", "Time since the host started.")
}

fn parse(text: &str) -> Result<Stats, Error> {
    let field = text.split_whitespace().next().ok_or_else(|| Error::new("it is empty"))?;
    match field.parse::<f64>() {
        Ok(seconds) if (0.0..f64::INFINITY).contains(&seconds) => Ok(Stats::new().with("uptime", seconds)),
        _ => Err(Error::new(format!("`{field}` is not a number of seconds"))),
    }
}

#[cfg(test)]
pub const EXAMPLE: &str = "1845.12 1320.52\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptimes() {
        for (text, seconds) in [(EXAMPLE, 1845.12), ("0.00", 0.0), ("350735.47 234388.90\n", 350_735.47)] {
            assert_eq!(parse(text).unwrap(), Stats::new().with("uptime", seconds));
        }
    }

    #[test]
    fn malformed() {
        let cases = [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("up 3 days", "`up` is not a number of seconds"),
            ("-1.0 0", "`-1.0` is not a number of seconds"),
            ("inf", "`inf` is not a number of seconds"),
            ("NaN", "`NaN` is not a number of seconds"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
