//! Sealing and opening: the body is plain JSON, the seal is three headers.
//!
//! Signed are the bytes 0xFF, the context (`statsgrid.1.poll`), NUL, then the exact body. The context keeps a poll's
//! signature from sealing a reply. The 0xFF keeps the NATS server from having a message signed: at login the same key
//! signs a nonce that the server chose, but a nonce is a string, and no string holds that byte.
//!
//! [`open`] and [`open_batch`] are the only ways from bytes to a message: there is no type for unverified content.

mod open;
mod seal;

pub use open::{Keyring, Opened, Raw, open, open_batch};
pub use seal::{SealError, Sealed, seal};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Hash;
use crate::subject::Topic;

/// Header: the message version.
pub const VERSION_HEADER: &str = "Statsgrid-Version";
/// Header: the signer's public nkey.
pub const KEY_HEADER: &str = "Statsgrid-Key";
/// Header: the signature in standard base64 with padding.
pub const SIGNATURE_HEADER: &str = "Statsgrid-Signature";

/// The message version that this crate speaks.
pub const VERSION: &str = "1";

/// A body.
pub trait Message: Serialize + DeserializeOwned {
    /// Its name in the signed context.
    const KIND: &'static str;
    /// How large it may be.
    const BODY_BYTES: usize;

    /// What parsing does not check: bounds, and that the body agrees with the subject. The error says what is wrong.
    fn check(&self, topic: &Topic) -> Result<(), String>;
}

/// The hash of what is signed for this body: a reply names its poll by it.
pub fn signed_hash<M: Message>(body: &[u8]) -> Hash {
    Hash::of(&signed_bytes::<M>(body))
}

fn signed_bytes<M: Message>(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32 + body.len());
    bytes.push(0xFF);
    bytes.extend_from_slice(b"statsgrid.");
    bytes.extend_from_slice(VERSION.as_bytes());
    bytes.push(b'.');
    bytes.extend_from_slice(M::KIND.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use data_encoding::BASE64;
    use nkeys::KeyPair;
    use proptest::prelude::{any, proptest};

    use super::*;
    use crate::message::{Announcement, Bye, Poll, Reply};
    use crate::subject::{DEFAULT_PREFIX, Subjects};
    use crate::{Id, Identity, Reason, Rejection, Unknown, Verifier};

    /// Knows everybody.
    pub(super) struct Everybody;

    impl Keyring for Everybody {
        fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
            Ok(Arc::new(topic.signer().verifier().unwrap()))
        }
    }

    pub(super) fn subjects() -> Subjects {
        Subjects::under(DEFAULT_PREFIX).unwrap()
    }

    /// A provider, and a message that it may say.
    pub(super) fn goodbye() -> (Identity, Topic, Bye) {
        let provider = Identity::generate().unwrap();
        let gatherer = Identity::generate().unwrap().public_key();
        let bye = Bye { gatherer, instance: Id::random().unwrap(), issued_ms: 1_795_420_800_000, unknown: Unknown };
        let topic = Topic::Bye { gatherer, provider: provider.public_key() };
        (provider, topic, bye)
    }

    #[test]
    fn what_is_signed_begins_with_a_byte_that_no_text_holds() {
        for signed in [
            signed_bytes::<Poll>(b"{}"),
            signed_bytes::<Reply>(b"{}"),
            signed_bytes::<Announcement>(b"{}"),
            signed_bytes::<Bye>(b"{}"),
        ] {
            assert_eq!(std::str::from_utf8(&signed).unwrap_err().valid_up_to(), 0);
        }
        assert_eq!(signed_bytes::<Poll>(b"{}"), b"\xFFstatsgrid.1.poll\0{}");
    }

    /// The attack: a server offers `nonce` at the login of a provider, which signs it as the client does, and sends the
    /// signature on as that of `body`.
    fn open_with_signed_nonce(nonce: &str, body: &[u8]) -> Result<Opened<Bye>, Rejection> {
        let (provider, topic, _) = goodbye();
        let login = KeyPair::from_seed(&provider.seed().unwrap()).unwrap().sign(nonce.as_bytes()).unwrap();
        let (subject, key, signature) = (subjects().of(&topic), provider.public_key(), BASE64.encode(&login));
        let headers = [(VERSION_HEADER, VERSION), (KEY_HEADER, key.as_str()), (SIGNATURE_HEADER, &signature)];
        open(&Raw::new(&subject, headers, body), &subjects(), &Everybody)
    }

    #[test]
    fn no_server_has_a_message_signed_as_a_nonce() {
        let (_, _, bye) = goodbye();
        let body = serde_json::to_string(&bye).unwrap();
        // All that a text can hold in the place of the first byte: nothing, its character, what replaces it, and the
        // bytes that begin like it.
        for first in ["", "\u{FF}", "\u{FFFD}", "\u{10FFFF}", "\\u00ff", "\u{7F}"] {
            let nonce = format!("{first}statsgrid.1.bye\0{body}");
            let rejection = open_with_signed_nonce(&nonce, body.as_bytes()).unwrap_err();
            assert_eq!(rejection.reason, Reason::BadSignature, "{first:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_nonce_its_signature_seals_no_part_of_it(nonce in any::<String>(), cut in any::<usize>()) {
            let body = &nonce.as_bytes()[cut % (nonce.len() + 1)..];
            let rejection = open_with_signed_nonce(&nonce, body).unwrap_err();
            assert_eq!(rejection.reason, Reason::BadSignature);
        }
    }
}
