//! Forged and hostile messages to a gatherer: none reaches the snapshot, and each is counted under its reason.

use std::collections::BTreeMap;
use std::fs;

use async_nats::Message;
use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Bus, Gatherer, Letter, Node, PlayedGatherer, PlayedProvider, Site, Subscription, now_ms};
use statsgrid_wire::envelope::{KEY_HEADER, VERSION_HEADER};
use statsgrid_wire::message::{Announcement, Answer, Refusal, RefusalReason};
use statsgrid_wire::subject::{To, Topic};
use statsgrid_wire::{Id, Number, Reason, Unknown};

/// What must never be in a snapshot: the nickname of every forger and the name of every forged stat hold it.
const EVIL: &str = "evil";

/// A gatherer with an honest provider (alpha, the real one) and an honest one that the test plays (echo), whose answers
/// to two polls have become records.
struct Scene<'a> {
    gatherer: &'a Gatherer,
    bus: &'a Bus,
    alpha: Node,
    echo: PlayedProvider,
    forger: PlayedProvider,
    /// A poll to all, long ago, and alpha's answer to it.
    old_answer: Message,
    /// A poll to all of a moment ago, and the answers to it.
    poll: Message,
    alphas_answer: Message,
    echos_answer: Letter,
    /// A poll of this round to echo alone.
    to_echo: Message,
}

#[test]
fn nothing_forged_reaches_the_snapshot() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let alpha = site.node("alpha").answers(gatherer.address());
    let _provider = alpha.start();
    let key = gatherer.key();
    let mut answers = bus.subscribe(format!("stats.v1.reply.{key}.all.*.{}", alpha.key()));
    let mut polls = bus.subscribe(format!("stats.v1.poll.{key}.all"));
    let _gathering = gatherer.start(&["--interval", "2s"]);
    let scene = Scene::set(&gatherer, &bus, alpha, &mut polls, &mut answers);

    for letter in scene.forgeries() {
        bus.publish(letter);
    }
    let expected = [
        (Reason::TooLarge, 1),
        (Reason::Unsigned, 3),
        (Reason::UnsupportedVersion, 1),
        (Reason::WrongKey, 4),
        (Reason::OtherGatherer, 0),
        (Reason::UnknownProvider, 1),
        (Reason::Revoked, 0),
        (Reason::BadSignature, 4),
        (Reason::Malformed, 4),
        (Reason::WrongPoll, 5),
        (Reason::Stale, 2),
        (Reason::Duplicate, 3),
    ];
    let expected = expected.map(|(reason, count)| (reason.label().to_owned(), count));
    scene.await_rejections(&BTreeMap::from(expected));

    scene.gatherer.await_round();
    let text = fs::read_to_string(gatherer.snapshot_path()).unwrap();
    assert!(!text.contains(EVIL), "{text}");
    let snapshot = gatherer.snapshot().unwrap();
    let mut keys: Vec<_> = snapshot.records.keys().copied().collect();
    let mut honest = vec![key, scene.alpha.key(), scene.echo.key()];
    keys.sort();
    honest.sort();
    assert_eq!(keys, honest);
    let echo = &snapshot.records[&scene.echo.key()];
    assert_eq!(echo.stats.stats.get("echo.value"), Some(&Number::Integer(1)));
    assert_eq!((echo.sequence, echo.stats.stats.len()), (1, 1));
    assert_eq!(snapshot.records[&scene.alpha.key()].nickname, "alpha");
}

impl<'a> Scene<'a> {
    fn set(
        gatherer: &'a Gatherer,
        bus: &'a Bus,
        alpha: Node,
        polls: &mut Subscription<'_>,
        answers: &mut Subscription<'_>,
    ) -> Self {
        let (echo, forger) = (PlayedProvider::new("echo"), PlayedProvider::new(EVIL));
        let key = gatherer.key();
        let mut directed = bus.subscribe(format!("stats.v1.poll.{key}.one.{}", echo.key()));
        polls.message();
        let old_answer = answers.message();
        let begun = rounds(&gatherer.await_round());
        // Beyond what the gatherer remembers.
        gatherer.await_own("older rounds are forgotten", |own| rounds(own) > begun + 4);

        // Who announces itself is asked at once, and its answer is in the round's snapshot.
        bus.publish(echo.announce(&echo.announcement(key)));
        let to_echo = directed.message();
        polls.so_far();
        answers.so_far();
        let (poll, alphas_answer) = (polls.message(), answers.message());
        let echos_answer = echo.answer(&poll, &echo.sample(&poll, 1, ("echo.value", 1)));
        bus.publish(echos_answer.clone());
        gatherer.await_record(echo.key(), "echo's record", |record| record.sequence == 1);
        Self { gatherer, bus, alpha, echo, forger, old_answer, poll, alphas_answer, echos_answer, to_echo }
    }

