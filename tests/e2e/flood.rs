//! A hundred thousand strangers who announce themselves as fast as a test can sign for them, in half a minute on two
//! cores: they fill no memory, take no honest node's place, and hold up no round.

use statsgrid_gatherer::snapshot::Record;
use statsgrid_gatherer::trust::Pending;
use statsgrid_tests::{Bus, PATIENCE, PlayedProvider, Site, await_until};
use statsgrid_wire::PublicKey;

const STRANGERS: u64 = 100_000;
/// Keys that may wait for a decision, by SECURITY.md.
const WAITING: usize = 1_000;
/// What the subscription to announcements holds; those beyond are lost when they come faster than they are looked at,
/// and are counted.
const HELD: u64 = 65_536;
/// What the flood may take while it is under way: the queues of messages that are not verified yet.
const QUEUES: u64 = 192 << 20;

#[test]
fn a_flood_of_new_keys_fills_no_memory_and_holds_up_no_round() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let [alpha, beta] = ["alpha", "beta"].map(|name| site.node(name).answers(gatherer.address()));
    gatherer.runs("approve", &[alpha.key().as_str()]).succeeded();
    let (_trusted, _waiting) = (alpha.start(), beta.start());
    let gathering = gatherer.start(&["--enrol", "approve", "--interval", "10s"]);
    await_until("beta waits", PATIENCE, || pending(&gatherer.snapshot_path()).get(&beta.key()).map(|_| ()));
    let before = gatherer.await_own("complete rounds", |own| own.sequence > 1);
    let [resting, _] = gathering.memory();

    let key = gatherer.key();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| announce_strangers(&Bus::connect(&site.server), key, STRANGERS / 2));
        }
    });
    gatherer.await_own("what of it was held", |own| counter(own, "rejected.unknown_provider") >= HELD);
    let own = gatherer.await_round();
    // Beta waits too, and says so in each round.
    let all = counter(&own, "rejected.unknown_provider") >= STRANGERS;
    assert!(all || counter(&own, "messages_lost") > 0, "{own:?}");
    let [_, most] = gathering.memory();
    assert!(most < resting + QUEUES, "{resting} bytes became {most}");

    // Each round was complete, and who was there before the flood still is.
    assert_eq!(counter(&own, "providers_missing"), counter(&before, "providers_missing"));
    assert!(own.sequence > before.sequence);
    let waiting = pending(&gatherer.snapshot_path());
    assert_eq!((waiting.len(), waiting.get(&beta.key()).is_some()), (WAITING, true));
    assert_eq!(gatherer.snapshot().unwrap().records.len(), 2);
    gatherer.runs("approve", &[beta.key().as_str()]).succeeded();
    gatherer.await_record(beta.key(), "the honest one of them", |record| record.sequence > 0);
}

fn announce_strangers(bus: &Bus, gatherer: PublicKey, count: u64) {
    for _ in 0..count {
        let stranger = PlayedProvider::new("stranger");
        bus.publish(stranger.announce(&stranger.announcement(gatherer)));
    }
    bus.settle();
}

fn pending(snapshot: &std::path::Path) -> Pending {
    Pending::read(snapshot).unwrap()
}

fn counter(own: &Record, name: &str) -> u64 {
    own.stats.counters.get(&format!("statsgrid.{name}")).copied().unwrap_or_default()
}
