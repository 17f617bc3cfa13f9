//! JSON at its edges, in fields that are read and in those that are not: how deep, which key twice, how large a number.

use proptest::prelude::*;
use serde_json::{Value, json};
use statsgrid_wire::Reason;
use statsgrid_wire::envelope::Message;
use statsgrid_wire::message::{Announcement, Bye, Poll, Reply};
use statsgrid_wire::subject::{Scope, To, Topic};

use crate::letter::{Actor, Letter, cast};

/// An object of a message in which unknown fields are ignored.
#[derive(Clone, Copy, Debug)]
struct Place {
    kind: &'static str,
    pointer: &'static str,
    /// How deep it lies; the body is 1.
    depth: usize,
}

const PLACES: [Place; 8] = [
    Place { kind: "poll", pointer: "", depth: 1 },
    Place { kind: "announce", pointer: "", depth: 1 },
    Place { kind: "bye", pointer: "", depth: 1 },
    Place { kind: "reply", pointer: "", depth: 1 },
    Place { kind: "reply", pointer: "/answer/sample", depth: 3 },
    Place { kind: "reply", pointer: "/answer/sample/producers/host", depth: 5 },
    Place { kind: "refusal", pointer: "", depth: 1 },
    Place { kind: "refusal", pointer: "/answer/refusal", depth: 3 },
];

/// A body of this kind. A refusal is a reply.
fn body(kind: &str) -> Value {
    let [gatherer, ..] = cast().each_ref().map(Actor::key);
    let (id, hash) = ("0".repeat(32), "0".repeat(64));
    let sample = json!({ "sequence": 1, "age_ms": 0, "counters_age_ms": 0, "counters": { "app.visits": 1 },
        "stats": { "host.load": 1 }, "producers": { "host": { "outcome": "ok" } } });
    let reply = |answer| json!({ "poll": hash, "instance": id, "nickname": "alpha", "answer": answer });
    match kind {
        "poll" => json!({ "gatherer": gatherer, "to": "all", "round": 0, "id": id, "issued_ms": 0, "ttl_ms": 0,
            "deadline_ms": 0, "splay_ms": 0, "max_reply": 0 }),
        "reply" => reply(json!({ "sample": sample })),
        "refusal" => reply(json!({ "refusal": { "reason": "clock", "clock_ahead_ms": 0 } })),
        _ => json!({ "gatherer": gatherer, "instance": id, "nickname": "alpha", "issued_ms": 0 }),
    }
}

/// Whether it is opened, signed by whom it is for. What is not opened is malformed and nothing else.
fn opens(kind: &str, body: &str) -> bool {
    let [gatherer, provider, _] = cast().each_ref().map(Actor::key);
    let rejected = match kind {
        "poll" => open::<Poll>(&Topic::Poll { gatherer, to: To::All }, body),
        "announce" => open::<Announcement>(&Topic::Announce { gatherer, provider }, body),
        "bye" => open::<Bye>(&Topic::Bye { gatherer, provider }, body),
        _ => {
            let poll = "0".repeat(32).parse().unwrap();
            open::<Reply>(&Topic::Reply { gatherer, scope: Scope::All, poll, provider }, body)
        }
    };
    assert!(matches!(rejected, None | Some(Reason::Malformed)), "{rejected:?}");
    rejected.is_none()
}

fn open<M: Message>(topic: &Topic, body: &str) -> Option<Reason> {
    Letter::signed::<M>(topic, body.as_bytes()).open::<M>().err().map(|rejection| rejection.reason)
}

/// The body with the JSON `text` in an unknown field there.
fn with_unknown(place: Place, text: &str) -> String {
    let mut body = body(place.kind);
    body.pointer_mut(place.pointer).unwrap()["later"] = json!("HERE");
    body.to_string().replace("\"HERE\"", text)
}

/// The body with `text` in the place of the value there.
fn with_value(kind: &str, pointer: &str, text: &str) -> String {
    let mut body = body(kind);
    *body.pointer_mut(pointer).unwrap() = json!("HERE");
    body.to_string().replace("\"HERE\"", text)
}

