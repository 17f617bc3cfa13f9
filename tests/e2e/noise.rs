//! Ten megabytes of noise on each subject that a daemon hears: all of it is counted, and rounds go on meanwhile.

use std::collections::BTreeMap;

use statsgrid_tests::{Bus, Letter, PATIENCE, PlayedGatherer, PlayedProvider, Random, Site, await_until};
use statsgrid_wire::message::{Answer, Sample};
use statsgrid_wire::subject::To;
use statsgrid_wire::{Named, PublicKey};

/// Messages as large as a server takes by default, which is 1 MiB: 5 MB.
const HUGE: (u64, usize) = (5, 1_000_000);
/// Messages as large as any kind may be, without a seal and with one that is made up: 5 MB.
const LARGE: (u64, usize) = (640, 8 * 1024);

#[test]
fn noise_on_each_subject_of_a_gatherer_holds_up_no_round() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let (key, alpha) = (gatherer.key(), site.node("alpha").answers(gatherer.address()));
    let (_provider, gathering) = (alpha.start(), gatherer.start(&[]));
    let complete = gatherer.await_own("a complete round", |own| own.sequence > 2);
    let bus = Bus::connect(&site.server);
    let subject = PlayedProvider::new("evil").instance;
    let subjects = [
        format!("stats.v1.reply.{key}.all.{subject}.{}", alpha.key()),
        format!("stats.v1.announce.{key}.{}", alpha.key()),
        format!("stats.v1.bye.{key}.{}", alpha.key()),
    ];
    for (seed, subject) in subjects.iter().enumerate() {
        make_noise(&bus, subject, alpha.key(), seed as u64);
    }
    let expected = expected(subjects.len() as u64);
    let own =
        gatherer.await_own("all of the noise", |own| by_reason(&own.stats.counters, "statsgrid.rejected.") == expected);
    let count = |name: &str, own: &statsgrid_gatherer::snapshot::Record| own.stats.counters.get(name).copied();
    for name in ["statsgrid.providers_missing", "statsgrid.messages_lost"] {
        assert_eq!(count(name, &own), count(name, &complete), "{name}: {}", gathering.stderr());
    }
    let before = gatherer.await_record(alpha.key(), "its record", |_| true).sequence;
    gatherer.await_record(alpha.key(), "more of it", |record| record.sequence > before);
}

#[test]
fn noise_on_each_subject_of_a_provider_keeps_no_poll_from_it() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let gatherer = PlayedGatherer::new();
    let alpha = site.node("alpha").answers(&gatherer.address(&site.server));
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    let _provider = alpha.start();
    announcements.message();
    let key = gatherer.key();
    let subjects = ["all".to_owned(), "shard.1.1".to_owned(), format!("one.{}", alpha.key())];
    let mut ask = || -> Sample {
        bus.publish(gatherer.seal(&gatherer.poll(To::All)));
        match gatherer.read_reply(&replies.message()).answer {
            Answer::Sample(sample) => *sample,
            Answer::Refusal(refusal) => panic!("{refusal:?}"),
        }
    };
    for (seed, subject) in subjects.iter().enumerate() {
        make_noise(&bus, &format!("stats.v1.poll.{key}.{subject}"), key, seed as u64);
        ask();
    }
    // Each subject is heard by itself, so what came on others may be behind.
    await_until("all of the noise", PATIENCE, || {
        let dropped = by_reason(&ask().counters, "statsgrid.polls_dropped.");
        (dropped == expected(subjects.len() as u64)).then_some(())
    });
    assert_eq!(ask().counters.get("statsgrid.polls_lost"), None);
}

/// Says it on `subject`, some of it in the name of `signer`.
fn make_noise(bus: &Bus, subject: &str, signer: PublicKey, seed: u64) {
    let mut random = Random::seeded(seed);
    let mut noise = |bytes: usize| -> Vec<u8> {
        let numbers = std::iter::repeat_with(|| random.next_number());
        numbers.flat_map(u64::to_le_bytes).take(bytes).collect()
    };
    let unsigned = |body: Vec<u8>| Letter { subject: subject.to_owned(), headers: Vec::new(), body };
    for _ in 0..HUGE.0 {
        bus.publish(unsigned(noise(HUGE.1)));
    }
    let forger = PlayedProvider::new("evil").identity;
    let signed = Letter::signed(&forger, "reply", subject, noise(64)).with_header("Statsgrid-Key", signer.as_str());
    for index in 0..LARGE.0 {
        let letter = unsigned(noise(LARGE.1));
        bus.publish(if index % 2 == 0 { letter } else { Letter { body: letter.body, ..signed.clone() } });
    }
    bus.settle();
}

/// What the noise on so many subjects is counted as.
fn expected(subjects: u64) -> BTreeMap<String, u64> {
    let counts = [("too_large", HUGE.0), ("unsigned", LARGE.0 / 2), ("bad_signature", LARGE.0 / 2)];
    counts.map(|(reason, count)| (reason.to_owned(), count * subjects)).into()
}

fn by_reason(counters: &Named<u64>, start: &str) -> BTreeMap<String, u64> {
    let count = |(name, count): (&str, &u64)| Some((name.strip_prefix(start)?.to_owned(), *count));
    counters.iter().filter_map(count).filter(|(_, count)| *count > 0).collect()
}
