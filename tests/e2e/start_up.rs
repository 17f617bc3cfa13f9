//! The order of a provider's start and stop, seen from the other end: the test is the gatherer.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use statsgrid_tests::{Bus, NatsServer, PATIENCE, PlayedGatherer, Site, await_until};
use statsgrid_wire::message::{Answer, Outcome};
use statsgrid_wire::subject::To;

/// The server's own log of what it did has the subscriptions before the announcement, also after it was away.
#[test]
fn subscriptions_come_before_the_announcement() {
    let mut site = Site::with_server("trace: true");
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha").answers(&gatherer.address(&site.server));
    let _provider = node.start();
    let announcement = format!("stats.v1.announce.{}.{} ", gatherer.key(), node.key());
    let in_order = |server: &NatsServer| {
        let log = await_until("the announcement in the server's log", PATIENCE, || {
            Some(server.log()).filter(|log| log.contains(&format!("[HPUB {announcement}")))
        });
        let announced = log.find(&format!("[HPUB {announcement}")).unwrap();
        for subject in gatherer.subjects.polls_for(&gatherer.key(), &node.key()) {
            let subscribed = log.find(&format!("[SUB {subject} "));
            assert!(subscribed.is_some_and(|subscribed| subscribed < announced), "{subject} in\n{log}");
        }
    };
    in_order(&site.server);
    site.server.restart();
    in_order(&site.server);
}

/// Who announces itself listens already: a poll that is sent at once is answered, each time.
#[test]
fn no_poll_is_lost_between_subscription_and_announcement() {
    let site = Site::new();
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha").answers(&gatherer.address(&site.server));
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    for _ in 0..10 {
        let provider = node.start();
        let announced = gatherer.read_announcement(&announcements.message());
        let poll = gatherer.poll(To::All);
        bus.publish(gatherer.seal(&poll));
        let reply = replies.message();
        assert!(reply.subject.contains(&poll.id.to_string()), "{} answers {}", reply.subject, poll.id);
        assert_eq!(gatherer.read_reply(&reply).instance, announced.instance);
        provider.terminate().succeeded();
        // The next one's is to be its own.
        announcements.so_far();
    }
}

/// The producers are ready before the announcement: the first poll gets their stats.
#[test]
fn the_first_poll_gets_the_producers_stats() {
    let site = Site::new();
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha").answers(&gatherer.address(&site.server)).load_monitor().host();
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    let _provider = node.start();
    announcements.message();
    bus.publish(gatherer.seal(&gatherer.poll(To::All)));
    let Answer::Sample(sample) = gatherer.read_reply(&replies.message()).answer else { panic!("it refused") };
    assert_eq!(sample.sequence, 1);
    for (name, stat) in [("load_monitor", "load_monitor.avg_load"), ("host", "host.memory.total")] {
        assert_eq!(sample.producers.get(name).unwrap().outcome, Outcome::Ok);
        assert!(sample.stats.get(stat).is_some(), "{stat} is not in {:?}", sample.stats);
    }
}

/// A gatherer that did not hear the first announcement hears a later one; one that polls hears no more.
#[test]
fn the_announcement_is_repeated_until_a_poll_comes() {
    let site = Site::new();
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha").answers(&gatherer.address(&site.server));
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    let _provider = node.start();
    let said = [(); 3].map(|()| gatherer.read_announcement(&announcements.message()));
    assert!(said.iter().all(|again| again.instance == said[0].instance && again.nickname == "alpha"));
    // The delay is a second, less half of it at most by chance, and grows.
    assert!(said[1].issued_ms - said[0].issued_ms >= 500, "{said:?}");
    assert!(said[2].issued_ms - said[1].issued_ms >= 1_000, "{said:?}");

    bus.publish(gatherer.seal(&gatherer.poll(To::One(node.key()))));
    replies.message();
    announcements.so_far();
    // Without the poll the next would come within 4 s.
    assert!(announcements.within(Duration::from_secs(5)).is_none(), "it goes on announcing itself");
}

/// A clean stop takes leave, in the name of the run that announced itself.
#[test]
fn a_clean_stop_says_goodbye() {
    let site = Site::new();
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha").answers(&gatherer.address(&site.server)).load_monitor();
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut goodbyes = bus.subscribe(gatherer.goodbyes());
    let provider = node.start();
    let announced = gatherer.read_announcement(&announcements.message());
    provider.terminate().succeeded();
    assert_eq!(gatherer.read_bye(&goodbyes.message()).instance, announced.instance);
}

/// Whose identity is not safe never says a word on the bus.
#[test]
fn without_a_safe_identity_there_is_no_announcement() {
    let check = |spoil: fn(&Path), expected: &str| {
        let site = Site::new();
        let gatherer = PlayedGatherer::new();
        let node = site.node("alpha").answers(&gatherer.address(&site.server));
        node.key();
        spoil(&node.seed_path());
        let bus = Bus::connect(&site.server);
        let mut everything = bus.subscribe("stats.>");
        let ended = node.start().ended();
        assert_eq!(ended.code, Some(4), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{expected} is not in {}", ended.stderr);
        assert!(everything.so_far().is_empty());
    };
    check(|seed| fs::set_permissions(seed, Permissions::from_mode(0o644)).unwrap(), "run `chmod 600 ");
    check(
        |seed| fs::set_permissions(seed, Permissions::from_mode(0o640)).unwrap(),
        "has mode 640, and others may read it",
    );
    check(|seed| fs::write(seed, "SUAPRIL").unwrap(), "holds no seed: restore it, or remove it for a new identity");
    check(
        // Root reads every file, but a folder is none.
        |seed| {
            fs::remove_file(seed).unwrap();
            fs::create_dir(seed).unwrap();
            fs::set_permissions(seed, Permissions::from_mode(0o700)).unwrap();
        },
        "not a regular file; remove it, or name another path",
    );
}
