//! All messages that can be sealed, with the topics that they are for.

use proptest::collection::vec;
use proptest::prelude::*;
use statsgrid_wire::limits::{DESCRIPTIONS_WANTED, POLL_TTL_MS};
use statsgrid_wire::message::{
    Announcement, Answer, Bye, Outcome, Poll, ProducerReport, Refusal, RefusalReason, Reply, Sample,
};
use statsgrid_wire::subject::{Scope, Shard, To, Topic};
use statsgrid_wire::{Hash, Hex, Id, Named, Number, PublicKey, Unknown, check_producer_name};

use crate::letter::cast;

fn gatherer() -> PublicKey {
    cast()[0].key()
}

fn provider() -> impl Strategy<Value = PublicKey> {
    (1..=2usize).prop_map(|number| cast()[number].key())
}

fn id() -> impl Strategy<Value = Id> {
    any::<[u8; 16]>().prop_map(Hex)
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hex)
}

fn shard() -> impl Strategy<Value = Shard> {
    (1..=u32::MAX).prop_flat_map(|count| (1..=count).prop_map(move |index| Shard::new(index, count).unwrap()))
}

fn to() -> impl Strategy<Value = To> {
    prop_oneof![Just(To::All), shard().prop_map(To::Shard), provider().prop_map(To::One)]
}

fn nickname() -> impl Strategy<Value = String> {
    r"[^\p{Cc}]{1,60}"
}

pub fn poll() -> impl Strategy<Value = (Topic, Poll)> {
    let times = (any::<u64>(), any::<u64>(), 0..=POLL_TTL_MS, any::<u64>(), any::<u64>());
    let describe = prop_oneof![9 => vec(hash(), 0..3), 1 => vec(hash(), DESCRIPTIONS_WANTED)];
    (to(), id(), times, any::<u32>(), describe).prop_map(|parts| {
        let scope = Scope::All;
        let (to, id, (round, issued_ms, ttl_ms, deadline_ms, splay_ms), max_reply, describe) = parts;
        let gatherer = gatherer();
        let unknown = Unknown;
        let poll = Poll {
            gatherer,
            to,
            round,
            id,
            issued_ms,
            ttl_ms,
            deadline_ms,
            splay_ms,
            max_reply,
            scope,
            describe,
            unknown,
        };
        (Topic::Poll { gatherer, to }, poll)
    })
}

pub fn announcement() -> impl Strategy<Value = (Topic, Announcement)> {
    (provider(), id(), nickname(), any::<u64>()).prop_map(|(provider, instance, nickname, issued_ms)| {
        let gatherer = gatherer();
        let announcement = Announcement { gatherer, instance, nickname, issued_ms, unknown: Unknown };
        (Topic::Announce { gatherer, provider }, announcement)
    })
}

pub fn bye() -> impl Strategy<Value = (Topic, Bye)> {
    (provider(), id(), any::<u64>()).prop_map(|(provider, instance, issued_ms)| {
        let gatherer = gatherer();
        (Topic::Bye { gatherer, provider }, Bye { gatherer, instance, issued_ms, unknown: Unknown })
    })
}

pub fn reply() -> impl Strategy<Value = (Topic, Reply)> {
    let sample = sample().prop_map(|sample| Answer::Sample(Box::new(sample)));
    reply_with(prop_oneof![1 => refusal(), 9 => sample])
}

pub fn reply_with(answer: impl Strategy<Value = Answer>) -> impl Strategy<Value = (Topic, Reply)> {
    let scope = prop_oneof![Just(Scope::All), shard().prop_map(Scope::Shard)];
    let topic = (scope, id(), provider()).prop_map(|(scope, poll, provider)| {
        let gatherer = gatherer();
        Topic::Reply { gatherer, scope, poll, provider }
    });
    let reply = (hash(), id(), nickname(), answer).prop_map(|(poll, instance, nickname, answer)| Reply {
        poll,
        instance,
        nickname,
        answer,
        unknown: Unknown,
    });
    (topic, reply)
}

pub fn refusal() -> impl Strategy<Value = Answer> {
    any::<i64>().prop_map(|clock_ahead_ms| {
        Answer::Refusal(Refusal { reason: RefusalReason::Clock, clock_ahead_ms, unknown: Unknown })
    })
}

fn sample() -> impl Strategy<Value = Sample> {
    let name = || r"[A-Za-z0-9_-]{1,12}(\.[A-Za-z0-9_-]{1,12}){0,3}";
    let numbers = (named(name(), any::<u64>()), named(name(), number()));
    let times = (any::<u64>(), any::<u64>(), any::<u64>());
    let producer = "[A-Za-z0-9_-]{1,12}".prop_filter("taken", |name| check_producer_name(name).is_ok());
    (times, numbers, named(producer, report()), vec(any::<String>(), 0..3)).prop_map(|parts| {
        let ((sequence, age_ms, counters_age_ms), (counters, stats), producers, descriptions) = parts;
        Sample { sequence, age_ms, counters_age_ms, counters, stats, producers, descriptions, unknown: Unknown }
    })
}

fn named<T: std::fmt::Debug>(
    name: impl Strategy<Value = String>,
    thing: impl Strategy<Value = T>,
) -> impl Strategy<Value = Named<T>> {
    vec((name, thing), 0..12).prop_map(|entries| entries.into_iter().collect())
}

fn number() -> impl Strategy<Value = Number> {
    let finite = prop::num::f64::ANY.prop_filter_map("not finite", Number::float);
    prop_oneof![any::<i64>().prop_map(Number::Integer), finite]
}

fn report() -> impl Strategy<Value = ProducerReport> {
    let outcome = prop::sample::select(vec![Outcome::Ok, Outcome::Cpu, Outcome::Output, Outcome::Unknown]);
    let message = prop::option::of(r"[^\p{Cc}]{0,75}");
    let ages = (any::<Option<u64>>(), any::<Option<u64>>());
    let hashes = (prop::option::of(hash()), prop::option::of(hash()));
    (outcome, message, ages, hashes).prop_map(|(outcome, message, (age_ms, pace_ms), (digest, description))| {
        ProducerReport { outcome, message, age_ms, pace_ms, digest, description, unknown: Unknown }
    })
}
