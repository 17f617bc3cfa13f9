//! What may come from a bus that others write to: bytes, JSON of any shape, messages with a scratch.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use statsgrid_wire::Hex;
use statsgrid_wire::envelope::{KEY_HEADER, Message, SIGNATURE_HEADER, VERSION, VERSION_HEADER};
use statsgrid_wire::message::Bye;
use statsgrid_wire::subject::{Scope, To, Topic};

use crate::letter::{Actor, Letter, Part, cast, subjects};
use crate::messages::{announcement, bye, poll, reply};

/// Any subject, any headers, any body; often such as a message has them.
pub fn letter() -> impl Strategy<Value = Letter> {
    (subject(), vec((header(), value()), 0..6), body()).prop_map(|(subject, headers, (_, body))| Letter {
        subject,
        headers,
        body,
    })
}

/// One of each kind.
fn topics() -> [Topic; 4] {
    let [gatherer, provider, _] = cast().each_ref().map(Actor::key);
    [
        Topic::Poll { gatherer, to: To::All },
        Topic::Reply { gatherer, scope: Scope::All, poll: Hex([0; 16]), provider },
        Topic::Announce { gatherer, provider },
        Topic::Bye { gatherer, provider },
    ]
}

fn subject() -> impl Strategy<Value = String> {
    let ours = prop::sample::select(topics().map(|topic| subjects().of(&topic)).to_vec());
    prop_oneof![any::<String>(), ours, r"stats\.v1(\.[a-zU0-9]{0,9}){0,7}"]
}

fn header() -> impl Strategy<Value = String> {
    let ours = prop::sample::select(vec![VERSION_HEADER, KEY_HEADER, SIGNATURE_HEADER]);
    prop_oneof![9 => ours.prop_map(str::to_owned), 1 => any::<String>(), 1 => Just("statsgrid-key".to_owned())]
}

fn value() -> impl Strategy<Value = String> {
    let key = (0..3usize).prop_map(|number| cast()[number].key().to_string());
    prop_oneof![Just(VERSION.to_owned()), key, "[A-Za-z0-9+/]{86}==", any::<String>()]
}

/// Any body for any topic; often such as a message for it has.
pub fn body() -> impl Strategy<Value = (Topic, Vec<u8>)> {
    let unread = prop_oneof![vec(any::<u8>(), 0..300), json().prop_map(String::into_bytes)];
    prop_oneof![
        2 => (prop::sample::select(topics().to_vec()), unread),
        2 => scratched(poll()),
        6 => scratched(reply()),
        2 => scratched(announcement()),
        2 => scratched(bye()),
    ]
}

/// Messages with a few pieces of JSON in the place of some of their bytes.
fn scratched<M: Message + Debug>(said: impl Strategy<Value = (Topic, M)>) -> impl Strategy<Value = (Topic, Vec<u8>)> {
    let piece = prop_oneof![leaf(), json(), "[{}\\[\\],:\"]", Just(String::new())];
    (said, vec((any::<Index>(), 0..9usize, piece), 0..3)).prop_map(|((topic, message), scratches)| {
        let mut body = serde_json::to_vec(&message).unwrap();
        for (place, length, piece) in scratches {
            let start = place.index(body.len() + 1);
            let end = (start + length).min(body.len());
            body.splice(start..end, piece.into_bytes());
        }
        (topic, body)
    })
}

fn json() -> impl Strategy<Value = String> {
    let key = prop_oneof!["[a-c]", Just("gatherer".to_owned()), Just("answer".to_owned()), Just("sample".to_owned())];
    leaf().prop_recursive(6, 60, 8, move |inner| {
        let field = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            vec(inner, 0..8).prop_map(|items| format!("[{}]", items.join(","))),
            vec(field, 0..8).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    })
}

fn leaf() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,22})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?";
    let other = prop::sample::select(vec!["null", "true", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "NaN", "\u{feff}"]);
    prop_oneof![number, other.prop_map(str::to_owned), "\"[a-z.]{0,9}\""]
}

/// A goodbye that is opened.
pub fn good() -> impl Strategy<Value = Letter> {
    bye().prop_map(|(topic, bye)| Letter::sealed(&topic, &bye))
}

/// Goodbyes, some of them with a fault of some kind.
pub fn good_or_bad() -> impl Strategy<Value = Letter> {
    let part = prop::sample::select(vec![Part::Body, Part::Signature, Part::Key, Part::Version, Part::Subject]);
    let changed = (good(), part, 0..8usize).prop_map(|(good, part, bit)| good.with_changed_bit(part, bit).unwrap());
    let swapped = (good(), good()).prop_map(|(one, other)| Letter { body: other.body, ..one });
    let unread = (bye(), json()).prop_map(|((topic, _), body)| Letter::signed::<Bye>(&topic, body.as_bytes()));
    prop_oneof![12 => good(), 1 => changed, 1 => swapped, 1 => unread, 1 => letter()]
}
