//! Hostile JSON from a node that people trust, honestly signed: it costs the node its reply, and nobody else anything.

use statsgrid_tests::{Bus, Letter, PlayedProvider, Site, hostile_bodies};
use statsgrid_wire::Number;

#[test]
fn hostile_json_from_a_trusted_node_is_dropped() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let (echo, alpha) = (PlayedProvider::new("echo"), site.node("alpha").answers(gatherer.address()));
    for key in [echo.key(), alpha.key()] {
        gatherer.runs("approve", &[key.as_str()]).succeeded();
    }
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let _provider = alpha.start();
    let gathering = gatherer.start(&["--enrol", "approve", "--interval", "2s"]);
    let poll = polls.message();
    bus.publish(echo.answer(&poll, &echo.sample(&poll, 1, ("echo.value", 1))));
    let poll = polls.message();
    let honest = echo.answer(&poll, &echo.sample(&poll, 2, ("echo.value", 2)));
    let bodies = hostile_bodies(std::str::from_utf8(&honest.body).unwrap(), "sequence", 64 * 1024);
    let count = bodies.len() as u64;
    let [before, _] = gathering.memory();
    for body in bodies {
        bus.publish(Letter::signed(&echo.identity, "reply", &honest.subject, body));
    }
    // The same poll is still open to an honest answer.
    bus.publish(honest);
    let record = gatherer.await_record(echo.key(), "the honest answer", |record| record.sequence == 2);
    assert_eq!(record.stats.stats.get("echo.value"), Some(&Number::Integer(2)));
    let own = gatherer.await_round();
    let rejected =
        own.stats.counters.iter().filter(|(name, count)| name.starts_with("statsgrid.rejected.") && **count > 0);
    let rejected: Vec<_> = rejected.collect();
    assert_eq!(rejected, [("statsgrid.rejected.malformed", &count)]);
    assert_eq!(gatherer.snapshot().unwrap().records[&echo.key()].rejected.get("malformed"), Some(&count));
    let [_, most] = gathering.memory();
    assert!(most < before + (32 << 20), "{before} bytes became {most}");
    let last = gatherer.await_record(alpha.key(), "its neighbour", |_| true).sequence;
    gatherer.await_record(alpha.key(), "more of its neighbour", |record| record.sequence > last);
}
