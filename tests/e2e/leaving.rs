//! Providers that go: with a word, without one, and those in whose name somebody says goodbye.

use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Bus, PlayedProvider, Site, values};
use statsgrid_wire::{Id, Number};

#[test]
fn who_says_goodbye_leaves_the_roster_and_its_record_stays() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let address = gatherer.address();
    let [alpha, beta] = ["alpha", "beta"].map(|name| site.node(name).answers(address).load_monitor());
    let (provider, _other) = (alpha.start(), beta.start());
    let _gathering = gatherer.start(&["--interval", "2s"]);
    let before = gatherer.await_own("two providers", |own| present(own) == 2);

    let key = alpha.key();
    provider.terminate().succeeded();
    let own = gatherer.await_own("one provider", |own| present(own) == 1);
    assert_eq!(missing(&own), missing(&before), "it was not waited for");
    let record = gatherer.snapshot().unwrap().records[&key].clone();
    assert!(record.stats.stats.get("load_monitor.avg_load").is_some());
    gatherer.await_round();
    assert_eq!(values(&gatherer.snapshot().unwrap().records[&key]), values(&record));

    // It comes back as another run of the same node.
    let _provider = alpha.start();
    let again = gatherer.await_record(key, "its next run", |again| again.instance != record.instance);
    assert_eq!((again.nickname.as_str(), again.started_at > record.started_at), ("alpha", true));
    gatherer.await_own("two providers again", |own| present(own) == 2);
}

#[test]
fn who_is_gone_without_a_word_is_missed_for_a_while() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let provider = node.start();
    let _gathering = gatherer.start(&[]);
    let key = node.key();
    gatherer.await_record(key, "alpha", |record| record.sequence > 0);
    let before = gatherer.await_own("a complete round", |own| present(own) == 1 && own.sequence > 1);
    provider.kill();
    let own = gatherer.await_own("a round without it", |own| {
        present(own) == 1 && own.stats.stats.get("statsgrid.providers_answered") == Some(&Number::Integer(0))
    });
    assert!(own.stats.counters.get("statsgrid.asked_again") >= Some(&1), "{own:?}");
    let record = gatherer.snapshot().unwrap().records[&key].clone();
    let own = gatherer.await_own("an empty roster", |own| present(own) == 0);
    assert_eq!(missing(&own) - missing(&before), 5);
    assert_eq!(values(&gatherer.snapshot().unwrap().records[&key]), values(&record));
}

#[test]
fn a_goodbye_counts_for_the_run_that_says_it() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let key = gatherer.key();
    let bus = Bus::connect(&site.server);
    let echo = PlayedProvider::new("echo");
    let mut polls = bus.subscribe(format!("stats.v1.poll.{key}.all"));
    let _gathering = gatherer.start(&[]);
    let poll = polls.message();
    bus.publish(echo.answer(&poll, &echo.sample(&poll, 1, ("echo.value", 1))));
    gatherer.await_own("echo", |own| present(own) == 1);

    // The goodbye of an earlier run, which the bus has kept for long.
    bus.publish(echo.bye(key, Id::random().unwrap()));
    bus.settle();
    gatherer.await_round();
    assert_eq!(present(&gatherer.await_round()), 1);

    bus.publish(echo.bye(key, echo.instance));
    gatherer.await_own("nobody", |own| present(own) == 0);
}

fn missing(own: &Record) -> u64 {
    *own.stats.counters.get("statsgrid.providers_missing").unwrap()
}

fn present(own: &Record) -> i64 {
    match own.stats.stats.get("statsgrid.providers") {
        Some(Number::Integer(count)) => *count,
        other => panic!("statsgrid.providers is {other:?}"),
    }
}
