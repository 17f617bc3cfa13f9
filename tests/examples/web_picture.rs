//! Takes the README's picture of the status page: three nodes and a gatherer as people start them, one node with a producer
//! that computes without end, in Debian's Chromium.
//!
//! Run by tests/tools/web-picture; its argument is the file that is written, and the name of a node may follow, whose own
//! page it then is.
#![allow(clippy::expect_used, reason = "who takes a picture sees what went wrong")]

use std::env;
use std::fs;

use serde_json::Value;
use statsgrid_tests::{Browser, Node, PATIENCE, Pages, Site, await_until};

/// Rounds, one a second, whose curves are in the picture of one provider.
const ROUNDS: u64 = 45;

fn main() {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().expect("usage: web_picture FILE [alpha|beta|gamma]");
    let Some(browser) = Browser::start("the picture") else {
        return eprintln!("there is no Chromium: get it with `sudo apt-get install chromium chromium-driver`");
    };
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = |name| site.node(name).answers(gatherer.address()).load_monitor().storage_server().host();
    let nodes = [node("alpha"), node("beta"), node("gamma").guest("loop", "timeout = \"200ms\"")];
    let _providers = nodes.each_ref().map(Node::start);
    let gathering = gatherer.start(&["--listen", "127.0.0.1:0"]);
    let pages = Pages::of(&gathering);
    let of = arguments.next().and_then(|name| nodes.iter().find(|node| node.name() == name));
    let rounds = || pages.json("/api/v1/round").get("rounds").and_then(Value::as_u64).unwrap_or_default();
    let wanted = if of.is_some() { ROUNDS } else { 5 };
    // A second each, which may be longer than a test would wait.
    for round in 1..=wanted {
        await_until("a round", PATIENCE, || (rounds() >= round).then_some(()));
    }
    browser.is_sized(1200, if of.is_some() { 900 } else { 500 });
    let page = of.map(|node| format!("#/provider/{}", node.key())).unwrap_or_default();
    browser.goes_to(&pages.url(&format!("/{page}")));
    let is_there = match of {
        None => {
            "document.querySelectorAll('#providers tr[data-state=ok]').length === 2 && document.querySelector('#providers tr[data-state=partial]')"
        }
        Some(_) => "document.querySelector('#values tr[data-name]')",
    };
    browser.awaits(is_there);
    fs::write(file, browser.screenshot()).expect("the file can be written");
}
