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
