//! What a reply costs who takes it, beside its signature: `cargo run --release --example replies`.
//!
//! CPU time of this thread, and resident memory, for 100,000 replies of 20 stats, 4 counters and 2 producers, which 1,000
//! providers said.

use std::error::Error;
use std::fs::read_to_string;
use std::hint::black_box;
use std::sync::Arc;

use statsgrid_wire::envelope::{Keyring, Raw, Sealed, open_batch, seal};
use statsgrid_wire::message::{Answer, Outcome, ProducerReport, Reply, Sample};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Scope, Subjects, Topic};
use statsgrid_wire::{Hash, Id, Identity, Number, PublicKey, Reason, Rejection, Unknown, Verifier};

const PROVIDERS: u32 = 1_000;
const TURNS: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let subjects = Subjects::under(DEFAULT_PREFIX)?;
    let (gatherer, poll) = (Identity::generate()?.public_key(), Id::random()?);
    let (mut known, mut sealed) = (Vec::new(), Vec::new());
    for number in 0..PROVIDERS {
        let provider = Identity::generate()?;
        known.push((provider.public_key(), Arc::new(provider.public_key().verifier()?)));
        let topic = Topic::Reply { gatherer, scope: Scope::All, poll, provider: provider.public_key() };
        sealed.push(seal(&provider, &subjects, &topic, &reply(number)?)?);
    }
    known.sort_by_key(|(key, _)| *key);
    let known = Known(known);
    let raws: Vec<Raw<'_>> = sealed.iter().map(raw).collect();
    println!("a body has {} bytes", sealed.first().map_or(0, |sealed| sealed.body.len()));
    each("opened in batches", || {
        black_box(open_batch::<Reply>(&raws, &subjects, &known).iter().all(Result::is_ok));
    })?;
    each("read from its JSON", || {
        for sealed in &sealed {
            let _ = black_box(serde_json::from_slice::<Reply>(&sealed.body));
        }
    })?;
    each("read as any JSON", || {
        for sealed in &sealed {
            let _ = black_box(serde_json::from_slice::<serde_json::Value>(&sealed.body));
        }
    })?;
    held(&sealed)
}

/// Prints what each reply costs in `turn`, which takes all of them once.
fn each(what: &str, mut turn: impl FnMut()) -> Result<(), Box<dyn Error>> {
    turn();
    let start = cpu_ns()?;
    (0..TURNS).for_each(|_| turn());
    println!("{:>8.2} us {what}", (cpu_ns()? - start) / 1e3 / f64::from(PROVIDERS * TURNS));
    Ok(())
}

/// Prints what the replies take that are held.
fn held(sealed: &[Sealed]) -> Result<(), Box<dyn Error>> {
    let mut replies = Vec::with_capacity(sealed.len() * TURNS as usize);
    let start = resident()?;
    for _ in 0..TURNS {
        for sealed in sealed {
            replies.push(serde_json::from_slice::<Reply>(&sealed.body)?);
        }
    }
    println!("{:>8.0} bytes of each that is held", (resident()? - start) / f64::from(PROVIDERS * TURNS));
    Ok(())
}

fn reply(number: u32) -> Result<Reply, Box<dyn Error>> {
    let stat = |place: u32| {
        let number = number * 20 + place;
        let value = if place < 10 { Number::Integer(number.into()) } else { Number::Float(f64::from(number) / 7.0) };
        (format!("load_monitor.disk.sda.stat_{place:02}"), value)
    };
    let report = ProducerReport {
        outcome: Outcome::Ok,
        message: None,
        age_ms: Some(12),
        pace_ms: None,
        digest: Some(Hash::of(b"component")),
        description: Some(Hash::of(b"description")),
        unknown: Unknown,
    };
    let sample = Sample {
        sequence: 17,
        age_ms: 3,
        counters_age_ms: 86_400_000,
        counters: (0..4).map(|place| (format!("storage_server.counter_{place}"), u64::from(number))).collect(),
        stats: (0..20).map(stat).collect(),
        producers: [("load_monitor", report.clone()), ("storage_server", report)].into_iter().collect(),
        ..Sample::default()
    };
    Ok(Reply {
        poll: Hash::of(b"a poll"),
        instance: Id::random()?,
        nickname: format!("node-{number:06}.example"),
        answer: Answer::Sample(Box::new(sample)),
        unknown: Unknown,
    })
}

struct Known(Vec<(PublicKey, Arc<Verifier>)>);

impl Keyring for Known {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        let place = self.0.binary_search_by_key(&topic.signer(), |(key, _)| *key).ok();
        let known = place.and_then(|place| self.0.get(place));
        let stranger = || Rejection::new(Reason::UnknownProvider, "a stranger");
        known.map(|(_, verifier)| verifier.clone()).ok_or_else(stranger)
    }
}

fn raw(sealed: &Sealed) -> Raw<'_> {
    let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
    Raw::new(&sealed.subject, headers, &sealed.body)
}

/// Nanoseconds that this thread has computed.
fn cpu_ns() -> Result<f64, Box<dyn Error>> {
    Ok(read_to_string("/proc/thread-self/schedstat")?.split(' ').next().ok_or("no schedstat")?.parse()?)
}

/// Bytes of this process in memory.
fn resident() -> Result<f64, Box<dyn Error>> {
    let pages: f64 = read_to_string("/proc/self/statm")?.split(' ').nth(1).ok_or("no statm")?.parse()?;
    Ok(pages * 4096.0)
}
