//! Messages that are opened: each kind as this crate seals it, then in forms that other writers may give it.

use std::collections::BTreeMap;

use statsgrid_wire::envelope::signed_hash;
use statsgrid_wire::limits::{BODY_BYTES, SHORT_BODY_BYTES};
use statsgrid_wire::message::{
    Announcement, Answer, Bye, CounterDescription, Description, Kind, Outcome, Poll, ProducerReport, Refusal,
    RefusalReason, Reply, Sample, StatDescription,
};
use statsgrid_wire::subject::{Scope, To, Topic};
use statsgrid_wire::{Hash, Named, Number, Unknown};

use crate::cast::{Actor, actor, id};
use crate::vector::{Expected, Vector};

/// 2026-11-23T08:00:00 UTC, the start of a round.
const ROUND: u64 = 1_795_420_800_000;

pub fn all() -> Vec<Vector> {
    [polls(), replies(), vec![announcement(), bye()], in_other_forms(), of_later_versions()].concat()
}

fn polls() -> Vec<Vector> {
    vec![poll_to_all(), poll_to_shard(), poll_to_one(), poll_to_one_of_a_shard()]
}

pub fn poll_to_all() -> Vector {
    poll("poll to all", To::All, Scope::All, Vec::new())
}

fn poll_to_shard() -> Vector {
    poll("poll to a shard", To::Shard(actor("alpha").shard()), Scope::All, Vec::new())
}

pub fn poll_to_one() -> Vector {
    let (_, hash) = description().to_text().unwrap();
    poll("poll to one, with `describe`", To::One(actor("alpha").key), Scope::All, vec![hash])
}

/// Of a gatherer that hears the replies of its shard alone.
pub fn poll_to_one_of_a_shard() -> Vector {
    let me = actor("alpha");
    poll("poll to one, answered to its shard", To::One(me.key), Scope::Shard(me.shard()), Vec::new())
}

fn poll(name: &str, to: To, scope: Scope, describe: Vec<Hash>) -> Vector {
    let gatherer = actor("gatherer");
    let poll = Poll {
        gatherer: gatherer.key,
        to,
        round: ROUND,
        id: id(name),
        issued_ms: ROUND + 12,
        ttl_ms: 60_000,
        deadline_ms: 10_000,
        splay_ms: if to == To::All { 3_000 } else { 0 },
        max_reply: 65_536,
        scope,
        describe,
        unknown: Unknown,
    };
    Vector::sealed(name, &gatherer, &Topic::Poll { gatherer: gatherer.key, to }, &poll)
}

fn description() -> Description {
    let gauge = StatDescription {
        name: "avg_load".to_owned(),
        kind: Kind::Gauge,
        unit: "seconds".to_owned(),
        help: "how late a timer of 1 s came, on average".to_owned(),
        unknown: Unknown,
    };
    let counter = CounterDescription {
        name: "late".to_owned(),
        unit: String::new(),
        help: "times that it came more than 1 s late".to_owned(),
        unknown: Unknown,
    };
    Description {
        version: "1.2.0".to_owned(),
        sample_interval_ms: Some(1_000),
        stats: vec![gauge],
        counters: vec![counter],
        unknown: Unknown,
    }
}

fn replies() -> Vec<Vector> {
    let shard = actor("alpha").shard();
    let (text, _) = description().to_text().unwrap();
    let described = Sample { age_ms: 804, descriptions: vec![text], ..sample_of_one() };
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000, unknown: Unknown };
    let (all, to_shard, to_one) = (poll_to_all(), poll_to_shard(), poll_to_one());
    let nothing = Answer::Sample(Box::default());
    vec![
        full_reply(),
        small_reply(),
        reply("reply to a shard, empty", &to_shard, Scope::Shard(shard), nothing),
        reply("reply with a description", &to_one, Scope::All, Answer::Sample(Box::new(described))),
        reply("refusal", &all, Scope::All, Answer::Refusal(refusal)),
    ]
}

/// A reply of alpha to `poll`, on the subjects of `scope`.
fn reply(name: &str, poll: &Vector, scope: Scope, answer: Answer) -> Vector {
    let provider = actor("alpha");
    let reply = Reply {
        poll: signed_hash::<Poll>(poll.body.as_bytes()),
        instance: id("run of alpha"),
        nickname: "alpha".to_owned(),
        answer,
        unknown: Unknown,
    };
    let gatherer = actor("gatherer").key;
    let topic = Topic::Reply { gatherer, scope, poll: id(&poll.name), provider: provider.key };
    Vector::sealed(name, &provider, &topic, &reply)
}

