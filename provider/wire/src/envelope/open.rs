//! From what the bus brought to a message that its signer said.
//!
//! The checks come in the order of their price: size, headers, version, subject against signer, known key, signature,
//! and only then is the body parsed. Left out on purpose: any state. Whether a message answers the poll that is open,
//! or was seen before, is for the receiver that remembers.

use std::sync::Arc;

use data_encoding::BASE64;

use super::{KEY_HEADER, Message, SIGNATURE_HEADER, VERSION, VERSION_HEADER, signed_bytes};
use crate::key::{SignatureBytes, Verifier};
use crate::rejection::{Reason, Rejection};
use crate::subject::{Subjects, Topic};

/// A message as it came from the bus.
#[derive(Clone, Debug)]
pub struct Raw<'a> {
    /// Where it was published.
    pub subject: &'a str,
    /// The seal's headers, if each was there once.
    seal: Option<SealHeaders<'a>>,
    /// The bytes that are signed.
    pub body: &'a [u8],
}

/// What a receiver knows of keys.
pub trait Keyring {
    /// The key of the signer that `topic` names, or why nothing of it is taken.
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection>;
}

/// A message whose signer is the one that its subject names.
#[derive(Clone, Debug)]
pub struct Opened<M> {
    /// What the subject says.
    pub topic: Topic,
    /// What was said.
    pub message: M,
}

#[derive(Clone, Copy, Debug)]
struct SealHeaders<'a> {
    version: &'a str,
    key: &'a str,
    signature: &'a str,
}

impl<'a> Raw<'a> {
    /// Takes the seal's headers out of all `headers`, which may hold others.
    pub fn new(subject: &'a str, headers: impl IntoIterator<Item = (&'a str, &'a str)>, body: &'a [u8]) -> Self {
        Self { subject, seal: SealHeaders::from(headers), body }
    }
}

impl<'a> SealHeaders<'a> {
    /// Each exactly once and in exactly its case: NATS headers may repeat, and are told apart by case, so a receiver
    /// that takes the first and one that takes the last would see two messages.
    fn from(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let names = [VERSION_HEADER, KEY_HEADER, SIGNATURE_HEADER];
        let mut found = [None; 3];
        for (name, value) in headers {
            let place = names.iter().position(|ours| ours.eq_ignore_ascii_case(name));
            let Some((slot, exact)) = place.and_then(|place| found.get_mut(place).zip(names.get(place))) else {
                continue;
            };
            if name != *exact || slot.replace(value).is_some() {
                return None;
            }
        }
        let [version, key, signature] = found;
        Some(Self { version: version?, key: key?, signature: signature? })
    }
}

/// Opens one message.
pub fn open<M: Message>(raw: &Raw<'_>, subjects: &Subjects, keys: &impl Keyring) -> Result<Opened<M>, Rejection> {
    let candidate = Candidate::admit::<M>(raw, subjects, keys)?;
    candidate.verify()?;
    candidate.parse(raw)
}

/// Opens many, checking their signatures together: half the price of one by one. If one of them is bad, each is
/// checked by itself, so that a forger costs time and nobody's message.
pub fn open_batch<M: Message>(
    raws: &[Raw<'_>],
    subjects: &Subjects,
    keys: &impl Keyring,
) -> Vec<Result<Opened<M>, Rejection>> {
    let candidates: Vec<_> = raws.iter().map(|raw| Candidate::admit::<M>(raw, subjects, keys)).collect();
    let checks: Vec<_> = candidates.iter().flatten().map(Candidate::check).collect();
    let all_good = Verifier::verify_batch(&checks);
    let open = |(raw, candidate): (&Raw<'_>, Result<Candidate, Rejection>)| {
        let candidate = candidate?;
        if !all_good {
            candidate.verify()?;
        }
        candidate.parse(raw)
    };
    raws.iter().zip(candidates).map(open).collect()
}

/// What passed every check that needs no arithmetic on curves.
struct Candidate {
    topic: Topic,
    verifier: Arc<Verifier>,
    signature: SignatureBytes,
    signed: Vec<u8>,
}

impl Candidate {
    fn admit<M: Message>(raw: &Raw<'_>, subjects: &Subjects, keys: &impl Keyring) -> Result<Self, Rejection> {
        if raw.body.len() > M::BODY_BYTES {
            let detail = format!("a {} of {} bytes; at most {} are taken", M::KIND, raw.body.len(), M::BODY_BYTES);
            return Err(Rejection::new(Reason::TooLarge, detail));
        }
        let unsigned = || Rejection::new(Reason::Unsigned, "version, key and signature must each stand once");
        let seal = raw.seal.ok_or_else(unsigned)?;
        if seal.version != VERSION {
            let detail = format!("message version {:?}; this side speaks {VERSION}", seal.version);
            return Err(Rejection::new(Reason::UnsupportedVersion, detail));
        }
        let topic = subjects
            .read(raw.subject)
            .ok_or_else(|| Rejection::new(Reason::WrongKey, format!("subject {:?} names no signer", raw.subject)))?;
        if seal.key != topic.signer().as_str() {
            let detail = format!("signed as {:?} on the subject of {}", seal.key, topic.signer());
            return Err(Rejection::new(Reason::WrongKey, detail));
        }
        let verifier = keys.admit(&topic)?;
        let signature = BASE64.decode(seal.signature.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let signature = signature.ok_or_else(|| {
            Rejection::new(Reason::BadSignature, format!("no signature of 64 bytes in base64, from {}", seal.key))
        })?;
        Ok(Self { topic, verifier, signature, signed: signed_bytes::<M>(raw.body) })
    }

    fn check(&self) -> (&Verifier, &[u8], SignatureBytes) {
        (self.verifier.as_ref(), self.signed.as_slice(), self.signature)
    }

    fn verify(&self) -> Result<(), Rejection> {
        if self.verifier.verify(&self.signed, &self.signature) {
            return Ok(());
        }
        let detail = format!("the signature is not that of {} over this body", self.topic.signer());
        Err(Rejection::new(Reason::BadSignature, detail))
    }

    fn parse<M: Message>(self, raw: &Raw<'_>) -> Result<Opened<M>, Rejection> {
        let malformed = |detail: String| {
            Rejection::new(Reason::Malformed, format!("a {} from {}: {detail}", M::KIND, self.topic.signer()))
        };
        let message: M = serde_json::from_slice(raw.body).map_err(|error| malformed(error.to_string()))?;
        message.check(&self.topic).map_err(malformed)?;
        Ok(Opened { topic: self.topic, message })
    }
}