    /// Each kind of forgery, in the order of the gatherer's checks.
    fn forgeries(&self) -> Vec<Letter> {
        let mut letters = self.badly_sealed();
        letters.extend(self.badly_said());
        letters.extend(self.badly_placed());
        letters.extend(self.not_there());
        letters
    }

    /// What fails before its body is looked at.
    fn badly_sealed(&self) -> Vec<Letter> {
        let (echo, forger) = (self.echo.key(), &self.forger.identity);
        let lie = || self.forger.answer(&self.poll, &self.forger.sample(&self.poll, 1, ("evil.mark", 666)));
        let alphas = || Letter::from(&self.alphas_answer);
        let mut twice_the_key = lie();
        twice_the_key.headers.push((KEY_HEADER.to_owned(), echo.to_string()));
        let padding = format!("\"evil.{}\":1,", "x".repeat(64 * 1024));
        vec![
            // Too large.
            Letter::signed(
                forger,
                "reply",
                &lie().subject,
                lie().with_text("\"evil.mark\":666", &format!("{padding}\"evil.mark\":666")).body,
            ),
            // Unsigned.
            lie().unsigned(),
            twice_the_key,
            // Another version.
            lie().with_header(VERSION_HEADER, "2"),
            // Another's subject: as oneself, with another's body, under no subject of ours.
            lie().sent_to(self.echos_answer.subject.clone()),
            Letter::signed(forger, "reply", &alphas().subject, alphas().body),
            lie().sent_to(format!("stats.v1.reply.{}.all.evil.{}", self.gatherer.key(), self.forger.key())),
            // A key under which anybody can sign.
            self.by_a_weak_key(),
            // Another's name over one's own signature, words that were changed, words of another kind, no signature.
            lie().sent_to(self.echos_answer.subject.clone()).with_header(KEY_HEADER, echo.as_str()),
            alphas().with_text("\"nickname\":\"alpha\"", "\"nickname\":\"evil\""),
            Letter::signed(forger, "announce", &lie().subject, lie().body),
            lie().with_header("Statsgrid-Signature", "evil"),
        ]
    }

    /// What is honestly signed and is no message.
    fn badly_said(&self) -> Vec<Letter> {
        let lie = self.forger.answer(&self.poll, &self.forger.sample(&self.poll, 1, ("evil.mark", 666)));
        let says = |body: String| Letter::signed(&self.forger.identity, "reply", &lie.subject, body);
        let with = |from, to| says(String::from_utf8(lie.clone().with_text(from, to).body).unwrap());
        let for_another =
            Announcement { gatherer: PlayedGatherer::new().key(), ..self.forger.announcement(self.gatherer.key()) };
        let topic = Topic::Announce { gatherer: self.gatherer.key(), provider: self.forger.key() };
        vec![
            says("{}".to_owned()),
            with("\"evil.mark\":666", "\"evil.mark\":666,\"evil.mark\":667"),
            with("evil.mark", "evil mark"),
            Letter::signed(
                &self.forger.identity,
                "announce",
                &format!("stats.v1.{topic}"),
                serde_json::to_vec(&for_another).unwrap(),
            ),
        ]
    }

    /// What is a message, and answers nothing that was asked, or answers it again.
    fn badly_placed(&self) -> Vec<Letter> {
        let alphas = || Letter::from(&self.alphas_answer);
        let old = || Letter::from(&self.old_answer);
        let new_id = Id::random().unwrap().to_string();
        let lie = |asked: &Message| self.forger.answer(asked, &self.forger.sample(asked, 1, ("evil.mark", 666)));
        let poll_id = |letter: &Letter| letter.subject.split('.').nth(5).unwrap().to_owned();
        let moved = |letter: Letter, id: &str| {
            let subject = letter.subject.replace(&poll_id(&letter), id);
            letter.sent_to(subject)
        };
        let another = self.echo.answer(&self.poll, &self.echo.sample(&self.poll, 2, ("evil.mark", 666)));
        let elsewhere = PlayedGatherer::new();
        let mut of_another = self.forger.sample(&self.poll, 1, ("evil.mark", 666));
        of_another.poll = statsgrid_wire::envelope::signed_hash::<statsgrid_wire::message::Poll>(
            &elsewhere.seal(&elsewhere.poll(To::All)).body,
        );
        vec![
            // Another poll: none at all, one of another gatherer, one to somebody else, one of long ago, an old answer
            // under a new poll's subject.
            moved(lie(&self.poll), &new_id),
            self.forger.answer(&self.poll, &of_another),
            lie(&self.to_echo),
            old(),
            moved(old(), &poll_id(&alphas())),
            // Again: word for word, another's word for word, and with other numbers.
            self.echos_answer.clone(),
            alphas(),
            another,
        ]
    }

