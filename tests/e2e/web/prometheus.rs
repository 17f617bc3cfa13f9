//! Debian's Prometheus scrapes a gatherer.

use statsgrid_tests::{Gatherer, Pages, Prometheus, Site, promtool_check};

use super::LISTEN;

#[test]
fn promtool_has_nothing_to_say() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).host().load_monitor().storage_server();
    let _provider = alpha.start();
    let gathering = gatherer.start(&LISTEN);
    gatherer.await_record(alpha.key(), "three producers", |record| record.producers.len() == 3);
    let pages = Pages::of(&gathering);
    let metrics = statsgrid_tests::await_until("all descriptions", statsgrid_tests::PATIENCE, || {
        let page = pages.get("/metrics");
        let is_whole =
            page.text.contains("\nstatsgrid_gatherer_undescribed_stats 0\n") && page.text.contains("host_load1");
        is_whole.then_some(page)
    });
    assert_eq!(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
    let Some(said) = promtool_check("promtool check metrics", &metrics.text) else { return };
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_provider_that_dies_is_down_and_its_values_end() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let nodes = ["alpha", "beta"].map(|name| site.node(name).answers(gatherer.address()).load_monitor());
    let [_alpha, beta] = nodes.each_ref().map(statsgrid_tests::Node::start);
    let gathering = gatherer.start(&LISTEN);
    let Some(prometheus) = Prometheus::start("a scrape of Prometheus", &Pages::of(&gathering)) else { return };
    prometheus.await_query("up{job=\"statsgrid\"}", |samples| (samples.first()?.1 == "1").then_some(()));
    for node in &nodes {
        let up = format!("statsgrid_provider_up{{provider=\"{}\"}}", node.key());
        prometheus.await_query(&up, |samples| (samples.first()?.1 == "1").then_some(()));
    }
    let nicknames = prometheus.await_query("load_monitor_avg_load_seconds", |samples| {
        let nicknames = |samples: Vec<(serde_json::Value, String)>| {
            let mut nicknames: Vec<String> =
                samples.iter().map(|(labels, _)| labels["nickname"].as_str().unwrap().to_owned()).collect();
            nicknames.sort();
            nicknames
        };
        Some(nicknames(samples)).filter(|nicknames| nicknames.len() == 2)
    });
    assert_eq!(nicknames, ["alpha", "beta"]);

    beta.kill();
    let down = format!("statsgrid_provider_up{{provider=\"{}\"}} == 0", nodes[1].key());
    prometheus.await_query(&down, |samples| (samples.len() == 1).then_some(()));
    let alpha = format!("statsgrid_provider_up{{provider=\"{}\"}} == 1", nodes[0].key());
    assert_eq!(prometheus.query(&alpha).len(), 1);
    assert_eq!(prometheus.last_error(), "");
    counts_its_rounds(&gatherer, &prometheus);
}

/// What the gatherer says of itself is there too.
fn counts_its_rounds(gatherer: &Gatherer, prometheus: &Prometheus) {
    let rounds = format!("statsgrid_gatherer_rounds_total{{gatherer=\"{}\"}} > 1", gatherer.key());
    prometheus.await_query(&rounds, |samples| (samples.len() == 1).then_some(()));
    let rejected = prometheus.query("statsgrid_gatherer_rejected_total{reason=\"bad_signature\"}");
    assert_eq!(rejected.first().map(|(_, value)| value.as_str()), Some("0"));
    assert_eq!(prometheus.query("statsgrid_gatherer_round_duration_seconds").len(), 1);
}
