//! An honest answer that comes when its round is over: counted, and never put over a newer one.

use statsgrid_tests::{Bus, PlayedProvider, Site, values};
use statsgrid_wire::Number;

#[test]
fn a_late_answer_does_not_hide_a_newer_one() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let echo = PlayedProvider::new("echo");
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let _gathering = gatherer.start(&["--interval", "2s"]);
    let (older, newer) = (polls.message(), polls.message());
    bus.publish(echo.answer(&newer, &echo.sample(&newer, 2, ("echo.value", 2))));
    let before = gatherer.await_record(echo.key(), "the newer answer", |record| record.sequence == 2);
    bus.publish(echo.answer(&older, &echo.sample(&older, 1, ("echo.value", 1))));
    gatherer.await_own("the late answer", |own| own.stats.counters.get("statsgrid.replies_late") == Some(&1));
    let after = gatherer.await_record(echo.key(), "the record", |_| true);
    assert_eq!(values(&after), values(&before));
    assert_eq!(after.stats.stats.get("echo.value"), Some(&Number::Integer(2)));
}

/// Late, but the first that is known: it is better than nothing, and dated by its receipt.
#[test]
fn a_late_answer_is_not_lost() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let echo = PlayedProvider::new("echo");
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let _gathering = gatherer.start(&["--interval", "2s"]);
    let (late, next) = (polls.message(), polls.message());
    bus.publish(echo.answer(&late, &echo.sample(&late, 1, ("echo.value", 1))));
    let record = gatherer.await_record(echo.key(), "the late answer", |record| record.sequence == 1);
    let round = |poll: &async_nats::Message| {
        serde_json::from_slice::<serde_json::Value>(&poll.payload).unwrap()["round"].as_u64().unwrap()
    };
    assert_eq!(record.round, round(&late));
    assert!(record.timestamp.get() >= round(&next), "{record:?}");
}