    /// Words on who is there.
    fn not_there(&self) -> Vec<Letter> {
        let key = self.gatherer.key();
        let stale = |said_ms| Announcement { issued_ms: said_ms, ..self.forger.announcement(key) };
        let bye_for_alpha = format!("stats.v1.{}", Topic::Bye { gatherer: key, provider: self.alpha.key() });
        vec![
            self.forger.announce(&self.forger.announcement(key)).unsigned(),
            self.forger.bye(key, self.forger.instance).sent_to(bye_for_alpha),
            self.forger.announce(&stale(now_ms() - 120_000)),
            self.forger.announce(&stale(now_ms() + 120_000)),
        ]
    }

    /// The neutral element of the curve as a key: every message verifies under it with a crafted signature.
    fn by_a_weak_key(&self) -> Letter {
        let mut bytes = vec![20 << 3, 1];
        bytes.resize(33, 0);
        bytes.extend(crc16(&bytes).to_le_bytes());
        let weak = data_encoding::BASE32_NOPAD.encode(&bytes);
        let lie = self.forger.answer(&self.poll, &self.forger.sample(&self.poll, 1, ("evil.mark", 666)));
        let subject = lie.subject.replace(self.forger.key().as_str(), &weak);
        let mut crafted = [0; 64];
        crafted[0] = 1;
        let signature = data_encoding::BASE64.encode(&crafted);
        lie.sent_to(subject).with_header(KEY_HEADER, &weak).with_header("Statsgrid-Signature", &signature)
    }

    /// Waits until the gatherer's own record counts these, and no others.
    fn await_rejections(&self, expected: &BTreeMap<String, u64>) {
        let count = |(name, count): (&str, &u64)| Some((name.strip_prefix("statsgrid.rejected.")?.to_owned(), *count));
        let rejections = |own: &Record| own.stats.counters.iter().filter_map(count).collect::<BTreeMap<_, _>>();
        let total: u64 = expected.values().sum();
        let own = self.gatherer.await_own("all rejections", |own| rejections(own).values().sum::<u64>() >= total);
        self.bus.settle();
        assert_eq!(&rejections(&own), expected);
    }
}

/// CRC-16/XMODEM, the checksum at the end of an nkey.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 },
        )
    })
}

fn rounds(own: &Record) -> u64 {
    *own.stats.counters.get("statsgrid.rounds").unwrap()
}

/// An honest word that there are no stats is shown, and the last values stay.
#[test]
fn a_refusal_is_told_beside_the_last_values() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let key = gatherer.key();
    let bus = Bus::connect(&site.server);
    let echo = PlayedProvider::new("echo");
    let mut polls = bus.subscribe(format!("stats.v1.poll.{key}.all"));
    let _gathering = gatherer.start(&[]);
    let poll = polls.message();
    bus.publish(echo.answer(&poll, &echo.sample(&poll, 1, ("echo.value", 1))));
    let before = gatherer.await_record(echo.key(), "echo's record", |record| record.sequence == 1);
    assert_eq!(before.refused, None);

    let mut polls = bus.subscribe(format!("stats.v1.poll.{key}.all"));
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: -90_000, unknown: Unknown };
    let poll = polls.message();
    bus.publish(echo.answer(&poll, &echo.say(&poll, Answer::Refusal(refusal))));
    let after = gatherer.await_record(echo.key(), "the refusal", |record| record.refused.is_some());
    assert_eq!(after.refused.unwrap().clock_ahead_ms, -90_000);
    assert_eq!((after.timestamp, after.round, &after.stats), (before.timestamp, before.round, &before.stats));
    gatherer.await_own("the refusal is counted", |own| own.stats.counters.get("statsgrid.refusals") == Some(&1));
}
