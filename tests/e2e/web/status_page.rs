//! The status page in a browser, with the real gatherer behind it: what is on the screen.

use std::collections::BTreeMap;

use statsgrid_gatherer::snapshot::{Millis, Record, RoundOutcome, Stats};
use statsgrid_tests::{Browser, Pages, Process, Site, keys, now_ms};
use statsgrid_wire::{Number, PublicKey};

use super::{LISTEN, new_key, restored};

fn row(key: impl std::fmt::Display) -> String {
    format!("#providers tr[data-key=\"{key}\"]")
}

#[test]
fn who_is_there_and_how_they_do() {
    let Some(browser) = Browser::start("the status page in a browser") else { return };
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).load_monitor().host();
    let beta = site.node("beta").answers(gatherer.address()).load_monitor().guest("trap", "");
    let _providers = [alpha.start(), beta.start()];
    let gathering = gatherer.start(&LISTEN);
    let pages = Pages::of(&gathering);
    browser.goes_to(&pages.url("/"));

    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length === 2");
    browser.awaits(&format!("document.querySelector({:?})?.dataset.state === 'ok'", row(alpha.key())));
    browser.awaits(&format!("document.querySelector({:?})?.dataset.state === 'partial'", row(beta.key())));
    assert!(browser.text(&format!("{} [data-field=label]", row(alpha.key()))).contains("alpha"));
    let producers = browser.text(&format!("{} [data-field=producers]", row(beta.key())));
    assert!(producers.contains("trap"), "{producers}");
    assert!(browser.text("#standing").contains('2'), "{}", browser.text("#standing"));

    finds_and_sorts(&browser);
    opens_one(&browser, alpha.key());
    assert_eq!(browser.complaints(), Vec::<String>::new());

    gathering.terminate().succeeded();
    browser.awaits("document.querySelector('#banner').hidden === false");
}

fn finds_and_sorts(browser: &Browser) {
    browser.presses("/");
    browser.presses("bet");
    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length === 1");
    assert!(browser.text("#providers tr[data-key] [data-field=label]").contains("beta"));
    browser.presses(keys::ESCAPE);
    browser.runs("const search = document.querySelector('#search'); search.value = ''; search.dispatchEvent(new Event('input', { bubbles: true }))");
    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length === 2");
    let first = "document.querySelector('#providers tr[data-key] [data-field=label]').innerText";
    browser.clicks("#providers th[data-sort=label] button");
    browser.awaits("document.querySelector('#providers th[data-sort=label]').getAttribute('aria-sort') !== 'none'");
    let sorted = browser.runs(&format!("return {first}"));
    browser.clicks("#providers th[data-sort=label] button");
    browser.awaits(&format!("{first} !== {sorted}"));
}

/// By the keyboard alone, and back.
fn opens_one(browser: &Browser, key: PublicKey) {
    browser.runs(&format!("location.hash = '#/provider/{key}'"));
    browser.awaits(&format!("document.querySelector('#provider')?.dataset.key === '{key}'"));
    browser.awaits("document.querySelectorAll('#values tr[data-name]').length > 20");
    let memory = "#values tr[data-name=\"host.memory.total\"]";
    let total: u64 = browser.text(&format!("{memory} [data-field=value]")).parse().unwrap();
    assert!(total > 1 << 20, "{total}");
    assert!(browser.text(&format!("{memory} [data-field=unit]")).contains("bytes"));
    // A line of at least two rounds.
    let line = format!("{memory} [data-field=curve] path.line");
    browser.awaits(&format!("document.querySelector({line:?})?.getAttribute('d')?.includes('L')"));
    browser.presses(keys::ESCAPE);
    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length === 2");
    browser.goes_back();
    browser.awaits(&format!("document.querySelector('#provider')?.dataset.key === '{key}'"));
    browser.goes_to(browser.runs("return location.origin + '/'").as_str().unwrap());
    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length === 2");
}

/// A gatherer with so many providers.
fn fleet(site: &Site, count: usize) -> (Process, Vec<PublicKey>) {
    let record = |number: usize| Record {
        timestamp: Millis::new(now_ms() - 1_000),
        outcome: Some(if number.is_multiple_of(100) { RoundOutcome::Late } else { RoundOutcome::Ok }),
        stats: Stats { stats: [("s.load", Number::Integer(number as i64))].into_iter().collect(), ..Stats::default() },
        ..Record::unanswered(format!("node-{number:05}"))
    };
    let records: BTreeMap<PublicKey, Record> = (0..count).map(|number| (new_key(), record(number))).collect();
    let keys = records.keys().copied().collect();
    (restored(&site.gatherer(), &records), keys)
}

#[test]
fn ten_thousand_are_as_quick_as_ten() {
    let Some(browser) = Browser::start("10,000 providers in a browser") else { return };
    let site = Site::new();
    let (gathering, keys) = fleet(&site, 10_000);
    let pages = Pages::of(&gathering);
    browser.goes_to(&pages.url("/"));
    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length > 5");
    // Those that are not on the screen are not made.
    let rows = browser.runs("return document.querySelectorAll('#providers tr[data-key]').length").as_u64().unwrap();
    assert!(rows < 200, "{rows} rows");
    assert_eq!(browser.runs("return document.querySelector('#providers [aria-rowcount]')?.getAttribute('aria-rowcount') ?? document.querySelector('#providers').getAttribute('aria-rowcount')"), "10001");
    browser.presses("/");
    browser.presses("node-07654");
    browser.awaits("document.querySelectorAll('#providers tr[data-key]').length === 1");
    assert!(browser.text("#providers tr[data-key] [data-field=label]").contains("node-07654"));
    browser.runs("const search = document.querySelector('#search'); search.value = ''; search.dispatchEvent(new Event('input', { bubbles: true }))");
    browser.clicks("#states button[data-state=late]");
    browser.awaits("document.querySelector('#found').innerText.includes('100')");
    assert_eq!(keys.len(), 10_000);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn dark_and_narrow() {
    let Some(browser) = Browser::start("a narrow and dark status page") else { return };
    let site = Site::new();
    let (gathering, keys) = fleet(&site, 30);
    let pages = Pages::of(&gathering);
    browser.is_sized(320, 640);
    for page in ["/".to_owned(), format!("/#/provider/{}", keys[0])] {
        browser.goes_to(&pages.url(&page));
        browser.awaits("document.querySelector('#providers tr[data-key], #values tr[data-name]')");
        let overflow =
            browser.runs("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(overflow, 0, "{page} is wider than the screen");
    }
    let background = |scheme: &str| {
        browser.prefers(scheme);
        browser.runs("return getComputedStyle(document.body).backgroundColor").as_str().unwrap().to_owned()
    };
    assert_ne!(background("dark"), background("light"));
}
