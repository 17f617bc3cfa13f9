//! What a node counted outlives its provider, where that is wanted; the snapshot says since when it counts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Bus, Node, PATIENCE, PlayedGatherer, Process, Random, Site, await_until};
use statsgrid_wire::message::{Answer, Sample};
use statsgrid_wire::subject::To;

/// How far the start of kept counters may be off after a restart: the way of a reply, on a busy machine.
const JITTER_MS: u64 = 1_000;

#[test]
fn kept_counters_outlive_a_stop_and_a_kill() {
    for killed in [false, true] {
        let (before, after) = over_a_restart(killed, Node::keeps_counters);
        assert_eq!(counter(&after, "app.visits"), 5, "killed: {killed}");
        // A stop keeps what the last reply itself counted, a kill what it showed.
        let answered = counter(&before, "statsgrid.polls_answered") + u64::from(!killed);
        assert!(counter(&after, "statsgrid.polls_answered") >= answered, "killed: {killed}: {after:?}");
        assert_ne!(before.instance, after.instance);
        let started = [&before, &after].map(|record| record.started_at.unwrap().get());
        assert!(started[0].abs_diff(started[1]) < JITTER_MS, "killed: {killed}: {started:?}");
    }
}

#[test]
fn without_it_counters_start_at_0_and_the_snapshot_says_when() {
    let (before, after) = over_a_restart(true, |node| node);
    assert_eq!(after.stats.counters.get("app.visits"), None);
    assert!(after.started_at.unwrap() > before.timestamp, "{after:?}");
}

/// The records of a node before and after its provider was stopped or killed: five visits were counted before.
fn over_a_restart(killed: bool, configure: impl Fn(Node) -> Node) -> (Record, Record) {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = configure(site.node("alpha").answers(gatherer.address()).statsd());
    let provider = node.start();
    let _gathering = gatherer.start(&[]);
    visit(&node, 5);
    let before = gatherer.await_record(node.key(), "visits, and an age beyond any jitter", |record| {
        let age = record.started_at.map(|started_at| record.timestamp.get() - started_at.get());
        record.stats.counters.get("app.visits") == Some(&5) && age > Some(3 * JITTER_MS)
    });
    if killed {
        provider.kill();
    } else {
        provider.terminate().succeeded();
    }
    // Rounds may have come between the look and the end.
    let before = gatherer.snapshot().unwrap().records.remove(&node.key()).unwrap_or(before);
    let _provider = node.start();
    let after = gatherer.await_record(node.key(), "the next run", |record| record.instance != before.instance);
    (before, after)
}

/// Killed at random moments while it answers, and so while it writes, it never shows less than it has shown.
#[test]
fn killed_in_mid_reply_no_counter_goes_down() {
    let site = Site::new();
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha").answers(&gatherer.address(&site.server)).statsd().keeps_counters();
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    let mut random = Random::seeded(7);
    let mut shown: BTreeMap<String, u64> = BTreeMap::new();
    let (mut asked, mut answered) = (0, 0);
    for kill in 0..20 {
        let mut provider = node.start();
        gatherer.read_announcement(&announcements.message());
        let polls = 1 + random.next_number() % 8;
        for _ in 0..polls {
            visit(&node, 1);
            bus.publish(gatherer.seal(&gatherer.poll(To::All)));
            assert!(provider.ends_within(random.next_duration(Duration::from_millis(25))).is_none());
        }
        provider.kill();
        asked += polls as usize;
        announcements.so_far();
        let samples: Vec<Sample> = replies.so_far().iter().map(|reply| sample(&gatherer, reply)).collect();
        answered += samples.len();
        assert!(samples.iter().all(|sample| sample.sequence <= polls), "samples are counted anew in each run");
        let earlier = shown.clone();
        for (name, value) in samples.iter().flat_map(|sample| sample.counters.iter()) {
            assert!(
                earlier.get(name) <= Some(value),
                "kill {kill}: {name} went from {:?} to {value}",
                earlier.get(name)
            );
            let highest = shown.entry(name.to_owned()).or_default();
            *highest = (*highest).max(*value);
        }
    }
    assert!(answered > 20 && answered < asked, "{answered} of {asked} polls were answered: no kill hit a reply");
    assert!(shown["app.visits"] > 20, "{shown:?}");
}

#[test]
fn a_second_provider_on_the_same_counters_refuses() {
    let site = Site::new();
    let node = site.node("alpha").keeps_counters();
    let first = node.start();
    first.await_log("no bus is used");
    let second = Process::start("second", node.folder(), node.command("run")).ended();
    assert_eq!(second.code, Some(8), "{}", second.stderr);
    let holder = format!("counters.json.lock is held by another provider (process {}): stop that one", first.id());
    assert!(second.stderr.contains(&holder), "{}", second.stderr);
    // One reading needs no lock.
    Process::start("once", node.folder(), node.command("once")).ended().succeeded();

    // The lock is the kernel's: it ends with a killed provider, whose file stays.
    first.kill();
    node.start().await_log("no bus is used");
}

#[test]
fn a_file_of_no_use_is_set_aside() {
    let check = |text: &str, expected: &str| {
        let site = Site::new();
        let node = site.node("alpha").keeps_counters();
        fs::write(node.counters_path(), text).unwrap();
        let provider = node.start();
        provider.await_log("no bus is used");
        let log = provider.stderr();
        assert!(log.contains(expected) && log.contains("counting starts at 0"), "{log}");
        provider.terminate().succeeded();
        let names = node.folder().read_dir().unwrap().map(|entry| entry.unwrap().path());
        let aside: Vec<_> = names.filter(|path| path.to_string_lossy().contains("counters.json.unread-")).collect();
        assert_eq!(fs::read_to_string(&aside[0]).unwrap(), text);
        assert!(fs::read_to_string(node.counters_path()).unwrap().contains("\"schema\": 1"));
    };
    check("{\"schema\": 1, \"cou", "holds no counters");
    check("{\"schema\": 2}", "has schema 2, and this version reads 1 at most");
}

/// Counts visits over the statsd socket.
fn visit(node: &Node, times: u64) {
    let program = UnixDatagram::unbound().unwrap();
    let line = format!("visits:{times}|c");
    await_until("the socket", PATIENCE, || program.send_to(line.as_bytes(), node.socket()).ok());
}

fn sample(gatherer: &PlayedGatherer, reply: &async_nats::Message) -> Sample {
    match gatherer.read_reply(reply).answer {
        Answer::Sample(sample) => *sample,
        Answer::Refusal(refusal) => panic!("{refusal:?}"),
    }
}

fn counter(record: &Record, name: &str) -> u64 {
    *record.stats.counters.get(name).unwrap_or_else(|| panic!("{name} is not in {record:?}"))
}
