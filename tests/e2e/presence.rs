//! Words on who is there, in another's name or said again: nobody comes or goes by them.

use std::collections::BTreeMap;

use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Bus, Letter, PlayedProvider, Site};
use statsgrid_wire::Number;
use statsgrid_wire::envelope::KEY_HEADER;

#[test]
fn announcements_and_goodbyes_that_are_replayed_or_forged_change_nothing() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let key = gatherer.key();
    let bus = Bus::connect(&site.server);
    let alpha = site.node("alpha").answers(gatherer.address());
    let mut announcements = bus.subscribe(format!("stats.v1.announce.{key}.{}", alpha.key()));
    let mut goodbyes = bus.subscribe(format!("stats.v1.bye.{key}.{}", alpha.key()));
    let _gathering = gatherer.start(&[]);
    gatherer.await_round();

    let first_run = alpha.start();
    let announced = Letter::from(&announcements.message());
    let first = gatherer.await_record(alpha.key(), "the first run", |record| record.sequence > 0);
    first_run.terminate().succeeded();
    let said_goodbye = Letter::from(&goodbyes.message());
    gatherer.await_own("nobody", |own| present(own) == 0);

    // Its announcement once more does not bring it back.
    bus.publish(announced.clone());
    gatherer.await_own("the replay", |own| rejected(own) == counts([("stale", 1)]));
    assert_eq!(present(&gatherer.await_round()), 0);

    // Nor does its goodbye send its next run away, nor what others say in its name.
    let _second_run = alpha.start();
    gatherer.await_record(alpha.key(), "the second run", |record| record.instance != first.instance);
    let evil = PlayedProvider::new("evil");
    let mut asked = bus.subscribe(format!("stats.v1.poll.{key}.one.{}", evil.key()));
    let says_hello = evil.announce(&evil.announcement(key)).sent_to(announced.subject.clone());
    let says_goodbye = evil.bye(key, first.instance.unwrap()).sent_to(said_goodbye.subject.clone());
    for forged in [says_hello, says_goodbye] {
        bus.publish(forged.clone().with_header(KEY_HEADER, alpha.key().as_str()));
        bus.publish(forged);
    }
    bus.publish(said_goodbye);
    bus.publish(announced);
    let expected = counts([("stale", 3), ("bad_signature", 2), ("wrong_key", 2)]);
    gatherer.await_own("all of it", |own| rejected(own) == expected);
    let own = gatherer.await_round();
    assert_eq!((present(&own), rejected(&own)), (1, expected));
    assert!(asked.so_far().is_empty());
    assert_eq!(gatherer.snapshot().unwrap().records.len(), 2);
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.map(|(reason, count)| (reason.to_owned(), count)).into()
}

/// What was not taken, by reason.
fn rejected(own: &Record) -> BTreeMap<String, u64> {
    let count = |(name, count): (&str, &u64)| Some((name.strip_prefix("statsgrid.rejected.")?.to_owned(), *count));
    own.stats.counters.iter().filter_map(count).filter(|(_, count)| *count > 0).collect()
}

fn present(own: &Record) -> i64 {
    match own.stats.stats.get("statsgrid.providers") {
        Some(Number::Integer(count)) => *count,
        other => panic!("statsgrid.providers is {other:?}"),
    }
}
