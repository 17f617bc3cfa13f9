//! Messages that are opened: each kind as this crate seals it, and in forms that other writers may give it.

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
    let mut all = sealed();
    all.extend(in_other_forms());
    all
}

fn sealed() -> Vec<Vector> {
    let me = actor("alpha");
    vec![
        poll("poll_to_all", "A poll to all.", To::All, Vec::new()),
        poll(
            "poll_to_shard",
            "A poll to one of eight shards.",
            To::Shard(me.shard()),
            Vec::new(),
        ),
        poll_to_one(),
        reply_with_sample(),
        reply_to_shard(),
        small_reply(),
        reply_with_description(),
        reply_with_refusal(),
        announcement(),
        bye(),
    ]
}

fn poll(name: &str, about: &str, to: To, describe: Vec<Hash>) -> Vector {
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
        describe,
        unknown: Unknown,
    };
    Vector::sealed(
        name,
        about,
        &gatherer,
        &Topic::Poll {
            gatherer: gatherer.key,
            to,
        },
        &poll,
    )
}

pub fn poll_to_one() -> Vector {
    let (_, hash) = description().to_text().unwrap();
    let about = "A poll to one provider, that wants a description too.";
    poll("poll_to_one", about, To::One(actor("alpha").key), vec![hash])
}

fn description() -> Description {
    Description {
        version: "1.2.0".to_owned(),
        sample_interval_ms: Some(1_000),
        stats: vec![StatDescription {
            name: "avg_load".to_owned(),
            kind: Kind::Gauge,
            unit: "seconds".to_owned(),
            help: "how late a timer of 1 s came, on average".to_owned(),
            unknown: Unknown,
        }],
        counters: vec![CounterDescription {
            name: "late".to_owned(),
            unit: String::new(),
            help: "times that it came more than 1 s late".to_owned(),
            unknown: Unknown,
        }],
        unknown: Unknown,
    }
}

/// A reply of alpha to `poll`, on the subjects of `scope`.
fn reply(name: &str, about: &str, poll: &Vector, scope: Scope, answer: Answer) -> Vector {
    let provider = actor("alpha");
    let reply = Reply {
        poll: signed_hash::<Poll>(poll.body.as_bytes()),
        instance: id("run of alpha"),
        nickname: "alpha".to_owned(),
        answer,
        unknown: Unknown,
    };
    let gatherer = actor("gatherer").key;
    let topic = Topic::Reply {
        gatherer,
        scope,
        poll: id(&poll.name),
        provider: provider.key,
    };
    Vector::sealed(name, about, &provider, &topic, &reply)
}

/// With numbers at all edges of their types.
pub fn reply_with_sample() -> Vector {
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
        age_ms: 0,
        counters_age_ms: 86_400_123,
        counters: [
            ("app.visits", 0),
            ("storage_server.add-lease", 1),
            ("storage_server.bytes_added", u64::MAX),
        ]
        .into_iter()
        .collect(),
        stats: numbers
            .into_iter()
            .map(|(name, number)| (format!("load_monitor.{name}"), number))
            .collect(),
        producers: reports(),
        ..Sample::default()
    };
    let about = "A reply to poll_to_all, with numbers at the edges of their types and producers that failed.";
    let poll = poll("poll_to_all", "", To::All, Vec::new());
    reply(
        "reply_with_sample",
        about,
        &poll,
        Scope::All,
        Answer::Sample(Box::new(sample)),
    )
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
    let message = Some("did not return within 3 s".to_owned());
    let hung = ProducerReport {
        outcome: Outcome::Wall,
        message,
        age_ms: None,
        description: None,
        ..well.clone()
    };
    let slow = ProducerReport {
        age_ms: Some(240_000),
        pace_ms: Some(300_000),
        digest: None,
        ..well.clone()
    };
    [("load_monitor", well), ("host", hung), ("storage_server", slow)]
        .into_iter()
        .collect()
}

fn reply_to_shard() -> Vector {
    let shard = actor("alpha").shard();
    let poll = poll("poll_to_shard", "", To::Shard(shard), Vec::new());
    let about = "A reply to poll_to_shard, of a provider without anything to report: on the subjects of the shard.";
    reply(
        "reply_to_shard",
        about,
        &poll,
        Scope::Shard(shard),
        Answer::Sample(Box::default()),
    )
}

