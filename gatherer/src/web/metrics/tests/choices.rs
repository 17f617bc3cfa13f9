//! What a stat is called where nodes differ, and what is no value of it.

use std::time::Duration;

use statsgrid_wire::exposition::{Format, List, of_gatherer};
use statsgrid_wire::message::{Description, Kind, StatDescription};
use statsgrid_wire::subject::Scope;
use statsgrid_wire::{Hash, Hex, Identity, Moment, Reason, Unknown};

use super::{NOW, producer, record, view, written};
use crate::round::{Census, Plan as Rounds, Tally};
use crate::snapshot::samples::GATHERER;
use crate::snapshot::{Catalogue, Millis, Record, Role};

/// A description of one stat of the section `s`, in this version.
fn describes(version: &str, name: &str, kind: Kind, unit: &str) -> (String, Hash) {
    let stat = StatDescription {
        name: name.to_owned(),
        kind,
        unit: unit.to_owned(),
        help: format!("Said by {version}."),
        unknown: Unknown,
    };
    Description { version: version.to_owned(), stats: vec![stat], ..Description::default() }.to_text().unwrap()
}

/// As many nodes as there are hashes, each of which describes its section `s` so and reports `stats`.
fn nodes(described: &[Option<Hash>], stats: &[(&str, f64)]) -> Vec<(String, Record)> {
    let node = |hash: &Option<Hash>| Record {
        producers: [("s", producer(*hash, 0))].into_iter().collect(),
        ..record(&[], stats)
    };
    described.iter().map(|hash| (Identity::generate().unwrap().public_key().to_string(), node(hash))).collect()
}

fn text(nodes: &[(String, Record)], descriptions: &[&str]) -> String {
    let mut catalogue = Catalogue::default();
    for text in descriptions {
        catalogue.insert((*text).to_owned()).unwrap();
    }
    let nodes: Vec<(&str, Record)> = nodes.iter().map(|(key, record)| (key.as_str(), record.clone())).collect();
    written(&view(&nodes, catalogue), Format::Text, NOW)
}

/// Of one name and its samples.
fn count(text: &str, name: &str) -> usize {
    text.lines().filter(|line| line.starts_with(&format!("{name}{{"))).count()
}

#[test]
fn a_stat_is_what_most_of_those_that_report_it_say() {
    let (old, of_old) = describes("1", "load", Kind::Gauge, "ratio");
    let (new, of_new) = describes("2", "late", Kind::Gauge, "seconds");
    let (lie, of_lie) = describes("3", "late", Kind::Counter, "bytes");
    // Two of six have the new version: its stat is what these two say, and not what four others do not say.
    let mut fleet = nodes(&[Some(of_old); 4], &[("s.load", 0.5)]);
    fleet.extend(nodes(&[Some(of_new); 2], &[("s.load", 0.5), ("s.late", 1.0)]));
    let shown = text(&fleet, &[&old, &new]);
    assert_eq!((count(&shown, "s_load_ratio"), count(&shown, "s_late_seconds")), (6, 2), "{shown}");
    // One that says otherwise is shown as the others are.
    fleet.extend(nodes(&[Some(of_lie)], &[("s.late", 1.0)]));
    let shown = text(&fleet, &[&old, &new, &lie]);
    assert_eq!(count(&shown, "s_late_seconds"), 3, "{shown}");
    assert!(shown.contains("# HELP s_late_seconds Said by 2.\n"), "{shown}");
}

#[test]
fn a_new_version_that_says_the_same_is_the_same() {
    let [(one, of_one), (two, of_two)] = ["1", "2"].map(|version| describes(version, "load", Kind::Gauge, "ratio"));
    let (three, of_three) = describes("3", "load", Kind::Gauge, "percent");
    let fleet = nodes(&[Some(of_one), Some(of_one), Some(of_two), Some(of_three), Some(of_three)], &[("s.load", 0.5)]);
    assert_eq!(count(&text(&fleet, &[&one, &two, &three]), "s_load_ratio"), 5);
}

