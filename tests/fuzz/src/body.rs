//! Bodies that somebody whose key is known has signed.
//!
//! The first byte of an input says what the rest is taken for: `a`, `s` or `o` for a poll to all, to a shard or to one,
//! `r` for a reply, `n` for the announcement of a new provider, `b` for a goodbye.

use statsgrid_wire::envelope::{Message, Raw, SealError, open, seal};
use statsgrid_wire::message::{Announcement, Bye, Poll, Reply};
use statsgrid_wire::subject::{Scope, Shard, To, Topic};
use statsgrid_wire::{Hex, Reason};

use crate::cast::Cast;
use crate::letter::{agree, told};

/// A body that is opened can be sealed, unless that makes it too large, and is then opened as the same.
pub fn body(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let cast = Cast::get();
    let (gatherer, provider) = (cast.gatherer.key, cast.alpha.key);
    let poll = |to| Topic::Poll { gatherer, to };
    match kind {
        b'a' => holds::<Poll>(&poll(To::All), body),
        b's' => holds::<Poll>(&poll(To::Shard(Shard::new(2, 8).expect("2 is one of 8"))), body),
        b'o' => holds::<Poll>(&poll(To::One(provider)), body),
        b'r' => holds::<Reply>(&Topic::Reply { gatherer, scope: Scope::All, poll: Hex([7; 16]), provider }, body),
        b'n' => holds::<Announcement>(&Topic::Announce { gatherer, provider }, body),
        b'b' => holds::<Bye>(&Topic::Bye { gatherer, provider }, body),
        _ => {}
    }
}

fn holds<M: Message>(topic: &Topic, body: &[u8]) {
    let cast = Cast::get();
    let (signer, subject) = (cast.signer(topic), cast.subjects.of(topic));
    let headers = signer.headers::<M>(body);
    let raw = Raw::new(&subject, headers.iter().map(|(name, value)| (*name, value.as_str())), body);
    let unsigned = Raw::new(&subject, [], body);
    match agree::<M>(&[unsigned, raw]).pop().expect("two were opened") {
        Ok(text) => seals_again::<M>(topic, &text),
        Err(rejection) => assert!(matches!(rejection.reason, Reason::Malformed | Reason::TooLarge), "{rejection}"),
    }
}

fn seals_again<M: Message>(topic: &Topic, text: &str) {
    let cast = Cast::get();
    let message: M = serde_json::from_str(text).expect("it was written so");
    let sealed = match seal(&cast.signer(topic).identity, &cast.subjects, topic, &message) {
        Ok(sealed) => sealed,
        Err(SealError::TooLarge { .. }) => return,
        Err(error) => panic!("it was opened and cannot be sealed: {error}"),
    };
    let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let raw = Raw::new(&sealed.subject, headers, &sealed.body);
    let again = open::<M>(&raw, &cast.subjects, cast).expect("what is sealed can be opened");
    assert_eq!((again.topic, told(&again.message).as_str()), (*topic, text));
}