/// With numbers at all edges of their types.
fn full_reply() -> Vector {
    let counters = [("app.visits", 0), ("storage_server.add-lease", 1), ("storage_server.bytes_added", u64::MAX)];
    let numbers = [
        ("zero", Number::Integer(0)),
        ("least", Number::Integer(i64::MIN)),
        ("most", Number::Integer(i64::MAX)),
        ("whole", Number::Float(5.0)),
        ("tenth", Number::Float(0.1)),
        ("minus_zero", Number::Float(-0.0)),
        ("smallest", Number::Float(f64::from_bits(1))),
        ("largest", Number::Float(f64::MAX)),
        ("beyond_64_bits", Number::Float(1e300)),
    ];
    let sample = Sample {
        sequence: 17,
        counters_age_ms: 86_400_123,
        counters: counters.into_iter().collect(),
        stats: numbers.into_iter().map(|(name, number)| (format!("load_monitor.{name}"), number)).collect(),
        producers: reports(),
        ..Sample::default()
    };
    reply("reply with all kinds of numbers", &poll_to_all(), Scope::All, Answer::Sample(Box::new(sample)))
}

fn reports() -> Named<ProducerReport> {
    let (_, described) = description().to_text().unwrap();
    let well = ProducerReport {
        outcome: Outcome::Ok,
        message: None,
        age_ms: Some(31),
        pace_ms: None,
        digest: Some(Hash::of(b"a component")),
        description: Some(described),
        unknown: Unknown,
    };
    let slow = ProducerReport { age_ms: Some(240_000), pace_ms: Some(300_000), digest: None, ..well.clone() };
    [("load_monitor", well), ("host", hung()), ("storage_server", slow)].into_iter().collect()
}

fn hung() -> ProducerReport {
    ProducerReport {
        outcome: Outcome::Wall,
        message: Some("did not return within 3 s".to_owned()),
        age_ms: None,
        pace_ms: None,
        digest: Some(Hash::of(b"a component")),
        description: None,
        unknown: Unknown,
    }
}

/// One of everything: most bad bodies are made from it.
pub fn small_reply() -> Vector {
    let answer = Answer::Sample(Box::new(sample_of_one()));
    reply("reply with one of everything", &poll_to_all(), Scope::All, answer)
}

fn sample_of_one() -> Sample {
    Sample {
        sequence: 17,
        age_ms: 4,
        counters_age_ms: 86_400_123,
        counters: [("app.visits", 1)].into_iter().collect(),
        stats: [("host.load", Number::Integer(2))].into_iter().collect(),
        producers: [("host", hung())].into_iter().collect(),
        ..Sample::default()
    }
}

pub fn announcement() -> Vector {
    announcement_of("announcement", &actor("alpha"), "alpha")
}

pub fn announcement_of(name: &str, provider: &Actor, nickname: &str) -> Vector {
    let gatherer = actor("gatherer").key;
    let announcement = Announcement {
        gatherer,
        instance: id("run of alpha"),
        nickname: nickname.to_owned(),
        issued_ms: ROUND - 5,
        unknown: Unknown,
    };
    Vector::sealed(name, provider, &Topic::Announce { gatherer, provider: provider.key }, &announcement)
}

pub fn bye() -> Vector {
    let (provider, gatherer) = (actor("alpha"), actor("gatherer").key);
    let bye = Bye { gatherer, instance: id("run of alpha"), issued_ms: ROUND + 30_000, unknown: Unknown };
    Vector::sealed("bye", &provider, &Topic::Bye { gatherer, provider: provider.key }, &bye)
}