#[test]
fn what_few_say_does_not_stand_in_for_what_most_have_not_said_yet() {
    let (known, of_known) = describes("1", "load", Kind::Gauge, "ratio");
    let (_, of_coming) = describes("2", "load", Kind::Gauge, "ratio");
    let few = text(&nodes(&[Some(of_known), Some(of_coming), Some(of_coming)], &[("s.load", 0.5)]), &[&known]);
    assert!(!few.contains("s_load") && few.contains("\nstatsgrid_gatherer_undescribed_stats 1\n"), "{few}");
    let most = text(&nodes(&[Some(of_known), Some(of_known), Some(of_coming)], &[("s.load", 0.5)]), &[&known]);
    assert_eq!(count(&most, "s_load_ratio"), 3, "{most}");
}

#[test]
fn nodes_that_are_gone_decide_nothing() {
    let mut fleet = nodes(&[None; 3], &[("a.b.c", 1.0)]);
    for (_, record) in &mut fleet {
        record.timestamp = Millis::new(NOW - 86_400_000);
    }
    fleet.extend(nodes(&[None], &[("a.b_c", 2.0)]));
    let shown = text(&fleet, &[]);
    assert_eq!(shown.lines().filter(|line| line.starts_with("a_b_c")).count(), 1, "{shown}");
    assert!(shown.contains("# HELP a_b_c a.b_c of the producer a.\n"), "{shown}");
}

#[test]
fn no_counter_is_below_0() {
    let (said, hash) = describes("1", "served", Kind::Counter, "");
    let mut fleet = nodes(&[Some(hash)], &[("s.served", -1.0)]);
    fleet.extend(nodes(&[Some(hash)], &[("s.served", 5.0), ("statsgrid.sandbox.s.busy_seconds", -0.5)]));
    let shown = text(&fleet, &[&said]);
    assert_eq!((count(&shown, "s_served_total"), count(&shown, "statsgrid_sandbox_busy_seconds_total")), (1, 0));
    assert!(shown.contains("\nstatsgrid_gatherer_negative_counters 2\n"), "{shown}");
    assert!(!shown.contains("busy_seconds"), "a family without samples is none: {shown}");
}

#[test]
fn our_names_are_ours_before_there_is_anything_to_say() {
    let (said, hash) = describes("1", "load", Kind::Gauge, "");
    let mut fleet = nodes(&[Some(hash)], &[("statsgrid_gatherer.providers", 666.0)]);
    fleet[0].1.stats.counters = [("statsgrid_gatherer.rounds", 666)].into_iter().collect();
    let shown = text(&fleet, &[&said]);
    let ours = ["statsgrid_gatherer_providers", "statsgrid_gatherer_rounds_total"];
    assert_eq!(ours.map(|name| count(&shown, name)), [0, 0], "{shown}");
    assert_eq!(shown.lines().filter(|line| line.contains("} 666")).count(), 2, "{shown}");
}

#[test]
fn all_that_a_gatherer_tells_of_itself_has_a_name_and_a_meaning() {
    let now = Moment { wall_ms: NOW, monotonic: Duration::ZERO };
    let minute = Duration::from_secs(60);
    let scope = Scope::All;
    let plan = Rounds { nickname: "g".to_owned(), scope, interval: minute, deadline: minute, forget_after: minute };
    let mut tally = Tally::start(Hex([0; 16]), now);
    Reason::ALL.into_iter().for_each(|reason| tally.reject(reason));
    (tally.write_errors, tally.journal_lost, tally.lost, tally.trust_errors, tally.pending_refused) = (1, 1, 1, 1, 1);
    let own = tally.record(&plan, NOW, Census { present: 1, answered: 1, pending: 0, trusted: 0 }, now);
    assert_eq!(own.role, Role::Gatherer);
    let counters = own.stats.counters.iter().map(|(name, _)| (name, List::Counters));
    let stats = own.stats.stats.iter().map(|(name, _)| (name, List::Stats));
    let nameless: Vec<_> = counters.chain(stats).filter(|(name, list)| of_gatherer(name, *list).is_none()).collect();
    assert!(nameless.is_empty(), "{nameless:?}");
    let shown = text(&[(GATHERER.to_owned(), own)], &[]);
    assert!(shown.contains(r#"statsgrid_gatherer_troubled_timestamp_seconds{gatherer=""#), "{shown}");
    assert!(shown.contains(r#"trouble="write_errors"} 1795358400"#), "{shown}");
}
