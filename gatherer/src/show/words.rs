//! Times and values in the words of people.

use std::time::Duration;

use statsgrid_wire::Number;

use crate::snapshot::{Record, RoundOutcome, Value};

/// When a node last answered, and whether that is too long ago.
pub(crate) fn answered(record: &Record, now_ms: u64) -> String {
    let at = record.timestamp.get();
    if at == 0 {
        return "never".to_owned();
    }
    let away = span(Duration::from_millis(at.abs_diff(now_ms)));
    let direction = if at > now_ms { "ahead" } else { "ago" };
    let stale = if record.received().is_fresh(now_ms) { "" } else { ", stale" };
    let outcome = match record.outcome {
        Some(outcome @ (RoundOutcome::Missing | RoundOutcome::Gone)) => format!(", {}", outcome.label()),
        _ => String::new(),
    };
    format!("{away} {direction}{outcome}{stale}")
}

/// A span of time in its largest unit of which there are two or more.
pub(crate) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Integers exactly; floats as [`float`] has them.
pub(super) fn value(value: Value) -> String {
    match value {
        Value::Count(count) => count.to_string(),
        Value::Number(Number::Integer(integer)) => integer.to_string(),
        Value::Number(Number::Float(value)) => float(value),
    }
}

/// A float to six digits, or to its first decimal where it has more before the point: no digit is made up, none but
/// 0 is shown as 0, and a point or an exponent tells it from an integer. The snapshot has all its digits.
fn float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        let text = format!("{value:.5e}");
        return match text.split_once('e') {
            Some((digits, exponent)) => format!("{}e{exponent}", without_zeros(digits)),
            None => text,
        };
    }
    let digits_before_the_point = if magnitude < 1e-4 { 1 } else { magnitude.log10().floor() as i32 + 1 };
    let decimals = (6 - digits_before_the_point).max(1).unsigned_abs() as usize;
    without_zeros(&format!("{value:.decimals$}"))
}

/// Without zeros at the end, but for the one behind the point.
fn without_zeros(digits: &str) -> String {
    let short = digits.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Millis;

    #[test]
    fn floats_are_short_and_honest() {
        let check = |float: f64, expected| assert_eq!(value(Value::Number(Number::Float(float))), expected);
        check(0.0, "0.0");
        check(-0.0, "-0.0");
        check(5.0, "5.0");
        check(0.2, "0.2");
        check(0.1 + 0.2, "0.3");
        check(0.000_213_867_19, "0.000213867");
        check(0.0001, "0.0001");
        check(99_999.95, "99999.9");
        check(1_234_567.891, "1234567.9");
        check(17_179_869_184.0, "17179869184.0");
        check(-0.000_012_345_678, "-1.23457e-5");
        check(1e15, "1.0e15");
        check(f64::MAX, "1.79769e308");
        check(5e-324, "4.94066e-324");
    }

    #[test]
    fn integers_are_exact() {
        assert_eq!(value(Value::Count(u64::MAX)), "18446744073709551615");
        assert_eq!(value(Value::Number(Number::Integer(i64::MIN))), "-9223372036854775808");
    }

    #[test]
    fn ages_are_told_in_words() {
        let now_ms = 1_795_358_400_000;
        let check = |at: u64, expected| {
            let record = Record { timestamp: Millis::new(at), ..Record::unanswered("alpha") };
            assert_eq!(answered(&record, now_ms), expected);
        };
        check(0, "never");
        check(now_ms, "0 s ago");
        check(now_ms - 119_999, "119 s ago");
        check(now_ms - 120_000, "2 min ago");
        check(now_ms - 300_000, "5 min ago");
        check(now_ms - 300_001, "5 min ago, stale");
        check(now_ms - 7_200_000, "2 h ago, stale");
        check(now_ms - 864_000_000, "10 days ago, stale");
        check(now_ms + 2_000, "2 s ahead");
        check(now_ms + 600_000, "10 min ahead, stale");
        let outcome = Some(RoundOutcome::Gone);
        let gone = Record { timestamp: Millis::new(now_ms - 8_000), outcome, ..Record::unanswered("alpha") };
        assert_eq!(answered(&gone, now_ms), "8 s ago, gone");
    }
}