/// What another writer may send.
fn in_other_forms() -> Vec<Vector> {
    let (me, asks) = (actor("alpha"), actor("gatherer"));
    let (announcement, reply, poll) = (announcement(), small_reply(), poll_to_one());
    let spaced = format!(" {} \r\n", poll.body.replace(',', "\t,\n ").replace(':', " : "));
    let escaped = announcement.body.replace("alpha", r"\u0061lph\u0061").replace("issued_ms", r"\u0069ssued_ms");
    let null = replace(&reply.body, "\"outcome\":", "\"age_ms\":null,\"pace_ms\":null,\"outcome\":");
    let mut others = announcement.named("headers of others beside the seal's");
    others.headers.insert(0, ("Nats-Msg-Id".to_owned(), "7".to_owned()));
    others.headers.push(("nats-msg-id".to_owned(), "8".to_owned()));
    let mut reversed = announcement.named("headers in another order");
    reversed.headers.reverse();
    vec![
        announcement_of("nickname in any writing", &me, "größe 木 🦀"),
        announcement_of("nickname of 255 bytes", &me, &"n".repeat(255)),
        announcement.with_body("escaped characters", &me, &escaped),
        announcement.named("announcement of 8192 bytes").padded(&me, SHORT_BODY_BYTES),
        poll.with_body("white space", &asks, &spaced),
        reply.with_body("optional fields that are null", &me, &null),
        reply.named("reply of 65536 bytes").padded(&me, BODY_BYTES),
        fields_reversed(&announcement, &me),
        names_unsorted(&full_reply(), &me),
        others,
        reversed,
    ]
}

fn fields_reversed(announcement: &Vector, me: &Actor) -> Vector {
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&announcement.body).unwrap();
    let fields: Vec<String> = fields.iter().rev().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    announcement.with_body("fields in another order", me, &format!("{{{}}}", fields.join(",")))
}

fn names_unsorted(reply: &Vector, me: &Actor) -> Vector {
    let body = replace(&reply.body, "\"app.visits\":0,\"storage_server.add-lease\":1,", "\"z\":1,\"a\":0,");
    let counters = serde_json::json!({"a": 0, "storage_server.bytes_added": u64::MAX, "z": 1});
    let vector = reply.with_body("names that are not sorted", me, &body);
    opens_with(vector, "/answer/sample/counters", counters)
}

/// What a later version may send.
fn of_later_versions() -> Vec<Vector> {
    let (me, asks) = (actor("alpha"), actor("gatherer"));
    let (announcement, poll, reply) = (announcement(), poll_to_one(), small_reply());
    let field = r#"{"later":{"a":[1,2.5,null,true,{"b":"c"}],"d":{}},"#;
    let nested = announcement.body.replacen('{', &format!(r#"{{"later":{},"#, nest(126)), 1);
    vec![
        poll.with_body("unknown field", &asks, &poll.body.replacen('{', field, 1)),
        announcement.with_body("nested as deep as may be", &me, &nested),
        unknown_fields_everywhere(&reply, &me),
        unknown_outcome(&reply, &me),
        unknown_refusal(&me),
    ]
}

/// Arrays, `depth` deep.
pub fn nest(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn unknown_fields_everywhere(reply: &Vector, me: &Actor) -> Vector {
    let later = r#"{"later":18446744073709551616,"#;
    let mut body = reply.body.replace('{', later);
    // Among names nothing but names can stand, and beside an answer no second one.
    for object in ["answer", "counters", "stats", "producers"] {
        body = replace(&body, &format!("\"{object}\":{later}"), &format!("\"{object}\":{{"));
    }
    reply.with_body("unknown fields in each object that has fixed ones", me, &body)
}

fn unknown_outcome(reply: &Vector, me: &Actor) -> Vector {
    let body = replace(&reply.body, "\"outcome\":\"wall\"", "\"outcome\":\"bored\"");
    let vector = reply.with_body("unknown outcome", me, &body);
    opens_with(vector, "/answer/sample/producers/host/outcome", "unknown".into())
}

fn unknown_refusal(me: &Actor) -> Vector {
    let refusal = replies().pop().unwrap();
    let body = replace(&refusal.body, "\"reason\":\"clock\"", "\"reason\":\"tired\"");
    let vector = refusal.with_body("unknown reason of a refusal", me, &body);
    opens_with(vector, "/answer/refusal/reason", "unknown".into())
}

/// It opens, but holds `value` at `place`.
fn opens_with(mut vector: Vector, place: &str, value: serde_json::Value) -> Vector {
    let Expected::Opens(message) = &mut vector.expected else { panic!("{} does not open", vector.name) };
    *message.pointer_mut(place).unwrap() = value;
    vector
}

/// `text` with another `part`, which must be there, once.
pub fn replace(text: &str, part: &str, by: &str) -> String {
    assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
    text.replacen(part, by, 1)
}
