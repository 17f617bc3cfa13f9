//! Prometheus' own client for Python reads the OpenMetrics, and refuses what is not by the rules.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;
use statsgrid_tests::{PATIENCE, Pages, Python, Site, await_until};

use super::LISTEN;

/// Prints the families as JSON: name, type, unit, help, and samples by name with their labels and values.
const READ: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps([[f.name, f.type, f.unit, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]]
                  for f in families]))
";

#[test]
fn its_families_have_types_units_and_times_of_creation() {
    let Some(python) = Python::find("OpenMetrics in Python", "prometheus-client") else { return };
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).storage_server().guest("twenty", "");
    let _provider = alpha.start();
    let gathering = gatherer.start(&LISTEN);
    let pages = Pages::of(&gathering);
    let text = await_until("all descriptions", PATIENCE, || {
        let page = pages.get_accepting("/metrics", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assert_eq!(page.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        (page.text.contains("storage_server_bytes_added_bytes_total")).then_some(page.text)
    });
    let families = read(&python, &text);
    let family = |name: &str| families.iter().find(|family| family[0] == name).unwrap_or_else(|| panic!("no {name}"));
    let added = family("storage_server_bytes_added_bytes");
    assert_eq!((&added[1], &added[2]), (&"counter".into(), &"bytes".into()));
    let [total, created] = [0, 1].map(|place| &added[4][place]);
    assert_eq!((&total[0], total[2].as_f64()), (&"storage_server_bytes_added_bytes_total".into(), Some(0.0)));
    assert_eq!(created[0], "storage_server_bytes_added_bytes_created");
    let started =
        gatherer.snapshot().unwrap().records.remove(&alpha.key()).unwrap().started_at.unwrap().get() as f64 / 1000.0;
    // It is told anew in each reply, by its age: in whole milliseconds.
    assert!((created[2].as_f64().unwrap() - started).abs() < 2.0, "{created} is not about {started}");
    let labels = &total[1];
    assert_eq!(labels["provider"], alpha.key().to_string());
    assert_eq!((&labels["nickname"], &labels["producer"]), (&"alpha".into(), &"storage_server".into()));
    let up = family("statsgrid_provider_up");
    assert_eq!((&up[1], up[4][0][2].as_f64()), (&"gauge".into(), Some(1.0)));
}

pub(super) fn read(python: &Python, text: &str) -> Vec<Value> {
    let mut child = python
        .command()
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
