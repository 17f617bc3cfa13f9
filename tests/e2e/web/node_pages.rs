//! A node's own pages, without any gatherer.

use statsgrid_tests::{PATIENCE, Pages, Site, await_until, promtool_check};

#[test]
fn a_node_without_a_gatherer_is_readable() {
    let site = Site::new();
    let alpha =
        site.node("alpha").set("listen = \"127.0.0.1:0\"").storage_server().guest("loop", "timeout = \"100ms\"");
    std::fs::write(alpha.storage().join("share"), vec![7; 1_000]).unwrap();
    let provider = alpha.start();
    let pages = Pages::of(&provider);
    let statistics = pages.get("/statistics?t=json");
    let statistics: serde_json::Value = serde_json::from_str(&statistics.text).unwrap();
    assert_eq!(statistics["stats"]["storage_server.consumed"], 1_000);
    assert_eq!(statistics["counters"]["storage_server.bytes_added"], 0);
    let page = pages.get("/").text;
    assert!(page.contains("<th scope=\"row\">storage_server.consumed<td>1000"), "{page}");
    // What fails is named, and costs the others nothing.
    assert!(page.contains("<p>loop: cpu "), "{page}");

    let metrics = pages.get("/metrics").text;
    let labels = format!(r#"{{provider="{}",nickname="alpha",producer="storage_server"}}"#, alpha.key());
    assert!(metrics.contains(&format!("\nstorage_server_consumed_bytes{labels} 1000\n")), "{metrics}");
    assert!(metrics.contains(r#"producer="loop"} 0"#), "{metrics}");
    let open_metrics = pages.get_accepting("/metrics", "application/openmetrics-text");
    assert_eq!(open_metrics.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open_metrics.text.ends_with("# EOF\n"), "{}", open_metrics.text);
    assert_eq!(pages.get("/healthz").text, "ok\n");
    assert_eq!(pages.get("/none").status, 404);
    let foreign = pages.say(b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(foreign.starts_with("HTTP/1.1 421 "), "{foreign}");
    let Some(said) = promtool_check("promtool check metrics on a node", &metrics) else { return };
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn many_readers_are_one_to_the_producers() {
    let site = Site::new();
    let alpha = site.node("alpha").set("listen = \"127.0.0.1:0\"").storage_server();
    let provider = alpha.start();
    let pages = Pages::of(&provider);
    let busy = || {
        let statistics: serde_json::Value = serde_json::from_str(&pages.get("/statistics?t=json").text).unwrap();
        statistics["stats"]["statsgrid.sandbox.storage_server.busy_seconds"].as_f64().unwrap()
    };
    // The producer's time grows with its calls: a sample of its own for each reader would show it.
    let samples: std::collections::BTreeSet<u64> = (0..50).map(|_| busy().to_bits()).collect();
    assert!(samples.len() <= 3, "{} samples for 50 readers", samples.len());
    await_until("another sample", PATIENCE, || (!samples.contains(&busy().to_bits())).then_some(()));
}

#[test]
fn an_address_that_is_held_ends_the_start() {
    let site = Site::new();
    let [alpha, beta] = ["alpha", "beta"].map(|name| site.node(name));
    let provider = alpha.set("listen = \"127.0.0.1:0\"").start();
    let held = Pages::of(&provider).address().to_owned();
    let second = beta.set(&format!("listen = {held:?}")).start().ended();
    assert_eq!(second.code, Some(3), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("cannot listen on {held}: ")), "{}", second.stderr);
}
