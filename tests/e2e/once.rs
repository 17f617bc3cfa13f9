//! `stats-gatherer run --once`: one round to its deadline, and an exit code that says how it went.

use statsgrid_tests::{Bus, PlayedProvider, Process, Site};

/// One round that waits for 3 s.
const ONCE: [&str; 5] = ["--once", "--interval", "10s", "--deadline", "3s"];

#[test]
fn all_answered() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address());
    let provider = node.start();
    provider.await_log("connected to");
    let once = gatherer.start(&ONCE).ended();
    assert_eq!((once.code, once.stderr.lines().last()), (Some(0), Some("stats-gatherer: 1 of 1 providers answered")));
    let snapshot = gatherer.snapshot().unwrap();
    assert_eq!(snapshot.records.len(), 2);
    assert_eq!(snapshot.records[&node.key()].sequence, 1);
}

#[test]
fn somebody_was_missing() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let key = gatherer.key();
    let bus = Bus::connect(&site.server);
    let [echo, mute] = ["echo", "mute"].map(PlayedProvider::new);
    let mut polls = bus.subscribe(format!("stats.v1.poll.{key}.all"));
    let once = gatherer.start(&ONCE);
    let poll = polls.message();
    bus.publish(mute.announce(&mute.announcement(key)));
    bus.publish(echo.answer(&poll, &echo.sample(&poll, 1, ("echo.value", 1))));
    let once = once.ended();
    assert_eq!((once.code, once.stderr.lines().last()), (Some(9), Some("stats-gatherer: 1 of 2 providers answered")));
    let snapshot = gatherer.snapshot().unwrap();
    let mute = &snapshot.records[&mute.key()];
    assert_eq!((mute.nickname.as_str(), mute.timestamp.get(), mute.stats.stats.len()), ("mute", 0, 0));
}

#[test]
fn nobody_was_there() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let once = gatherer.start(&ONCE).ended();
    assert_eq!((once.code, once.stderr.lines().last()), (Some(9), Some("stats-gatherer: 0 of 0 providers answered")));
    assert_eq!(gatherer.snapshot().unwrap().records.len(), 1);
}

#[test]
fn there_was_no_server() {
    let mut site = Site::new();
    let gatherer = site.gatherer();
    site.server.stop();
    let once = Process::start("once", gatherer.folder(), gatherer.command(&ONCE)).ended();
    let expected = format!("stats-gatherer: no NATS server was reached at {} within 3s", site.server.url());
    assert_eq!((once.code, once.stderr.lines().last()), (Some(6), Some(expected.as_str())));
    assert_eq!(gatherer.snapshot(), None);
}
