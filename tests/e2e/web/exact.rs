//! The largest and the oddest numbers are the same wherever they are read.

use statsgrid_gatherer::snapshot::{Millis, Record, Stats};
use statsgrid_tests::{Pages, Site, now_ms};
use statsgrid_wire::Number;

use super::{new_key, restored};

#[test]
fn no_digit_is_lost_on_the_way() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let numbers = [
        ("s.least", Number::Integer(i64::MIN), "-9223372036854775808"),
        ("s.most", Number::Integer(i64::MAX), "9223372036854775807"),
        ("s.whole", Number::Float(5.0), "5.0"),
        ("s.third", Number::Float(1.0 / 3.0), "0.3333333333333333"),
        ("s.huge", Number::Float(f64::MAX), "1.7976931348623157e308"),
        ("s.tiny", Number::Float(f64::MIN_POSITIVE), "2.2250738585072014e-308"),
        ("s.zero", Number::Float(-0.0), "-0.0"),
    ];
    let record = Record {
        timestamp: Millis::new(now_ms() - 1_000),
        stats: Stats {
            counters: [("s.count", u64::MAX)].into_iter().collect(),
            stats: numbers.iter().map(|(name, number, _)| (*name, *number)).collect(),
        },
        ..Record::unanswered("alpha")
    };
    let key = new_key();
    let gathering = restored(&gatherer, &[(key, record)].into_iter().collect());
    let pages = Pages::of(&gathering);
    let [metrics, statistics, snapshot, provider] =
        ["/metrics", &format!("/statistics/{key}"), "/api/v1/snapshot", &format!("/api/v1/providers/{key}")]
            .map(|path| pages.get(path).text);
    let all = numbers.map(|(name, _, text)| (name, text)).into_iter().chain([("s.count", "18446744073709551615")]);
    for (name, text) in all {
        let metric = name.replace('.', "_");
        let is_sample =
            |line: &&str| line.starts_with(&format!("{metric}{{")) || line.starts_with(&format!("{metric}_total{{"));
        let sample = metrics.lines().find(is_sample).unwrap_or_else(|| panic!("{name} is not in {metrics}"));
        // JSON's exponents have a sign where Rust's have none; both are the same float, digit for digit.
        let same = |shown: &str| shown.replace("e+", "e") == text;
        assert!(sample.rsplit_once(' ').is_some_and(|(_, value)| same(value)), "{sample}");
        let after = |page: &str, before: &str, end: &[char]| {
            let rest = page.split(before).nth(1).unwrap_or_else(|| panic!("{before} is not in {page}"));
            rest.split(end).next().unwrap().to_owned()
        };
        assert!(same(&after(&statistics, &format!("{name}<td>"), &['\n'])), "{name} in {statistics}");
        assert!(same(&after(&snapshot, &format!("\"{name}\":"), &[',', '}'])), "{name} in {snapshot}");
        let shown = after(&provider, &format!("\"name\":\"{name}\""), &['}']);
        assert!(same(&after(&shown, "\"text\":\"", &['"'])) && same(&after(&shown, "\"value\":", &[','])), "{shown}");
    }
}
