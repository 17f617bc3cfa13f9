//! Which polls a provider answers: those of the gatherer in its address, once each, and in time. The test is the
//! gatherer, and whoever else might ask.

use rustix::process::Signal;
use statsgrid_tests::{
    Bus, Letter, PATIENCE, PlayedGatherer, Process, Site, Subscription, await_until, hostile_bodies, now_ms,
};
use statsgrid_wire::envelope::KEY_HEADER;
use statsgrid_wire::message::{Answer, Poll, RefusalReason, Reply, Sample};
use statsgrid_wire::subject::{Shard, To, Topic};
use statsgrid_wire::{Hash, Named, PublicKey};

/// A provider that has announced itself.
struct Asked<'a> {
    gatherer: PlayedGatherer,
    bus: &'a Bus,
    /// Everything that looks like an answer, to whomever.
    replies: Subscription<'a>,
    provider: Process,
}

impl<'a> Asked<'a> {
    fn on(site: &Site, bus: &'a Bus) -> Self {
        let gatherer = PlayedGatherer::new();
        let mut announcements = bus.subscribe(gatherer.announcements());
        let replies = bus.subscribe("stats.v1.reply.>");
        let provider = site.node("alpha").answers(&gatherer.address(&site.server)).start();
        announcements.message();
        Self { gatherer, bus, replies, provider }
    }

    fn ask(&mut self, poll: &Poll) -> Reply {
        self.bus.publish(self.gatherer.seal(poll));
        self.gatherer.read_reply(&self.replies.message())
    }

    fn ask_all(&mut self) -> Sample {
        let poll = self.gatherer.poll(To::All);
        sample(self.ask(&poll))
    }
}

#[test]
fn strangers_and_forgers_get_no_answer() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let gatherer = &asked.gatherer;
    let stranger = PlayedGatherer::new();
    let ours = gatherer.subjects.of(&Topic::Poll { gatherer: gatherer.key(), to: To::All });
    let to_all = || gatherer.seal(&gatherer.poll(To::All));
    let long_lived = Poll { ttl_ms: 11 * 60 * 1000, ..gatherer.poll(To::All) };
    let long_lived = serde_json::to_vec(&long_lived).unwrap();

    // On its own subjects a stranger is not heard, and on ours it is not who the subject names.
    bus.publish(stranger.seal(&stranger.poll(To::All)));
    bus.publish(stranger.seal(&stranger.poll(To::All)).sent_to(&ours));
    bus.publish(to_all().unsigned());
    bus.publish(
        Letter::signed(&stranger.identity, "poll", &ours, to_all().body)
            .with_header(KEY_HEADER, gatherer.key().as_str()),
    );
    bus.publish(to_all().with_text("\"splay_ms\":0", "\"splay_ms\":1"));
    // The key twice, and in another case.
    bus.publish(with_also(to_all(), KEY_HEADER, stranger.key().as_str()));
    bus.publish(with_also(to_all(), &KEY_HEADER.to_lowercase(), gatherer.key().as_str()));
    // A poll to all that is sent on as one to a shard, and one that no provider could remember for so long.
    bus.publish(to_all().sent_to(ours.replace(".all", ".shard.1.1")));
    bus.publish(Letter::signed(&gatherer.identity, "poll", &ours, long_lived));
    // A poll to another, in the place of one to us.
    let me = site.node("alpha").key();
    let to_another = gatherer.seal(&gatherer.poll(To::One(stranger.key())));
    bus.publish(
        to_another.with_text(stranger.key().as_str(), me.as_str()).sent_to(ours.replace("all", &format!("one.{me}"))),
    );
    bus.publish(
        gatherer.seal(&gatherer.poll(To::One(stranger.key()))).sent_to(ours.replace("all", &format!("one.{me}"))),
    );
    // A shard that is not this provider's: what comes for it is not even read.
    let others = (1..=2).filter_map(|index| Shard::new(index, 2)).find(|shard| !shard.holds(&me)).unwrap();
    let to_others = || gatherer.seal(&gatherer.poll(To::Shard(others)));
    bus.publish(to_others());
    bus.publish(to_others().unsigned());
    bus.publish(to_others().with_text("\"splay_ms\":0", "\"splay_ms\":1"));

    let expected = [("bad_signature", 3), ("malformed", 3), ("unsigned", 3), ("wrong_key", 1)];
    let mut answered = 0;
    await_until("the forged polls are counted", PATIENCE, || {
        answered += 1;
        (dropped(&asked.ask_all().counters) == expected.map(|(reason, count)| (reason.to_owned(), count))).then_some(())
    });
    // Each answer that came was asked for, and none is left.
    assert!(answered > 0 && asked.replies.so_far().is_empty());
}

#[test]
fn a_replayed_poll_gets_no_second_answer() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let poll = asked.gatherer.poll(To::All);
    asked.ask(&poll);
    asked.bus.publish(asked.gatherer.seal(&poll));
    asked.bus.publish(asked.gatherer.seal(&poll));
    // Asked on the same subject, so after these.
    assert_eq!(dropped(&asked.ask_all().counters), [("stale".to_owned(), 2)]);
    assert!(asked.replies.so_far().is_empty());
}

