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
    /// The signer's key, for whoever hears more of it.
    pub verifier: Arc<Verifier>,
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
    if !candidate.verifier.verify(&candidate.signed, &candidate.signature) {
        return Err(candidate.bad_signature());
    }
    candidate.parse(raw)
}

/// Opens many, checking their signatures together: half the price of one by one, and the same result.
pub fn open_batch<M: Message>(
    raws: &[Raw<'_>],
    subjects: &Subjects,
    keys: &impl Keyring,
) -> Vec<Result<Opened<M>, Rejection>> {
    let candidates: Vec<_> = raws.iter().map(|raw| Candidate::admit::<M>(raw, subjects, keys)).collect();
    let checks: Vec<_> = candidates.iter().flatten().map(Candidate::check).collect();
    let mut right = Verifier::verify_all(&checks).into_iter();
    let open = |(raw, candidate): (&Raw<'_>, Result<Candidate, Rejection>)| {
        let candidate = candidate?;
        if right.next() != Some(true) {
            return Err(candidate.bad_signature());
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
            return Err(unsupported_version::<M>(raw, seal.version, subjects));
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

    fn bad_signature(&self) -> Rejection {
        let detail = format!("the signature is not that of {} over this body", self.topic.signer());
        Rejection::new(Reason::BadSignature, detail)
    }

    fn parse<M: Message>(self, raw: &Raw<'_>) -> Result<Opened<M>, Rejection> {
        let malformed = |detail: String| {
            Rejection::new(Reason::Malformed, format!("a {} from {}: {detail}", M::KIND, self.topic.signer()))
        };
        let message: M = serde_json::from_slice(raw.body).map_err(|error| malformed(error.to_string()))?;
        message.check(&self.topic).map_err(malformed)?;
        Ok(Opened { topic: self.topic, message, verifier: self.verifier.proven() })
    }
}

/// Says who speaks another version, as far as the subject tells, and which side is the older one: both sides log it.
fn unsupported_version<M: Message>(raw: &Raw<'_>, theirs: &str, subjects: &Subjects) -> Rejection {
    let signer = subjects.read(raw.subject).map_or("nobody".to_owned(), |topic| topic.signer().to_string());
    let remedy = match theirs.parse::<u32>().ok().zip(VERSION.parse().ok()) {
        Some((theirs, ours)) if theirs > ours => "update this side",
        Some((theirs, ours)) if theirs < ours => "update that side",
        _ => "no Statsgrid writes that",
    };
    let what = format!("the {} on a subject of {signer} has message version {theirs:?}", M::KIND);
    Rejection::new(Reason::UnsupportedVersion, format!("{what}, and this side speaks {VERSION:?}: {remedy}"))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::tests::{Everybody, goodbye, subjects};
    use super::super::{Sealed, seal};
    use super::*;
    use crate::Identity;
    use crate::message::Bye;

    fn sealed() -> Sealed {
        let (me, topic, bye) = goodbye();
        seal(&me, &subjects(), &topic, &bye).unwrap()
    }

    fn raw(sealed: &Sealed) -> Raw<'_> {
        let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
        Raw::new(&sealed.subject, headers, &sealed.body)
    }

    fn reason(sealed: &Sealed, keys: &impl Keyring) -> Option<Reason> {
        open::<Bye>(&raw(sealed), &subjects(), keys).err().map(|rejection| rejection.reason)
    }

    /// Takes nobody, and counts who was asked for.
    #[derive(Default)]
    struct Nobody(Cell<u32>);

    impl Keyring for Nobody {
        fn admit(&self, _: &Topic) -> Result<Arc<Verifier>, Rejection> {
            self.0.set(self.0.get() + 1);
            Err(Rejection::new(Reason::UnknownProvider, "nobody is known"))
        }
    }

    /// Somebody's goodbye that has these bytes as its body.
    fn signed(body: &[u8]) -> Sealed {
        let (me, topic, bye) = goodbye();
        signed_by(&me, seal(&me, &subjects(), &topic, &bye).unwrap(), body)
    }

    fn signed_by(me: &Identity, sealed: Sealed, body: &[u8]) -> Sealed {
        let signature = BASE64.encode(&me.sign(&signed_bytes::<Bye>(body)).unwrap());
        let [version, key, (name, _)] = sealed.headers;
        Sealed { headers: [version, key, (name, signature)], body: body.to_vec(), ..sealed }
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let (me, topic, bye) = goodbye();
        let sealed = seal(&me, &subjects(), &topic, &bye).unwrap();
        let opened = open::<Bye>(&raw(&sealed), &subjects(), &Everybody).unwrap();
        assert_eq!((opened.topic, opened.message), (topic, bye));
    }

    #[test]
    fn the_keys_are_asked_for_the_signer_of_the_subject_alone() {
        let check = |sealed: &Sealed, expected, asked| {
            let nobody = Nobody::default();
            assert_eq!((reason(sealed, &nobody), nobody.0.get()), (Some(expected), asked));
        };
        check(&sealed(), Reason::UnknownProvider, 1);
        let mut another = sealed();
        another.headers[1].1 = Identity::generate().unwrap().public_key().to_string();
        check(&another, Reason::WrongKey, 0);
        another.headers[0].1 = "2".to_owned();
        check(&another, Reason::UnsupportedVersion, 0);
        another.headers[0].0 = "Statsgrid-version";
        check(&another, Reason::Unsigned, 0);
        another.body = vec![b' '; 1 << 20];
        check(&another, Reason::TooLarge, 0);
    }

    #[test]
    fn nothing_is_parsed_before_its_signature_is_good() {
        let mut sealed = signed(b"no JSON");
        assert_eq!(reason(&sealed, &Everybody), Some(Reason::Malformed));
        sealed.body.push(b' ');
        assert_eq!(reason(&sealed, &Everybody), Some(Reason::BadSignature));
    }

    #[test]
    fn a_body_that_is_not_utf_8_is_malformed_even_in_what_nobody_reads() {
        let (me, topic, bye) = goodbye();
        let sealed = seal(&me, &subjects(), &topic, &bye).unwrap();
        let body = String::from_utf8(sealed.body.clone()).unwrap();
        for unknown in ["{\"later\":\"|\",", "{\"la|ter\":0,", "{\"later\":[{\"|\":0}],"] {
            let body = body.replacen('{', unknown, 1);
            let broken: Vec<u8> = body.bytes().map(|byte| if byte == b'|' { 0xC3 } else { byte }).collect();
            let reason = |body: &[u8]| reason(&signed_by(&me, sealed.clone(), body), &Everybody);
            assert_eq!((reason(body.as_bytes()), reason(&broken)), (None, Some(Reason::Malformed)), "{body}");
        }
    }

    #[test]
    fn a_batch_loses_the_bad_and_nothing_else() {
        assert!(open_batch::<Bye>(&[], &subjects(), &Everybody).is_empty());
        let mut messages: Vec<Sealed> = (0..9).map(|_| sealed()).collect();
        messages[2].headers[2].1 = messages[3].headers[2].1.clone();
        messages[5].subject.clear();
        messages[7] = signed(b"{}");
        let raws: Vec<Raw<'_>> = messages.iter().map(raw).collect();
        let reasons = open_batch::<Bye>(&raws, &subjects(), &Everybody).into_iter();
        let reasons: Vec<_> = reasons.map(|opened| opened.err().map(|rejection| rejection.reason)).collect();
        let (forged, lost, empty) = (Some(Reason::BadSignature), Some(Reason::WrongKey), Some(Reason::Malformed));
        assert_eq!(reasons, [None, None, forged, None, None, lost, None, empty, None]);
    }

    #[test]
    fn a_rejection_names_who_and_what() {
        let check = |sealed: &Sealed, expected: &str| {
            let error = open::<Bye>(&raw(sealed), &subjects(), &Everybody).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&signed(&[b' '; 8193]), "too_large: a bye of 8193 bytes; at most 8192 are taken");
        check(&signed(b"{}"), "malformed: a bye from U");
        check(&signed(b"{}"), "missing field `gatherer`");
        let mut sealed = sealed();
        sealed.headers[2].1.pop();
        check(&sealed, "bad_signature: no signature of 64 bytes in base64, from U");
        sealed.headers[0].1 = "2".to_owned();
        check(&sealed, "unsupported_version: the bye on a subject of U");
        check(&sealed, "has message version \"2\", and this side speaks \"1\": update this side");
        sealed.headers[0].1 = "0".to_owned();
        check(&sealed, "update that side");
        sealed.headers[0].1 = "one".to_owned();
        check(&sealed, "no Statsgrid writes that");
        sealed.subject.push('.');
        check(&sealed, "the bye on a subject of nobody has");
        sealed.headers[1].0 = "statsgrid-key";
        check(&sealed, "unsigned: version, key and signature must each stand once");
    }
}