/// One of everything: the bad bodies are made from it.
pub fn small_reply() -> Vector {
    let sample = Sample {
        sequence: 17,
        age_ms: 12,
        counters_age_ms: 86_400_123,
        counters: [("app.visits", 1)].into_iter().collect(),
        stats: [("host.load", Number::Integer(2))].into_iter().collect(),
        producers: reports().iter().filter(|(name, _)| *name == "host").map(|(name, host)| (name, host.clone())).collect(),
        ..Sample::default()
    };
    let poll = poll("poll_to_all", "", To::All, Vec::new());
    reply("small_reply", "A reply with one of everything.", &poll, Scope::All, Answer::Sample(Box::new(sample)))
}

fn reply_with_description() -> Vector {
    let (text, _) = description().to_text().unwrap();
    let sample = Sample {
        sequence: 17,
        age_ms: 804,
        producers: reports(),
        descriptions: vec![text],
        ..Sample::default()
    };
    let about = "A reply to poll_to_one, from the sample that answered poll_to_all, with the description.";
    reply(
        "reply_with_description",
        about,
        &poll_to_one(),
        Scope::All,
        Answer::Sample(Box::new(sample)),
    )
}

fn reply_with_refusal() -> Vector {
    let refusal = Refusal {
        reason: RefusalReason::Clock,
        clock_ahead_ms: -86_400_000,
        unknown: Unknown,
    };
    let poll = poll("poll_to_all", "", To::All, Vec::new());
    let about = "A reply to poll_to_all of a provider whose clock is a day behind.";
    reply("reply_with_refusal", about, &poll, Scope::All, Answer::Refusal(refusal))
}

pub fn announcement() -> Vector {
    announcement_of("announcement", "An announcement.", &actor("alpha"), "alpha")
}

pub fn announcement_of(name: &str, about: &str, provider: &Actor, nickname: &str) -> Vector {
    let gatherer = actor("gatherer").key;
    let announcement = Announcement {
        gatherer,
        instance: id("run of alpha"),
        nickname: nickname.to_owned(),
        issued_ms: ROUND - 5,
        unknown: Unknown,
    };
    Vector::sealed(
        name,
        about,
        provider,
        &Topic::Announce {
            gatherer,
            provider: provider.key,
        },
        &announcement,
    )
}

pub fn bye() -> Vector {
    let (provider, gatherer) = (actor("alpha"), actor("gatherer").key);
    let bye = Bye {
        gatherer,
        instance: id("run of alpha"),
        issued_ms: ROUND + 30_000,
        unknown: Unknown,
    };
    Vector::sealed(
        "bye",
        "A goodbye.",
        &provider,
        &Topic::Bye {
            gatherer,
            provider: provider.key,
        },
        &bye,
    )
}

