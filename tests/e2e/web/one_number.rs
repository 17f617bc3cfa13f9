//! One number from end to end: what a producer reported is in the snapshot, in what Prometheus stored, on the page that a
//! browser shows, and in `show`.

use std::fs;

use statsgrid_tests::{Browser, Pages, Process, Prometheus, Site, command, programs};
use statsgrid_wire::Number;

use super::LISTEN;

/// Bytes in the folder that the producer measures: a number that nothing rounds unseen.
const CONSUMED: i64 = 1_234_567;

#[test]
fn what_a_producer_reports_is_what_everybody_reads() {
    let what = "a producer's number in Prometheus and in a browser";
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).storage_server();
    fs::write(alpha.storage().join("share"), vec![7; CONSUMED as usize]).unwrap();
    let _provider = alpha.start();
    let gathering = gatherer.start(&LISTEN);
    let pages = Pages::of(&gathering);
    let Some(prometheus) = Prometheus::start(what, &pages) else { return };
    let Some(browser) = Browser::start(what) else { return };
    let key = alpha.key();

    let record =
        gatherer.await_record(key, "the number", |record| record.stats.stats.get("storage_server.consumed").is_some());
    assert_eq!(record.stats.stats.get("storage_server.consumed"), Some(&Number::Integer(CONSUMED)));

    let series =
        format!("storage_server_consumed_bytes{{provider=\"{key}\",nickname=\"alpha\",producer=\"storage_server\"}}");
    let stored = prometheus.await_query(&series, |samples| samples.into_iter().next());
    assert_eq!(stored.1, CONSUMED.to_string());

    browser.goes_to(&pages.url("/"));
    browser.awaits("document.querySelector('#providers tr[data-key] [data-field=label]')");
    browser.clicks(&format!("#providers tr[data-key=\"{key}\"] a"));
    let value = "#values tr[data-name=\"storage_server.consumed\"] [data-field=value]";
    browser.awaits(&format!("document.querySelector({value:?})"));
    assert_eq!(browser.text(value), CONSUMED.to_string());
    assert_eq!(browser.complaints(), Vec::<String>::new());

    let of_node = pages.get(&format!("/statistics/{key}?t=json"));
    let of_node: serde_json::Value = serde_json::from_str(&of_node.text).unwrap();
    assert_eq!(of_node["stats"]["storage_server.consumed"], CONSUMED);
    let snapshot = pages.json("/api/v1/snapshot");
    assert_eq!(snapshot[key.as_str()]["stats"]["stats"]["storage_server.consumed"], CONSUMED);

    let mut show = command(programs().gatherer());
    show.arg("show").arg(gatherer.snapshot_path());
    let shown = Process::start("show", gatherer.folder(), show).ended().succeeded().stdout;
    let row = shown.lines().find(|line| line.starts_with("storage_server.consumed ")).expect("the stat has a row");
    assert_eq!(row.split_whitespace().nth(1), Some(CONSUMED.to_string().as_str()), "{row}");
}