#[test]
fn a_poll_outside_its_time_gets_a_refusal_that_says_by_how_much() {
    let check = |shift_ms: i64| {
        let site = Site::new();
        let bus = Bus::connect(&site.server);
        let mut asked = Asked::on(&site, &bus);
        let off = |gatherer: &PlayedGatherer| Poll {
            issued_ms: now_ms().saturating_add_signed(shift_ms),
            ..gatherer.poll(To::All)
        };
        let (poll, before) = (off(&asked.gatherer), now_ms());
        let Answer::Refusal(refusal) = asked.ask(&poll).answer else { panic!("{shift_ms}: it answered") };
        let took = (now_ms() - before) as i64;
        assert_eq!(refusal.reason, RefusalReason::Clock);
        let ahead = refusal.clock_ahead_ms + shift_ms;
        assert!((-1..=took + 1).contains(&ahead), "{shift_ms}: {refusal:?} after {took} ms");

        // A second one within a minute buys nothing, so a replayed old poll makes no flood.
        asked.bus.publish(asked.gatherer.seal(&off(&asked.gatherer)));
        assert_eq!(dropped(&asked.ask_all().counters), [("stale".to_owned(), 1)]);
        assert!(asked.replies.so_far().is_empty());
    };
    let day = 86_400_000;
    for shift_ms in [-120_000, 120_000, -day, day] {
        check(shift_ms);
    }
}

/// Where an answer goes is nothing that whoever passes a poll on could choose.
#[test]
fn the_reply_subject_of_a_poll_is_not_used() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let mut elsewhere = bus.subscribe("evil");
    let poll = asked.gatherer.poll(To::All);
    bus.publish_asking(asked.gatherer.seal(&poll), "evil");
    let reply = asked.replies.message();
    let me = site.node("alpha").key();
    assert_eq!(reply.subject.as_str(), format!("stats.v1.reply.{}.all.{}.{me}", asked.gatherer.key(), poll.id));
    assert!(elsewhere.so_far().is_empty());
}

/// A gatherer that was taken over, or is of another make, cannot trip a provider.
#[test]
fn hostile_json_from_its_own_gatherer_is_dropped() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let gatherer = &asked.gatherer;
    let honest = gatherer.seal(&gatherer.poll(To::All));
    let bodies = hostile_bodies(std::str::from_utf8(&honest.body).unwrap(), "round", 8 * 1024);
    let count = bodies.len() as u64;
    for body in bodies {
        bus.publish(Letter::signed(&gatherer.identity, "poll", &honest.subject, body));
    }
    assert_eq!(dropped(&asked.ask_all().counters), [("malformed".to_owned(), count)]);
    assert!(asked.replies.so_far().is_empty());
}

#[test]
fn polls_of_one_round_are_answered_from_one_sample() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let first = asked.gatherer.poll(To::All);
    let again = Poll { round: first.round, ..asked.gatherer.poll(To::One(site.node("alpha").key())) };
    let next = Poll { round: first.round + 1, ..asked.gatherer.poll(To::All) };
    let [first, again, next] = [first, again, next].map(|poll| sample(asked.ask(&poll)));
    assert_eq!([first.sequence, again.sequence, next.sequence], [1, 1, 2]);
    assert_eq!((&first.counters, &first.stats), (&again.counters, &again.stats));
    assert_eq!(next.counters.get("statsgrid.polls_answered"), Some(&2));
}

/// The same with one more header.
fn with_also(mut letter: Letter, name: &str, value: &str) -> Letter {
    letter.headers.push((name.to_owned(), value.to_owned()));
    letter
}

/// A process that stood still hears the polls of several rounds at once, and those that ask again among them.
#[test]
fn a_poll_of_a_round_before_the_last_gets_that_rounds_sample() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let polls: Vec<Poll> =
        (0..8).map(|round| Poll { round: now_ms() + round, ..asked.gatherer.poll(To::All) }).collect();
    let samples: Vec<Sample> = polls.iter().map(|poll| sample(asked.ask(poll))).collect();
    for (poll, first) in polls.iter().zip(&samples) {
        let again = Poll { round: poll.round, ..asked.gatherer.poll(To::All) };
        let again = sample(asked.ask(&again));
        assert_eq!((again.sequence, &again.counters), (first.sequence, &first.counters));
    }
}

#[test]
fn a_poll_that_was_taken_before_a_stop_is_answered() {
    let site = Site::new();
    let bus = Bus::connect(&site.server);
    let mut asked = Asked::on(&site, &bus);
    let key = site.node("alpha").key();
    let splay_ms = 1_500;
    let slow = std::iter::repeat_with(|| Poll { splay_ms, ..asked.gatherer.poll(To::All) });
    let slow = slow.into_iter().find(|poll| delay_ms(poll, &key) > 500).unwrap();
    bus.publish(asked.gatherer.seal(&slow));
    // Both came on one subject: when the second is answered, the first was taken.
    asked.ask_all();
    asked.provider.signal(Signal::TERM);
    let reply = asked.replies.message();
    assert!(reply.subject.contains(&slow.id.to_string()), "{}", reply.subject);
    asked.provider.ended().succeeded();
}

/// When a provider answers a poll, after PROTOCOL.md.
fn delay_ms(poll: &Poll, key: &PublicKey) -> u64 {
    let hash = Hash::of(format!("{key}{}", poll.id).as_bytes());
    u64::from_be_bytes(hash.0[..8].try_into().unwrap()) % poll.splay_ms
}

fn sample(reply: Reply) -> Sample {
    match reply.answer {
        Answer::Sample(sample) => *sample,
        Answer::Refusal(refusal) => panic!("{refusal:?}"),
    }
}

/// Polls that were dropped, by reason.
fn dropped(counters: &Named<u64>) -> Vec<(String, u64)> {
    let dropped =
        |(name, count): (&str, &u64)| Some((name.strip_prefix("statsgrid.polls_dropped.")?.to_owned(), *count));
    counters.iter().filter_map(dropped).collect()
}