/// What another writer, or a later version, may send.
fn in_other_forms() -> Vec<Vector> {
    let (me, asks) = (actor("alpha"), actor("gatherer"));
    let (announcement, reply, poll) = (announcement(), reply_with_sample(), poll_to_one());
    let later = r#"{"later":{"a":[1,2.5,null,true,{"b":"c"}],"d":{}},"#;
    let mut others = announcement.clone();
    (others.name, others.about) = (
        "other_headers".to_owned(),
        "Headers of others stand beside the seal's.".to_owned(),
    );
    others.headers.insert(0, ("Nats-Msg-Id".to_owned(), "7".to_owned()));
    others.headers.push(("nats-msg-id".to_owned(), "8".to_owned()));
    let mut reordered = announcement.clone();
    (reordered.name, reordered.about) = (
        "headers_in_another_order".to_owned(),
        "Their order means nothing.".to_owned(),
    );
    reordered.headers.reverse();
    let spaced = format!(" {} \r\n", poll.body.replace(',', "\t,\n ").replace(':', " : "));
    let escaped = announcement
        .body
        .replace("alpha", r"\u0061lph\u0061")
        .replace("issued_ms", r"\u0069ssued_ms");
    let nested = |depth: usize| {
        announcement
            .body
            .replacen('{', &format!(r#"{{"later":{},"#, nest(depth)), 1)
    };
    vec![
        announcement_of(
            "any_language",
            "A nickname is any text without control characters.",
            &me,
            "größe 木 🦀",
        ),
        announcement_of("longest_nickname", "A nickname of 255 bytes.", &me, &"n".repeat(255)),
        announcement.with_body("escapes", "Escaped characters are what they stand for.", &me, &escaped),
        poll.with_body("spaces", "White space between the tokens.", &asks, &spaced),
        poll.with_body(
            "unknown_field",
            "A field of a later version.",
            &asks,
            &poll.body.replacen('{', later, 1),
        ),
        unknown_fields_everywhere(&reply, &me),
        announcement.with_body(
            "nested_127_deep",
            "As deep as it may be, the body being 1.",
            &me,
            &nested(126),
        ),
        fields_in_another_order(&announcement, &me),
        names_in_another_order(&reply, &me),
        optional_fields_that_are_null(&reply, &me),
        later_causes(&reply, &me),
        later_refusal(&me),
        others,
        reordered,
        announcement
            .with_body("largest_announcement", "8,192 bytes.", &me, &announcement.body)
            .padded(&me, SHORT_BODY_BYTES),
        reply
            .with_body("largest_reply", "65,536 bytes.", &me, &reply.body)
            .padded(&me, BODY_BYTES),
    ]
}

fn unknown_fields_everywhere(reply: &Vector, me: &Actor) -> Vector {
    let later = r#"{"later":18446744073709551616,"#;
    let mut body = reply.body.replace('{', later);
    // Among names nothing but names can stand, and beside an answer no second one.
    for object in ["answer", "counters", "stats", "producers"] {
        body = replace(&body, &format!("\"{object}\":{later}"), &format!("\"{object}\":{{"));
    }
    reply.with_body(
        "unknown_fields_everywhere",
        "In each object that has fixed fields.",
        me,
        &body,
    )
}

/// Arrays, `depth` deep.
pub fn nest(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn fields_in_another_order(announcement: &Vector, me: &Actor) -> Vector {
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&announcement.body).unwrap();
    let fields: Vec<String> = fields
        .iter()
        .rev()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    let body = format!("{{{}}}", fields.join(","));
    announcement.with_body(
        "fields_in_another_order",
        "The order of fields means nothing.",
        me,
        &body,
    )
}

fn names_in_another_order(reply: &Vector, me: &Actor) -> Vector {
    let body = replace(
        &reply.body,
        r#""app.visits":0,"storage_server.add-lease":1"#,
        r#""b":1,"a":0"#,
    );
    let mut vector = reply.with_body("names_in_another_order", "Names need not be sorted.", me, &body);
    let Expected::Opens(message) = &mut vector.expected else {
        panic!("it opens")
    };
    let counters = message.pointer_mut("/answer/sample/counters").unwrap();
    *counters = serde_json::json!({"a": 0, "b": 1, "storage_server.bytes_added": u64::MAX});
    vector
}

fn optional_fields_that_are_null(reply: &Vector, me: &Actor) -> Vector {
    let body = replace(
        &reply.body,
        r#""age_ms":31,"#,
        r#""message":null,"age_ms":31,"pace_ms":null,"#,
    );
    reply.with_body(
        "optional_fields_that_are_null",
        "A field that may be missing may be null.",
        me,
        &body,
    )
}

fn later_causes(reply: &Vector, me: &Actor) -> Vector {
    let body = replace(&reply.body, r#""outcome":"wall""#, r#""outcome":"bored""#);
    let mut vector = reply.with_body("later_outcome", "An outcome of a later version is unknown.", me, &body);
    let Expected::Opens(message) = &mut vector.expected else {
        panic!("it opens")
    };
    *message.pointer_mut("/answer/sample/producers/host/outcome").unwrap() = "unknown".into();
    vector
}

fn later_refusal(me: &Actor) -> Vector {
    let refusal = reply_with_refusal();
    let body = replace(&refusal.body, r#""reason":"clock""#, r#""reason":"tired""#);
    let mut vector = refusal.with_body(
        "later_refusal",
        "A refusal's reason of a later version is unknown.",
        me,
        &body,
    );
    let Expected::Opens(message) = &mut vector.expected else {
        panic!("it opens")
    };
    *message.pointer_mut("/answer/refusal/reason").unwrap() = "unknown".into();
    vector
}

/// `text` with another `part`, which must be there, once.
pub fn replace(text: &str, part: &str, by: &str) -> String {
    assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
    text.replacen(part, by, 1)
}
