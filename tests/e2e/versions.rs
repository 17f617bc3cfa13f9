//! A provider and a gatherer that are one message version apart: each says so, and whose version is the older one,
//! while those beside them that speak one version go on.

use statsgrid_tests::{Bus, Letter, PlayedGatherer, PlayedProvider, Site};
use statsgrid_wire::Identity;
use statsgrid_wire::subject::To;

/// What somebody of the next version says: the same, sealed as that version does.
fn in_version_2(identity: &Identity, kind: &str, letter: Letter) -> Letter {
    Letter::signed_in_version("2", identity, kind, &letter.subject, letter.body)
}

#[test]
fn one_version_apart_is_said_on_both_sides_and_harms_nobody_else() {
    let site = Site::new();
    let (gatherer, newer_gatherer) = (site.gatherer(), PlayedGatherer::new());
    let alpha = site.node("alpha").answers(gatherer.address()).answers(&newer_gatherer.address(&site.server));
    let newer_provider = PlayedProvider::new("newer");
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(newer_gatherer.announcements());
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let mut answers = bus.subscribe(newer_gatherer.replies());
    let provider = alpha.start();
    let gathering = gatherer.start(&[]);

    announcements.message();
    let poll = newer_gatherer.seal(&newer_gatherer.poll(To::All));
    bus.publish(in_version_2(&newer_gatherer.identity, "poll", poll));
    provider.await_log(&format!(
        "a poll was dropped: unsupported_version: the poll on a subject of {} has message version \"2\", \
        and this side speaks \"1\": update this side",
        newer_gatherer.key()
    ));

    // Who polls has subscribed to announcements.
    let poll = polls.message();
    let newer = &newer_provider.identity;
    let announcement = newer_provider.announce(&newer_provider.announcement(gatherer.key()));
    bus.publish(in_version_2(newer, "announce", announcement));
    gathering.await_log(&format!(
        "a message was not taken: unsupported_version: the announce on a subject of {} has message version \"2\", \
        and this side speaks \"1\": update this side",
        newer_provider.key()
    ));
    let answer = newer_provider.answer(&poll, &newer_provider.sample(&poll, 1, ("newer.value", 1)));
    bus.publish(in_version_2(newer, "reply", answer));
    let count = |counters: &statsgrid_wire::Named<u64>, name: &str| counters.get(name).copied();
    gatherer.await_own("both messages are counted", |own| {
        count(&own.stats.counters, "statsgrid.rejected.unsupported_version") == Some(2)
    });

    // Those of one version go on, and tell how often the provider was asked in another.
    let asked = "statsgrid.polls_dropped.unsupported_version";
    let record = gatherer
        .await_record(alpha.key(), "the poll is counted", |alpha| count(&alpha.stats.counters, asked) == Some(1));
    gatherer.await_record(alpha.key(), "a later sample", |alpha| alpha.sequence > record.sequence);
    assert!(!gatherer.snapshot().unwrap().records.contains_key(&newer_provider.key()));
    assert!(answers.so_far().is_empty());
}
