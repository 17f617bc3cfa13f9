//! Names that meet, texts that would break out, and whatever else producers may call their stats.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::parsed::parsed;
use super::*;
use crate::Number;

fn meant<'a>(name: &'a str, kind: Kind, unit: &'a str) -> Meant<'a> {
    Meant { name, list: List::Stats, meaning: Meaning { kind, unit, help: "" } }
}

#[test]
fn names_by_the_rules() {
    let check = |name: &str, kind, unit: &str, expected: &str| {
        let family = Names::beside_ours().family(&meant(name, kind, unit));
        assert_eq!(family.sample_name(), expected, "{name}");
    };
    check("load_monitor.avg_load", Kind::Gauge, "", "load_monitor_avg_load");
    check("load_monitor.avg_load", Kind::Gauge, "ratio", "load_monitor_avg_load_ratio");
    check(
        "s.latencies.add-lease.01_0_percentile",
        Kind::Gauge,
        "seconds",
        "s_latencies_add_lease_01_0_percentile_seconds",
    );
    check("s.bytes_added", Kind::Counter, "bytes", "s_bytes_added_bytes_total");
    check("s.added_bytes", Kind::Counter, "bytes", "s_added_bytes_total");
    check("http.requests_total", Kind::Counter, "", "http_requests_total");
    check("http.sent_bytes_total", Kind::Counter, "bytes", "http_sent_bytes_total");
    check("9lives.left", Kind::Gauge, "", "_9lives_left");
    check("net.rate", Kind::Gauge, "bits/s", "net_rate_bits_s");
    check("net.rate", Kind::Gauge, "%", "net_rate");
    check("a.text", Kind::Gauge, &"per second ".repeat(9), "a_text");
    check("x.total", Kind::Counter, "total", "x_total_total");
    check("_total", Kind::Counter, "", "_total_total");
}

#[test]
fn texts_are_of_one_harmless_line_and_short() {
    let help = |help: &str| {
        let mut names = Names::beside_ours();
        names
            .family(&Meant { meaning: Meaning { kind: Kind::Gauge, unit: "", help }, ..meant("a.b", Kind::Gauge, "") })
            .help
    };
    assert_eq!(help("How \u{202e}busy\r\nit is."), "How \u{fffd}busy it is.");
    assert_eq!(help(&"x".repeat(9_999)).len(), crate::limits::FAMILY_HELP_CHARS);
    assert_eq!(help(""), "a.b of the producer a.");
}

#[test]
fn two_stats_never_become_one() {
    let mut names = Names::beside_ours();
    let check = |names: &mut Names, name: &str, kind, unit: &str, expected: &str| {
        assert_eq!(names.family(&meant(name, kind, unit)).sample_name(), expected, "{name}");
    };
    check(&mut names, "a.b_c", Kind::Gauge, "", "a_b_c");
    check(&mut names, "a.b.c", Kind::Gauge, "", "a_b_c_e7ca4f5b");
    check(&mut names, "a.b-c", Kind::Gauge, "bytes", "a_b_c_bytes");
    check(&mut names, "a_b.c", Kind::Gauge, "bytes", "a_b_c_49f4f601_bytes");
    // What a counter's samples are called is its own.
    check(&mut names, "x.y", Kind::Counter, "", "x_y_total");
    check(&mut names, "x.y_created", Kind::Gauge, "", "x_y_created_b7e969ab");
    check(&mut names, "x.y_total", Kind::Gauge, "", "x_y_total_030069dd");
    check(&mut names, "x_y", Kind::Gauge, "", "x_y_3b96c0e6");
    // And so are ours.
    check(&mut names, "statsgrid_provider.up", Kind::Gauge, "", "statsgrid_provider_up_e859c126");
    check(&mut names, "statsgrid_gatherer.rounds", Kind::Counter, "", "statsgrid_gatherer_rounds_ab114ca8_total");
    check(&mut names, "statsgrid.provider.up", Kind::Gauge, "", "statsgrid_provider_up_580d2ffb");
    // What begins as ours does, whoever's name it is today.
    check(&mut names, "statsgrid_gatherer.later", Kind::Gauge, "bytes", "statsgrid_gatherer_later_fb055a9a_bytes");
    check(&mut names, "statsgrid-x.y", Kind::Gauge, "", "statsgrid_x_y_ca68e0b0");
    check(&mut names, "statsgrid2.y", Kind::Gauge, "", "statsgrid2_y");
    check(&mut names, "statsgrid.provider.later", Kind::Gauge, "", "statsgrid_provider_later");
}

