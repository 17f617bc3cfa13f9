//! Identities: nkeys of kind user, and the strict verification of what they sign.
//!
//! nkeys gives the text forms (base32 with a prefix and a checksum) and signs. Its own `verify` is not strict: it
//! accepts a small-order key with a crafted signature, under which any message verifies. So keys are taken in here,
//! where such keys are refused, and checked with `verify_strict`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ed25519_dalek::{Signature, VerifyingKey};
use nkeys::{KeyPair, KeyPairType};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::batch::{self, Check};
use crate::key_text::{TEXT_BYTES, is_user};

/// The 56 characters that name a node or a gatherer: `U`, 32 bytes and a checksum in base32. The text is whole
/// (alphabet, checksum, kind); whether the bytes are a key that may be trusted is for [`PublicKey::verifier`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; TEXT_BYTES]);

/// Why a text is no key of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not base32, not the right length, or a checksum that does not match.
    #[error(
        "not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum"
    )]
    Text,
    /// An account's, a server's or another's.
    #[error("an nkey of another kind: users' keys start with U, their seeds with SU")]
    Kind,
    /// Not a point of the curve, or one under which anybody can sign.
    #[error("an nkey that no honest key pair has")]
    Weak,
}

/// A public key, decompressed once. What it says is right has been signed by a strong key.
#[derive(Clone, Debug)]
pub struct Verifier {
    key: VerifyingKey,
    /// It has no part of small order: that was asked before.
    is_proven: bool,
}

/// A key pair: what a node or a gatherer is.
pub struct Identity {
    pair: KeyPair,
    public: PublicKey,
}

/// An ed25519 signature.
pub type SignatureBytes = [u8; 64];

impl PublicKey {
    /// The 56 characters.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction, so the empty text never comes out.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The key itself. Costs about 60 us, so a receiver keeps it.
    pub fn verifier(&self) -> Result<Verifier, KeyError> {
        let new = self.new_verifier()?;
        new.is_strong().then_some(Verifier { is_proven: true, ..new }).ok_or(KeyError::Weak)
    }

    /// The same for a tenth of that: whether the key has a part of small order, which no honest pair's has, is asked with its
    /// first signature, of many together.
    pub fn new_verifier(&self) -> Result<Verifier, KeyError> {
        let (_, bytes) = nkeys::from_public_key(self.as_str()).map_err(|_| KeyError::Text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Weak)?;
        if key.is_weak() { Err(KeyError::Weak) } else { Ok(Verifier { key, is_proven: false }) }
    }
}

impl Verifier {
    /// Whether `signature` over `message` is this key's, by the strict rules.
    pub fn verify(&self, message: &[u8], signature: &SignatureBytes) -> bool {
        self.is_strong() && self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    /// The key after a signature of it was right, which no other one's is.
    pub(crate) fn proven(self: Arc<Self>) -> Arc<Self> {
        if self.is_proven { self } else { Arc::new(Self { is_proven: true, ..*self }) }
    }

    /// What is checked together relies on there being no part of small order.
    fn is_strong(&self) -> bool {
        self.is_proven || (!self.key.is_weak() && self.key.to_edwards().is_torsion_free())
    }

    /// Which of these are right, by the same rules: many together cost half of one by one. A forger among them costs time,
    /// and nobody's signature. New keys are judged apart from those that have signed before, so that who makes up keys by the
    /// thousand costs those nothing that are known.
    pub fn verify_all(checks: &[(&Self, &[u8], SignatureBytes)]) -> Vec<bool> {
        let mut right = vec![false; checks.len()];
        for are_proven in [true, false] {
            let of_these = checks.iter().enumerate().filter(|(_, (verifier, ..))| verifier.is_proven == are_proven);
            let (places, these): (Vec<usize>, Vec<_>) = of_these.unzip();
            let parts = these.iter().map(|(verifier, message, signature)| Check {
                key: &verifier.key,
                is_proven: are_proven,
                message,
                signature,
            });
            let alone = |place: usize| {
                these.get(place).is_some_and(|(verifier, message, signature)| verifier.verify(message, signature))
            };
            for (place, is_right) in places.iter().zip(batch::judge(&parts.collect::<Vec<_>>(), alone)) {
                right.get_mut(*place).into_iter().for_each(|right| *right = is_right);
            }
        }
        right
    }
}

impl Identity {
    /// A fresh one, from the system's randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        // Any 32 bytes are a seed; a pair of a right kind has a public key of that kind.
        let pair = KeyPair::new_from_raw(KeyPairType::User, bytes).map_err(|_| getrandom::Error::UNEXPECTED)?;
        Self::of(pair).map_err(|_| getrandom::Error::UNEXPECTED)
    }

