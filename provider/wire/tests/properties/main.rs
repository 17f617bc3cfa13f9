//! What holds for every message, not for those alone that somebody thought of: what is sealed is opened as it was, no
//! changed bit passes, nothing makes `open` panic, and a batch judges as one by one.

// Said aloud, so that clippy frees helpers too from the rules for code that must not panic.
#![cfg(test)]

mod extremes;
mod headers;
mod letter;
mod messages;
mod noise;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use statsgrid_wire::envelope::{Message, Opened, Raw, open_batch, seal};
use statsgrid_wire::message::{Announcement, Answer, Bye, Poll, Reply};
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{Number, Reason};

use letter::{Everybody, Letter, Part, signer, subjects};

proptest! {
    #[test]
    fn a_poll_is_opened_as_it_was_sealed((topic, poll) in messages::poll()) {
        prop_assert_eq!(sealed_and_opened(topic, &poll), poll);
    }

    #[test]
    fn a_reply_is_opened_as_it_was_sealed_to_the_last_bit((topic, reply) in messages::reply()) {
        let opened = sealed_and_opened(topic, &reply);
        prop_assert_eq!(bits(&opened), bits(&reply));
        prop_assert_eq!(opened, reply);
    }

    #[test]
    fn announcements_and_goodbyes_are_opened_as_they_were_sealed(
        (announced, announcement) in messages::announcement(),
        (left, bye) in messages::bye(),
    ) {
        prop_assert_eq!(sealed_and_opened(announced, &announcement), announcement);
        prop_assert_eq!(sealed_and_opened(left, &bye), bye);
    }
}

fn sealed_and_opened<M: Message>(topic: Topic, message: &M) -> M {
    let opened = Letter::sealed(&topic, message).open::<M>().unwrap();
    assert_eq!(opened.topic, topic);
    opened.message
}

/// The numbers of a reply: 0.0 and -0.0 are equal, and yet not the same.
fn bits(reply: &Reply) -> Vec<u64> {
    let Answer::Sample(sample) = &reply.answer else { return Vec::new() };
    let bits = |(_, number): (&str, &Number)| match number {
        Number::Integer(value) => value.cast_unsigned(),
        Number::Float(value) => value.to_bits(),
    };
    sample.stats.iter().map(bits).collect()
}

#[test]
fn no_changed_bit_passes() {
    let sealed = [Part::Body, Part::Signature, Part::Key, Part::Version];
    let all = [sealed.as_slice(), &[Part::Subject]].concat();
    no_bit_of(&all, messages::poll());
    no_bit_of(&all, messages::announcement());
    no_bit_of(&all, messages::bye());
    // The shard and the poll's id in a reply's subject are for the gatherer, who knows which poll has the reply's hash.
    no_bit_of(&sealed, messages::reply_with(messages::refusal()));
}

/// Changes each bit of these parts of one message, one at a time.
fn no_bit_of<M: Message>(parts: &[Part], messages: impl Strategy<Value = (Topic, M)>) {
    let (topic, message) = messages.new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let letter = Letter::sealed(&topic, &message);
    for part in parts {
        for changed in (0..).map_while(|bit| letter.with_changed_bit(*part, bit)) {
            assert!(changed.open::<M>().is_err(), "{changed:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn whatever_comes_from_the_bus_nothing_panics(letter in noise::letter()) {
        let _ = letter.open::<Poll>();
        let _ = letter.open::<Reply>();
        let _ = letter.open::<Announcement>();
        let _ = letter.open::<Bye>();
    }

    #[test]
    fn whatever_an_honest_key_signs_what_opens_can_be_sealed((topic, body) in noise::body()) {
        match topic {
            Topic::Poll { .. } => opens_only_what_can_be_sealed::<Poll>(&topic, &body),
            Topic::Reply { .. } => opens_only_what_can_be_sealed::<Reply>(&topic, &body),
            Topic::Announce { .. } => opens_only_what_can_be_sealed::<Announcement>(&topic, &body),
            Topic::Bye { .. } => opens_only_what_can_be_sealed::<Bye>(&topic, &body),
        }
    }
}

fn opens_only_what_can_be_sealed<M: Message>(topic: &Topic, body: &[u8]) {
    match Letter::signed::<M>(topic, body).open::<M>() {
        Ok(opened) => {
            let sealed = seal(&signer(topic).identity, &subjects(), &opened.topic, &opened.message);
            assert!(sealed.is_ok(), "{:?}", String::from_utf8_lossy(body));
        }
        Err(rejection) => assert!(matches!(rejection.reason, Reason::Malformed | Reason::TooLarge), "{rejection}"),
    }
}

/// As many as it takes for signatures to be checked together, and some.
const MANY: usize = 150;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_batch_judges_as_one_by_one(
        good in noise::good(),
        count in prop_oneof![0..3usize, Just(MANY)],
        others in prop_oneof![Just(Vec::new()), prop::collection::vec(noise::good_or_bad(), 0..9)],
    ) {
        let letters: Vec<&Letter> = others.iter().chain(std::iter::repeat_n(&good, count)).collect();
        let raws: Vec<Raw<'_>> = letters.iter().map(|letter| letter.raw()).collect();
        let together = open_batch::<Bye>(&raws, &subjects(), &Everybody);
        let told = |opened: Opened<Bye>| (opened.topic, opened.message);
        let together: Vec<_> = together.into_iter().map(|opened| opened.map(told)).collect();
        let alone: Vec<_> = letters.iter().map(|letter| letter.open::<Bye>().map(told)).collect();
        prop_assert_eq!(together, alone);
    }
}
