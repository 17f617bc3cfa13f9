//! Fleets of a few nodes, as they are written.

mod choices;

use std::sync::Arc;

use statsgrid_wire::exposition::{Format, PLANNED};
use statsgrid_wire::message::{CounterDescription, Description, Kind, Outcome, StatDescription};
use statsgrid_wire::{Moment, Number, PublicKey, Unknown};

use super::live::Live;
use super::plan::Plan;
use super::rounds::Rounds;
use crate::snapshot::samples::{ALPHA, BETA, GATHERER, key};
use crate::snapshot::{Catalogue, Millis, ProducerRecord, Record, Role, RoundOutcome, Stats};
use crate::web::View;

const NOW: u64 = 1_795_358_400_000;

fn view(nodes: &[(&str, Record)], catalogue: Catalogue) -> Arc<View> {
    let mut records: Vec<(PublicKey, Arc<Record>)> =
        nodes.iter().map(|(text, record)| (key(text), Arc::new(record.clone()))).collect();
    records.sort_by_key(|(key, _)| *key);
    Arc::new(View::of(key(GATHERER), Arc::new(records), Arc::new(catalogue), Some(std::time::Duration::ZERO)))
}

fn record(counters: &[(&str, u64)], stats: &[(&str, f64)]) -> Record {
    Record {
        timestamp: Millis::new(NOW),
        stats: Stats {
            counters: counters.iter().copied().collect(),
            stats: stats.iter().map(|(name, value)| (*name, Number::Float(*value))).collect(),
        },
        started_at: Some(Millis::new(NOW - 60_500)),
        outcome: Some(RoundOutcome::Ok),
        ..Record::unanswered("n")
    }
}

fn producer(description: Option<statsgrid_wire::Hash>, age_ms: u64) -> ProducerRecord {
    let taken_at = Some(Millis::new(NOW - age_ms));
    ProducerRecord { outcome: Outcome::Ok, message: None, taken_at, pace: None, digest: None, description }
}

fn written(view: &Arc<View>, format: Format, at_ms: u64) -> String {
    let plan = Arc::new(Plan::of(view.clone(), at_ms));
    Rounds::of(plan, format).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
}

/// The samples of the text format, without those that tell of what is left out.
fn samples(view: &Arc<View>, at_ms: u64) -> Vec<String> {
    let text = written(view, Format::Text, at_ms);
    let mut samples: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    samples.truncate(samples.len() - PLANNED.len());
    samples
}

fn described() -> (Catalogue, statsgrid_wire::Hash) {
    let description = Description {
        version: "1".to_owned(),
        stats: vec![
            StatDescription {
                name: "load".into(),
                kind: Kind::Gauge,
                unit: "ratio".into(),
                help: "How \u{202e}busy.".into(),
                unknown: Unknown,
            },
            StatDescription {
                name: "served".into(),
                kind: Kind::Counter,
                unit: String::new(),
                help: String::new(),
                unknown: Unknown,
            },
        ],
        counters: vec![CounterDescription {
            name: "added".into(),
            unit: "bytes".into(),
            help: "Written.".into(),
            unknown: Unknown,
        }],
        ..Description::default()
    };
    let (text, hash) = description.to_text().unwrap();
    let mut catalogue = Catalogue::default();
    catalogue.insert(text).unwrap();
    (catalogue, hash)
}

