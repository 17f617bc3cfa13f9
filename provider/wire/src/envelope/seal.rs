//! From a message to what is published.

use data_encoding::BASE64;

use super::{KEY_HEADER, Message, SIGNATURE_HEADER, VERSION, VERSION_HEADER, signed_bytes};
use crate::subject::{Subjects, Topic};
use crate::{Hash, Identity};

/// A message as it goes on the bus.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Where to.
    pub subject: String,
    /// Version, key and signature.
    pub headers: [(&'static str, String); 3],
    /// The exact JSON that is signed.
    pub body: Vec<u8>,
    /// The hash of the signed bytes.
    pub hash: Hash,
}

/// Why a message could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The receiver would refuse it for its size.
    #[error("a {kind} of {bytes} bytes; at most {max} are taken")]
    TooLarge {
        /// Kind of message.
        kind: &'static str,
        /// Its size.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// The receiver would refuse what it says.
    #[error("{0}")]
    Invalid(String),
    /// It is for the subject of another key.
    #[error("the subject names {0} as signer, not this identity")]
    Signer(crate::PublicKey),
    /// The body cannot be written.
    #[error("the body cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The key cannot sign.
    #[error("the identity cannot sign")]
    Key(#[from] crate::KeyError),
}

/// Writes `message`, signs it as `identity`, and addresses it to `topic`. What a receiver would refuse is refused here.
pub fn seal<M: Message>(
    identity: &Identity,
    subjects: &Subjects,
    topic: &Topic,
    message: &M,
) -> Result<Sealed, SealError> {
    let key = identity.public_key();
    if topic.signer() != key {
        return Err(SealError::Signer(topic.signer()));
    }
    message.check(topic).map_err(SealError::Invalid)?;
    let body = serde_json::to_vec(message)?;
    if body.len() > M::BODY_BYTES {
        return Err(SealError::TooLarge { kind: M::KIND, bytes: body.len(), max: M::BODY_BYTES });
    }
    // Names, floats and the number of entries are checked where they are read, so what was written is read once here.
    serde_json::from_slice::<M>(&body).map_err(|error| SealError::Invalid(error.to_string()))?;
    let signed = signed_bytes::<M>(&body);
    let signature = identity.sign(&signed)?;
    let headers = [
        (VERSION_HEADER, VERSION.to_owned()),
        (KEY_HEADER, key.to_string()),
        (SIGNATURE_HEADER, BASE64.encode(&signature)),
    ];
    Ok(Sealed { subject: subjects.of(topic), headers, body, hash: Hash::of(&signed) })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{goodbye, subjects};
    use super::*;
    use crate::limits::BODY_BYTES;
    use crate::message::{Answer, Reply, Sample};
    use crate::subject::Scope;
    use crate::{Id, Number, Unknown};

    #[test]
    fn the_same_message_is_sealed_to_the_same_bytes() {
        let (me, topic, bye) = goodbye();
        let seal = || seal(&me, &subjects(), &topic, &bye).unwrap();
        let (sealed, again) = (seal(), seal());
        assert_eq!((&sealed.subject, &sealed.headers, &sealed.body), (&again.subject, &again.headers, &again.body));
        assert_eq!(sealed.subject, format!("stats.v1.bye.{}.{}", bye.gatherer, me.public_key()));
        let names = ["Statsgrid-Version", "Statsgrid-Key", "Statsgrid-Signature"];
        assert_eq!(sealed.headers.each_ref().map(|(name, _)| *name), names);
        assert_eq!(sealed.hash, super::super::signed_hash::<crate::message::Bye>(&sealed.body));
    }

    #[test]
    fn nobody_seals_in_anothers_name() {
        let (_, topic, bye) = goodbye();
        let error = seal(&Identity::generate().unwrap(), &subjects(), &topic, &bye).unwrap_err().to_string();
        assert_eq!(error, format!("the subject names {} as signer, not this identity", topic.signer()));
    }

    #[test]
    fn nothing_goes_out_that_is_for_another_than_its_subject_says() {
        let (me, topic, mut bye) = goodbye();
        bye.gatherer = me.public_key();
        let error = seal(&me, &subjects(), &topic, &bye).unwrap_err().to_string();
        assert_eq!(error, "is for another gatherer than its subject says");
    }

    /// Sealing a reply with this sample fails with this error.
    fn check(sample: Sample, expected: &str) {
        let (me, gatherer) = (Identity::generate().unwrap(), Identity::generate().unwrap().public_key());
        let poll = Id::random().unwrap();
        let topic = Topic::Reply { gatherer, scope: Scope::All, poll, provider: me.public_key() };
        let reply = Reply {
            poll: Hash::of(b"a poll"),
            instance: poll,
            nickname: "alpha".to_owned(),
            answer: Answer::Sample(Box::new(sample)),
            unknown: Unknown,
        };
        let error = seal(&me, &subjects(), &topic, &reply).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_a_receiver_would_refuse_does_not_go_out() {
        let stats = |name: &str, value| Sample { stats: [(name, value)].into_iter().collect(), ..Sample::default() };
        check(stats("a.nan", Number::Float(f64::NAN)), "nor a finite float");
        check(stats("a.infinite", Number::Float(f64::INFINITY)), "nor a finite float");
        check(stats("two words", Number::Integer(1)), "only ASCII letters");
        let counters = [("", 1)].into_iter().collect();
        check(Sample { counters, ..Sample::default() }, "needs a letter");
        let descriptions = vec!["x".repeat(BODY_BYTES / 2); 2];
        check(Sample { descriptions, ..Sample::default() }, "a reply of 65");
    }
}
