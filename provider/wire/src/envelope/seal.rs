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
