//! What a signature costs, checked one by one and together: `cargo run --release --example verify`.
//!
//! Each line is the fastest of ten runs over the goodbyes of so many providers, opened as a gatherer opens them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use statsgrid_wire::envelope::{Keyring, Raw, Sealed, open, open_batch, seal};
use statsgrid_wire::message::Bye;
use statsgrid_wire::subject::{DEFAULT_PREFIX, Subjects, Topic};
use statsgrid_wire::{Id, Identity, PublicKey, Reason, Rejection, Unknown, Verifier};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let subjects = Subjects::under(DEFAULT_PREFIX)?;
    let gatherer = Identity::generate()?.public_key();
    println!("signatures  one by one   together");
    for count in [32, 64, 96, 128, 256, 512, 1024] {
        let (mut known, mut sealed) = (Known::default(), Vec::new());
        for _ in 0..count {
            let provider = Identity::generate()?;
            known.0.push((provider.public_key(), Arc::new(provider.public_key().verifier()?)));
            sealed.push(goodbye(&provider, gatherer, &subjects)?);
        }
        known.0.sort_by_key(|(key, _)| *key);
        let raws: Vec<Raw<'_>> = sealed.iter().map(raw).collect();
        let alone = fastest(|| raws.iter().all(|raw| open::<Bye>(raw, &subjects, &known).is_ok()));
        let together = fastest(|| open_batch::<Bye>(&raws, &subjects, &known).iter().all(Result::is_ok));
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count);
        println!("{count:>10} {:>8.1} us {:>7.1} us", each(alone), each(together));
    }
    Ok(())
}

#[derive(Default)]
struct Known(Vec<(PublicKey, Arc<Verifier>)>);

impl Keyring for Known {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        let place = self.0.binary_search_by_key(&topic.signer(), |(key, _)| *key).ok();
        let known = place.and_then(|place| self.0.get(place));
        known.map(|(_, verifier)| verifier.clone()).ok_or_else(|| Rejection::new(Reason::UnknownProvider, "a stranger"))
    }
}

fn goodbye(
    provider: &Identity,
    gatherer: PublicKey,
    subjects: &Subjects,
) -> Result<Sealed, Box<dyn std::error::Error>> {
    let topic = Topic::Bye { gatherer, provider: provider.public_key() };
    let bye = Bye { gatherer, instance: Id::random()?, issued_ms: 1_795_420_800_000, unknown: Unknown };
    Ok(seal(provider, subjects, &topic, &bye)?)
}

fn raw(sealed: &Sealed) -> Raw<'_> {
    let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
    Raw::new(&sealed.subject, headers, &sealed.body)
}

fn fastest(mut opens_all: impl FnMut() -> bool) -> Duration {
    let run = |_| {
        let start = Instant::now();
        assert!(opens_all());
        start.elapsed()
    };
    (0..10).map(run).min().unwrap_or_default()
}