#[test]
fn both_formats() {
    let mut names = Names::beside_ours();
    let count = names.family(&Meant {
        meaning: Meaning { kind: Kind::Counter, unit: "bytes", help: "a \\ and a \"b\"\nc" },
        ..meant("s.count", Kind::Counter, "bytes")
    });
    let load = names.family(&meant("s.load", Kind::Gauge, ""));
    let written = |format| {
        let mut writer = Writer::of(format);
        let node = Labels::default().with("nickname", "a \"b\" \\ c\nd").with("producer", "s");
        writer.family(&count);
        writer.sample(&count, &[&node], u64::MAX, Some(1_795_358_400.123));
        writer.family(&load);
        writer.sample(&load, &[&node, &Labels::default()], Number::Integer(i64::MIN), None);
        writer.sample(&load, &[], Number::Float(5.0), None);
        writer.sample(&load, &[&Labels::default().with("x", "y")], 1e300, None);
        writer.end();
        let text = String::from_utf8(writer.take()).unwrap();
        parsed(&text, format);
        text
    };
    let labels = r#"{nickname="a \"b\" \\ c\nd",producer="s"}"#;
    let expected = format!(
        "# HELP s_count_bytes_total a \\\\ and a \"b\" c\n# TYPE s_count_bytes_total counter\n\
         s_count_bytes_total{labels} 18446744073709551615\n\
         # HELP s_load s.load of the producer s.\n# TYPE s_load gauge\n\
         s_load{labels} -9223372036854775808\ns_load 5.0\ns_load{{x=\"y\"}} 1e+300\n"
    );
    assert_eq!(written(Format::Text), expected);
    let expected = format!(
        "# HELP s_count_bytes a \\\\ and a \\\"b\\\" c\n# TYPE s_count_bytes counter\n# UNIT s_count_bytes bytes\n\
         s_count_bytes_total{labels} 18446744073709551615\ns_count_bytes_created{labels} 1795358400.123\n\
         # HELP s_load s.load of the producer s.\n# TYPE s_load gauge\n\
         s_load{labels} -9223372036854775808\ns_load 5.0\ns_load{{x=\"y\"}} 1e+300\n# EOF\n"
    );
    assert_eq!(written(Format::OpenMetrics), expected);
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Counter), Just(Kind::Gauge)]
}

fn list() -> impl Strategy<Value = List> {
    prop_oneof![Just(List::Counters), Just(List::Stats)]
}

/// Names of few letters, so that they meet, and the ends and beginnings that mean something.
fn name() -> impl Strategy<Value = String> {
    "(statsgrid[._])?[ab][._-][ab](_total|_created|_bytes|\\.total|_bytes_total|_count|_e7ca4f5b)?"
}

proptest! {
    /// Whatever stats are called, and whatever is said of them, what is written is what a scraper reads.
    #[test]
    fn any_stats_are_an_exposition(
        stats in prop::collection::btree_map(
            (name(), list()),
            (kind(), "(|bytes|s|%|a b|total|created|.{0,60})", ".{0,12}", any::<i64>()),
            0..40,
        ),
        nickname in ".{0,12}",
    ) {
        for format in [Format::Text, Format::OpenMetrics] {
            let mut names = Names::beside_ours();
            let mut writer = Writer::of(format);
            let mut expected = BTreeMap::new();
            let node = Labels::default().with("nickname", &nickname);
            for ((name, list), (kind, unit, help, value)) in &stats {
                let family = names.family(&Meant { name, list: *list, meaning: Meaning { kind: *kind, unit, help } });
                writer.family(&family);
                writer.sample(&family, &[&node], Number::Integer(*value), Some(1.5));
                expected.insert(family.sample_name(), value.to_string());
            }
            writer.end();
            prop_assert_eq!(expected.len(), stats.len());
            let read = parsed(std::str::from_utf8(&writer.take()).unwrap(), format).into_iter();
            let read = read.map(|(series, value)| (series.split('{').next().unwrap().to_owned(), value));
            prop_assert_eq!(read.collect::<BTreeMap<_, _>>(), expected);
        }
    }
}