#[test]
fn what_producers_say_is_what_scrapers_read() {
    let (catalogue, hash) = described();
    let node = Record {
        nickname: "a \"b\"\u{202e}".to_owned(),
        producers: [("s", producer(Some(hash), 0))].into_iter().collect(),
        ..record(&[("s.added", u64::MAX)], &[("s.load", 0.25), ("s.served", 3.0)])
    };
    let view = view(&[(ALPHA, node)], catalogue);
    let labels = format!(r#"{{provider="{ALPHA}",nickname="a \"b\"�",producer="s"}}"#);
    let expected = format!(
        "# HELP s_added_bytes Written.\n# TYPE s_added_bytes counter\n# UNIT s_added_bytes bytes\n\
         s_added_bytes_total{labels} 18446744073709551615\ns_added_bytes_created{labels} 1795358339.5\n\
         # HELP s_load_ratio How �busy.\n# TYPE s_load_ratio gauge\n# UNIT s_load_ratio ratio\n\
         s_load_ratio{labels} 0.25\n\
         # HELP s_served s.served of the producer s.\n# TYPE s_served counter\ns_served_total{labels} 3.0\n\
         # HELP statsgrid_gatherer_undescribed_stats Stats that are not shown yet, for their producers' descriptions have not come.\n\
         # TYPE statsgrid_gatherer_undescribed_stats gauge\nstatsgrid_gatherer_undescribed_stats 0\n\
         # HELP statsgrid_gatherer_negative_counters Values that are not shown, for they are below 0 and described as counters.\n\
         # TYPE statsgrid_gatherer_negative_counters gauge\nstatsgrid_gatherer_negative_counters 0\n# EOF\n"
    );
    assert_eq!(written(&view, Format::OpenMetrics, NOW), expected);
}

#[test]
fn stale_values_are_absent_and_the_rest_is_kept_until_it_is_stale() {
    let node = Record {
        producers: [("old", producer(None, 299_000)), ("new", producer(None, 0))].into_iter().collect(),
        ..record(&[], &[("old.x", 1.0), ("new.x", 2.0)])
    };
    let view = view(&[(ALPHA, node)], Catalogue::default());
    let names = |at_ms| samples(&view, at_ms).iter().map(|line| line[..5].to_owned()).collect::<Vec<_>>();
    assert_eq!(names(NOW), ["new_x", "old_x"]);
    let until = Plan::of(view.clone(), NOW).until_ms;
    assert_eq!(until, NOW + 1_001);
    assert_eq!(names(until - 1), ["new_x", "old_x"]);
    assert_eq!(names(until), ["new_x"]);
    assert!(names(NOW + 400_000).is_empty());
}

#[test]
fn a_stat_whose_description_has_not_come_waits_for_it() {
    let (catalogue, hash) = described();
    let node = Record {
        producers: [("s", producer(Some(hash), 0))].into_iter().collect(),
        ..record(&[], &[("s.load", 0.25), ("t.free", 1.0)])
    };
    let before = written(&view(&[(ALPHA, node.clone())], Catalogue::default()), Format::Text, NOW);
    assert!(!before.contains("s_load") && before.contains("t_free{"), "{before}");
    assert!(before.contains("\nstatsgrid_gatherer_undescribed_stats 1\n"), "{before}");
    assert!(written(&view(&[(ALPHA, node)], catalogue), Format::Text, NOW).contains("\ns_load_ratio{"));
}

#[test]
fn what_one_node_invents_takes_no_name_of_others_nor_of_ours() {
    let honest =
        record(&[("statsgrid.polls_answered", 5)], &[("load_monitor.avg_load", 0.5), ("statsgrid.uptime", 1.0)]);
    let hostile = record(
        &[("statsgrid.uptime", 666), ("load_monitor.avg_load", 666)],
        &[
            ("load_monitor.avg.load", 666.0),
            ("statsgrid.up", 666.0),
            ("statsgrid.polls_answered", 666.0),
            ("statsgrid_provider.up", 666.0),
            ("statsgrid_gatherer.rounds_total", 666.0),
        ],
    );
    let own = Record {
        role: Role::Gatherer,
        ..record(&[("statsgrid.rounds", 7), ("statsgrid.rejected.stale", 1), ("statsgrid.rejected.duplicate", 2)], &[])
    };
    let third = record(&[], &[("load_monitor.avg_load", 0.7)]);
    let view = view(
        &[
            (ALPHA, honest),
            (BETA, hostile),
            (GATHERER, own),
            ("UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF", third),
        ],
        Catalogue::default(),
    );
    let lines = samples(&view, NOW);
    // The counter that BETA calls so has a hash, and so have all its other inventions.
    let of = |name: &str| lines.iter().filter(|line| line.starts_with(&format!("{name}{{"))).count();
    assert_eq!(of("load_monitor_avg_load"), 2, "{lines:#?}");
    assert_eq!(of("statsgrid_provider_uptime_seconds"), 1);
    assert_eq!(of("statsgrid_provider_polls_answered_total"), 1);
    assert_eq!(of("statsgrid_gatherer_rounds_total"), 1);
    assert_eq!(of("statsgrid_gatherer_rejected_total"), 2);
    assert_eq!(of("statsgrid_provider_up"), 0);
    assert_eq!(lines.iter().filter(|line| line.ends_with(" 666") || line.ends_with(" 666.0")).count(), 7);
}

#[test]
fn who_is_up_is_of_the_moment() {
    let node = |outcome, age_ms| Record {
        timestamp: Millis::new(NOW - age_ms),
        outcome: Some(outcome),
        producers: [("s", ProducerRecord { outcome: Outcome::Cpu, ..producer(None, age_ms) })].into_iter().collect(),
        ..record(&[], &[])
    };
    let view = view(
        &[(ALPHA, node(RoundOutcome::Partial, 1_500)), (BETA, node(RoundOutcome::Missing, 90_000))],
        Catalogue::default(),
    );
    let plan = Arc::new(Plan::of(view, NOW));
    let lines = |now: Moment| -> Vec<String> {
        let text: String =
            Live::of(plan.clone(), Format::Text, now).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    };
    let at = |after_ms: u64| Moment { wall_ms: NOW + after_ms, monotonic: std::time::Duration::from_millis(after_ms) };
    let [alpha, beta] = [ALPHA, BETA].map(|key| format!(r#"provider="{key}",nickname="n""#));
    assert_eq!(
        lines(at(0)),
        [
            format!("statsgrid_provider_up{{{alpha}}} 1"),
            format!("statsgrid_provider_up{{{beta}}} 0"),
            format!("statsgrid_provider_age_seconds{{{alpha}}} 1.5"),
            format!("statsgrid_provider_age_seconds{{{beta}}} 90.0"),
            format!(r#"statsgrid_producer_ok{{{alpha},producer="s"}} 0"#),
            format!(r#"statsgrid_producer_ok{{{beta},producer="s"}} 0"#),
        ]
    );
    // Rounds have stopped: nobody is up any more, and how producers do is not known.
    assert_eq!(
        lines(at(300_000)),
        [
            format!("statsgrid_provider_up{{{alpha}}} 0"),
            format!("statsgrid_provider_up{{{beta}}} 0"),
            format!("statsgrid_provider_age_seconds{{{alpha}}} 301.5"),
            format!("statsgrid_provider_age_seconds{{{beta}}} 390.0"),
        ]
    );
}

#[test]
fn pieces_are_whole_lines_and_together_all() {
    let names: Vec<String> = (0..3_000).map(|number| format!("s.{number}")).collect();
    let stats: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 1.0)).collect();
    let view = view(&[(ALPHA, record(&[], &stats)), (BETA, record(&[], &stats))], Catalogue::default());
    let pieces: Vec<_> = Rounds::of(Arc::new(Plan::of(view.clone(), NOW)), Format::Text).collect();
    assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.ends_with(b"\n") && piece.len() < 100_000));
    assert_eq!(samples(&view, NOW).len(), 6_000);
    let (plan, written) = (Plan::of(view, NOW).bytes, pieces.iter().map(|piece| piece.len()).sum::<usize>());
    assert!((written / 2..2 * written).contains(&plan), "{plan} bytes are planned and {written} written");
}