    /// The identity of a seed, 58 characters that start with `SU`.
    pub fn from_seed(seed: &str) -> Result<Self, KeyError> {
        Self::of(KeyPair::from_seed(seed).map_err(|_| KeyError::Text)?)
    }

    fn of(pair: KeyPair) -> Result<Self, KeyError> {
        let public = pair.public_key().parse()?;
        Ok(Self { pair, public })
    }

    /// The key that others know this identity by.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// The secret, for the seed file and the login at the NATS server.
    pub fn seed(&self) -> Result<String, KeyError> {
        self.pair.seed().map_err(|_| KeyError::Text)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyError> {
        let signature = self.pair.sign(message).map_err(|_| KeyError::Text)?;
        signature.try_into().map_err(|_| KeyError::Text)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.public).finish()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.as_bytes().try_into()
    }
}

impl TryFrom<&[u8]> for PublicKey {
    type Error = KeyError;

    fn try_from(text: &[u8]) -> Result<Self, KeyError> {
        match text.try_into() {
            Ok(bytes) if is_user(&bytes) => Ok(Self(bytes)),
            // nkeys knows what it is instead.
            _ => match nkeys::from_public_key(str::from_utf8(text).unwrap_or_default()) {
                Ok(_) => Err(KeyError::Kind),
                Err(_) => Err(KeyError::Text),
            },
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = PublicKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the public nkey of a user")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PublicKey, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_identity_again() {
        let identity = Identity::generate().unwrap();
        let again = Identity::from_seed(&identity.seed().unwrap()).unwrap();
        assert_eq!(identity.public_key(), again.public_key());
        let signature = again.sign(b"hello").unwrap();
        let verifier = identity.public_key().verifier().unwrap();
        assert!(verifier.verify(b"hello", &signature));
        assert!(!verifier.verify(b"hell0", &signature));
    }

    #[test]
    fn texts_that_are_no_key_of_ours() {
        let check = |text: &str, expected| assert_eq!(text.parse::<PublicKey>(), Err(expected), "{text}");
        let good = Identity::generate().unwrap().public_key().to_string();
        check("", KeyError::Text);
        check(&good.to_lowercase(), KeyError::Text);
        check(&good.replacen('U', "V", 1), KeyError::Text);
        check(&format!("{good}A"), KeyError::Text);
        check(&KeyPair::new_account().public_key(), KeyError::Kind);
        assert_eq!(Identity::from_seed(&KeyPair::new_account().seed().unwrap()).unwrap_err(), KeyError::Kind);
    }

    #[test]
    fn a_small_order_key_is_refused_when_it_is_taken_in() {
        // The neutral element: with it, any signature of the form (R = sB, s) verifies any message.
        let mut bytes = [0; 32];
        bytes[0] = 1;
        let text = user_key_text(&bytes);
        assert_eq!(text.parse::<PublicKey>().unwrap().verifier().unwrap_err(), KeyError::Weak);
    }

    #[test]
    fn of_few_and_of_many_the_wrong_ones_are_found() {
        let identity = Identity::generate().unwrap();
        let (verifier, right) = (identity.public_key().verifier().unwrap(), identity.sign(b"right").unwrap());
        for count in [1, batch::LEAST - 1, batch::LEAST, 2 * batch::LEAST] {
            let mut checks = vec![(&verifier, b"right".as_slice(), right); count];
            assert_eq!(Verifier::verify_all(&checks), vec![true; count]);
            checks[count / 2].1 = b"wrong";
            let expected: Vec<bool> = (0..count).map(|place| place != count / 2).collect();
            assert_eq!(Verifier::verify_all(&checks), expected);
        }
        assert!(Verifier::verify_all(&[]).is_empty());
    }

    /// The text that nkeys gives to these 32 bytes as a user's key: prefix, bytes, CRC-16 (XMODEM), in base32.
    fn user_key_text(bytes: &[u8; 32]) -> String {
        let mut raw = vec![20 << 3];
        raw.extend_from_slice(bytes);
        let crc =
            raw.iter().fold(0u16, |crc, byte| {
                (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
                    if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
                })
            });
        raw.extend_from_slice(&crc.to_le_bytes());
        data_encoding::BASE32_NOPAD.encode(&raw)
    }
}
