//! What the status page's modules make of moments, numbers, fleets, curves and addresses: asked in the browser that runs
//! them, for no other engine is needed then.

use serde_json::{Value, json};
use statsgrid_tests::{Browser, Pages, Site};

/// Three providers, as `/api/v1/providers` has them.
const FLEET: &str = r#"[
    { key: "UB", nickname: "node10", label: "node10", state: "ok", last_seen: 20, values: 3, rejected: 0,
      producers: { host: { outcome: "ok", message: null } } },
    { key: "UA", nickname: "node9", label: "node9", state: "partial", last_seen: 10, values: 1, rejected: 0,
      producers: { host: { outcome: "ok", message: null }, disk: { outcome: "trap", message: "Unreachable" } } },
    { key: "UC", nickname: "node1", label: "node1", state: "of a later version", last_seen: null, values: 2, rejected: 0,
      producers: {} },
]"#;

#[test]
fn the_modules_of_the_status_page() {
    let Some(browser) = Browser::start("the modules of the status page") else { return };
    let site = Site::new();
    let gathering = site.gatherer().start(&["--listen", "127.0.0.1:0"]);
    browser.goes_to(&Pages::of(&gathering).url("/"));
    let check = |module: &str, expression: &str, expected: Value| {
        let script = format!("const m = await import('/{module}.js'); return {expression}");
        assert_eq!(browser.runs(&script), expected, "{module}: {expression}");
    };

    for (seconds, words) in [(0.9, "0 s"), (119.9, "119 s"), (120.0, "2 min"), (7_200.0, "2 h"), (864_000.0, "10 days")]
    {
        check("words", &format!("m.span({seconds})"), json!(words));
    }
    check(
        "words",
        "[m.ago(null, 9), m.ago(9, 9), m.ago(9.5, 9), m.ago(60, 9)]",
        json!(["never", "0 s ago", "0 s ago", "51 s ahead"]),
    );
    check(
        "words",
        "[m.took(0.0123), m.took(1.25), m.took(60), m.took(86400)]",
        json!(["12 ms", "1.25 s", "60 s", "24 h"]),
    );
    check("words", "[m.many(1, 'key'), m.many(10000, 'key')]", json!(["1 key", "10,000 keys"]));
    check(
        "words",
        "[0, 0.5, 1234.5678, 1e20, -0.00001].map(m.rounded)",
        json!(["0", "0.5", "1,235", "1.000e+20", "-1.000e-5"]),
    );
    check("words", "m.isoDate(1795358400.5)", json!("2026-11-22T14:40:00.500Z"));

    let shown = |search: &str, how: &str| {
        format!("m.select(m.find(m.prepare({FLEET}), '{search}'), {how}).map(({{ label }}) => label)")
    };
    check("fleet", &shown("", "{}"), json!(["node9", "node1", "node10"]));
    check("fleet", &shown("", "{ sort: 'label' }"), json!(["node1", "node9", "node10"]));
    check("fleet", &shown("", "{ sort: 'label', descending: true }"), json!(["node10", "node9", "node1"]));
    check("fleet", &shown("", "{ sort: 'seen' }"), json!(["node10", "node9", "node1"]));
    check("fleet", &shown("", "{ sort: 'values', descending: true }"), json!(["node10", "node1", "node9"]));
    check("fleet", &shown("", "{ sort: 'producers', descending: true }"), json!(["node9", "node10", "node1"]));
    check("fleet", &shown("NODE unreach", "{}"), json!(["node9"]));
    check("fleet", &shown("ub", "{}"), json!(["node10"]));
    check("fleet", &shown("", "{ state: 'unknown' }"), json!(["node1"]));
    check("fleet", &format!("[...m.counts({FLEET})]"), json!([["ok", 1], ["partial", 1], ["unknown", 1]]));

    check("curve", "m.curve([0, 60], [null, null])", json!(null));
    check("curve", "m.curve([], [])", json!(null));
    check("curve", "m.curve([0, 60, 120], [0, 1, 2]).line", json!("M3 25L60 14L117 3"));
    // A gap, a point alone, and an end that is missing.
    check(
        "curve",
        "(({ line, area, end }) => [line, area, end])(m.curve([0, 30, 60, 90, 120], [1, null, 0, 0, null]))",
        json!(["M3 3h0M60 25L88.5 25", "M60 25L88.5 25V28H60Z", ""]),
    );
    check("curve", "[5, 0].map((at) => m.curve([0, 60], [at, at]).line)", json!(["M3 14L117 14", "M3 25L117 25"]));
    check("curve", "m.curve([0, 60], [-1.7976931348623157e308, 1.7976931348623157e308]).line", json!("M3 25L117 3"));
    check(
        "curve",
        "m.spoken(m.curve([0, 60], [1, 3]), 'bytes', 'the last 60 s')",
        json!("from 1 to 3 bytes in the last 60 s"),
    );
    check("curve", "m.spoken(null, '', 'the last 60 s')", json!("no values in the last 60 s"));

    for hash in ["#/", "#/?search=a+b%26c&state=late&sort=values&order=descending"] {
        check("route", &format!("m.listHash(m.parse('{hash}'))"), json!(hash));
    }
    check("route", "m.listHash(m.parse('#/?state=__proto__&sort=constructor'))", json!("#/"));
    check("route", "m.parse(m.providerHash('a/b'))", json!({ "view": "provider", "key": "a/b" }));
    check("route", "m.parse('#/provider/%')", json!({ "view": "provider", "key": "%" }));

    // A counter and a stat may have one name.
    check(
        "values",
        "m.groups([{ name: 'b.x' }, { name: 'a.y' }, { name: 'b.x' }]).map(([of, held]) => [of, held.map(({ id }) => id)])",
        json!([["a", ["a.y"]], ["b", ["b.x", "b.x again"]]]),
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
