//! A trusted node that says what would spoil a scrape, or pass for others' numbers.

use std::fs;

use serde_json::Value;
use statsgrid_tests::{Bus, PATIENCE, Pages, PlayedProvider, Python, Site, await_until, promtool_check};
use statsgrid_wire::message::Answer;
use statsgrid_wire::{Named, Number};

use super::openmetrics::read;

/// What is called as ours are, as another's is once its unit is there, or as the samples of a counter are.
const STATS: [(&str, i64); 7] = [
    ("evil.total", 666),
    ("statsgrid.round_seconds", 666),
    ("statsgrid.up", 666),
    ("statsgrid_gatherer.providers", 666),
    ("storage_server.bytes_added_bytes_total", 666),
    ("storage_server.consumed-bytes", 666),
    // A counter by the table of ours, and below 0: a strict reader would take nothing of the whole exposition.
    ("statsgrid.sandbox.evil.busy_seconds", -1),
];

#[test]
fn a_hostile_node_costs_nobody_their_metrics() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let (bus, evil) = (Bus::connect(&site.server), PlayedProvider::new("evil"));
    let alpha = site.node("alpha").answers(gatherer.address()).storage_server();
    fs::write(alpha.storage().join("share"), vec![7; 1_000]).unwrap();
    let _provider = alpha.start();
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let gathering = gatherer.start(&["--listen", "127.0.0.1:0"]);
    let pages = Pages::of(&gathering);
    let poll = polls.message();
    let mut reply = evil.sample(&poll, 1, ("evil.total", 666));
    let Answer::Sample(sample) = &mut reply.answer else { panic!("{reply:?}") };
    sample.stats = STATS.into_iter().map(|(name, value)| (name, Number::Integer(value))).collect();
    sample.counters = [("evil", 666), ("statsgrid.uptime", 666)].into_iter().collect::<Named<u64>>();
    bus.publish(evil.answer(&poll, &reply));

    let is_whole = |text: &str| {
        let described = text.contains("\nstatsgrid_gatherer_undescribed_stats 0\n");
        described && text.contains("\nevil_total{") && text.contains("producer=\"storage_server\"} 1000\n")
    };
    let of_both = |accept: &str| {
        await_until("the metrics of both", PATIENCE, || {
            Some(pages.get_accepting("/metrics", accept).text).filter(|text| is_whole(text))
        })
    };
    let text = of_both("text/plain");
    assert!(text.contains("\nstatsgrid_gatherer_negative_counters 1\n"), "{text}");
    assert!(!text.contains(r#"producer="evil"} -1"#), "{text}");
    if let Some(said) = promtool_check("promtool check metrics with a hostile node", &text) {
        // It knows better names, but everything is as it has to be.
        assert!(!said.stderr.contains("error while linting"), "{}", said.stderr);
    }
    let Some(python) = Python::find("metrics with a hostile node in Python", "prometheus-client") else { return };
    let families = read(&python, &of_both("application/openmetrics-text"));
    let of = |name: &str| {
        let family = families.iter().find(|family| family[0] == name).unwrap_or_else(|| panic!("no {name}"));
        family[4].as_array().unwrap().iter().map(|sample| (sample[1]["provider"].clone(), sample[2].as_f64())).collect()
    };
    let honest: Value = alpha.key().to_string().into();
    let consumed: Vec<(Value, Option<f64>)> = of("storage_server_consumed_bytes");
    assert_eq!(consumed, [(honest.clone(), Some(1_000.0))]);
    let added: Vec<(Value, Option<f64>)> = of("storage_server_bytes_added_bytes");
    assert!(added.iter().all(|(provider, _)| *provider == honest), "{added:?}");
    let providers: Vec<(Value, Option<f64>)> = of("statsgrid_gatherer_providers");
    assert_eq!(providers.len(), 1, "{providers:?}");
    let up: Vec<(Value, Option<f64>)> = of("statsgrid_provider_up");
    assert!(up.iter().all(|(_, value)| *value != Some(666.0)), "{up:?}");
}