/// `inner` within so many objects and arrays, each bit saying which.
fn nested(levels: usize, kinds: u128, inner: &str) -> String {
    let is_object = |level: usize| kinds >> (level % 128) & 1 == 1;
    let open: String = (0..levels).map(|level| if is_object(level) { "{\"a\":" } else { "[" }).collect();
    let close: String = (0..levels).rev().map(|level| if is_object(level) { '}' } else { ']' }).collect();
    format!("{open}{inner}{close}")
}

fn place() -> impl Strategy<Value = Place> {
    prop::sample::select(PLACES.to_vec())
}

proptest! {
    #[test]
    fn nested_127_deep_and_no_deeper(
        place in place(),
        levels in prop_oneof![0..400usize, 110..140usize, 1_000..1_300usize],
        kinds in any::<u128>(),
    ) {
        let body = with_unknown(place, &nested(levels, kinds, "0"));
        prop_assume!(body.len() <= 8 * 1024);
        prop_assert_eq!(opens(place.kind, &body), place.depth + levels <= 127);
    }

    #[test]
    fn no_key_stands_twice_at_any_depth(
        place in place(),
        levels in 0..100usize,
        kinds in any::<u128>(),
        (one, other) in prop::sample::select(vec![
            ("a", "b"), ("a", "A"), ("", " "), ("a", "a"), ("a", r"\u0061"), ("é", r"\u00e9"), ("", ""), ("\u{1f600}",
            r"\ud83d\ude00"), ("é", "e\u{301}"), (r"\/", "/"),
        ]),
        between in prop::sample::select(vec!["", "\"c\":0,", "\"c\":{\"a\":{}},"]),
    ) {
        let read = |text: &str| serde_json::from_str::<String>(&format!("\"{text}\"")).unwrap();
        let object = format!("{{\"{one}\":0,{between}\"{other}\":[]}}");
        let body = with_unknown(place, &nested(levels, kinds, &object));
        prop_assert_eq!(opens(place.kind, &body), read(one) != read(other), "{}", body);
    }

    #[test]
    fn integers_are_taken_in_the_range_of_their_field_and_never_rounded(number in integer()) {
        let check = |kind, pointer, least: i128, most: i128| {
            let body = with_value(kind, pointer, &number.to_string());
            assert_eq!(opens(kind, &body), (least..=most).contains(&number), "{body}");
        };
        let (u64_max, i64_min) = (i128::from(u64::MAX), i128::from(i64::MIN));
        check("bye", "/issued_ms", 0, u64_max);
        check("poll", "/round", 0, u64_max);
        check("poll", "/max_reply", 0, u32::MAX.into());
        check("reply", "/answer/sample/sequence", 0, u64_max);
        check("reply", "/answer/sample/counters/app.visits", 0, u64_max);
        check("reply", "/answer/sample/stats/host.load", i64_min, i64::MAX.into());
        check("refusal", "/answer/refusal/clock_ahead_ms", i64_min, i64::MAX.into());
    }

    #[test]
    fn what_nobody_reads_may_be_as_large_as_a_double(place in place(), number in integer(), exponent in 0..400u32) {
        prop_assert!(opens(place.kind, &with_unknown(place, &number.to_string())));
        let text = format!("{number}e{exponent}");
        let finite = text.parse::<f64>().unwrap().is_finite();
        prop_assert_eq!(opens(place.kind, &with_unknown(place, &text)), finite, "{}", text);
        prop_assert_eq!(opens("reply", &with_value("reply", "/answer/sample/stats/host.load", &text)), finite);
    }
}

/// Any integer of up to 127 bits, often one at the edge of a type.
fn integer() -> impl Strategy<Value = i128> {
    let edge = prop::sample::select(vec![0, 32, 53, 63, 64, 65, 100]);
    let near = (edge, -3..=3i128, any::<bool>()).prop_map(|(bits, off, negative)| {
        let number = (1i128 << bits) + off;
        if negative { -number } else { number }
    });
    prop_oneof![near, any::<i128>(), any::<i64>().prop_map(i128::from)]
}
