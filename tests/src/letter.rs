//! A message as it lies on the bus, with every part open to forgery.
//!
//! It is signed here by hand, after PROTOCOL.md and not by the code of the wire crate: so the daemons are held to the
//! protocol, and what `seal` would refuse to say can be said.

use async_nats::Message;
use data_encoding::BASE64;
use nkeys::KeyPair;
use statsgrid_wire::Identity;
use statsgrid_wire::envelope::{KEY_HEADER, SIGNATURE_HEADER, Sealed, VERSION_HEADER};

/// Subject, headers and body.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Where to.
    pub subject: String,
    /// Version, key and signature, if nobody has changed that.
    pub headers: Vec<(String, String)>,
    /// What is signed.
    pub body: Vec<u8>,
}

impl Letter {
    /// Any body, signed as a message of this kind.
    pub fn signed(identity: &Identity, kind: &str, subject: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::signed_in_version("1", identity, kind, subject, body)
    }

    /// The same by somebody who speaks this message version.
    pub fn signed_in_version(
        version: &str,
        identity: &Identity,
        kind: &str,
        subject: &str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let body = body.into();
        let signed = [format!("statsgrid.{version}.{kind}").as_bytes(), &body].join(&0);
        let signed = [&[0xFF], signed.as_slice()].concat();
        let pair = KeyPair::from_seed(&identity.seed().expect("an identity has a seed")).expect("its seed is one");
        let signature = BASE64.encode(&pair.sign(&signed).expect("a pair can sign"));
        let headers = [
            (VERSION_HEADER, version.to_owned()),
            (KEY_HEADER, identity.public_key().to_string()),
            (SIGNATURE_HEADER, signature),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { subject: subject.to_owned(), headers, body }
    }

    /// The same with another value in the header `name`.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(held, _)| held != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without headers.
    pub fn unsigned(self) -> Self {
        Self { headers: Vec::new(), ..self }
    }

    /// The same under another subject, which no signature covers.
    pub fn sent_to(self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    /// The same with `from` replaced in the body, which the signature covers.
    pub fn with_text(self, from: &str, to: &str) -> Self {
        let body = String::from_utf8(self.body).expect("bodies are JSON");
        assert!(body.contains(from), "{from} is not in {body}");
        Self { body: body.replace(from, to).into_bytes(), ..self }
    }
}

impl From<Sealed> for Letter {
    fn from(sealed: Sealed) -> Self {
        let headers = sealed.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { subject: sealed.subject, headers, body: sealed.body }
    }
}

/// What was overheard, to be sent again.
impl From<&Message> for Letter {
    fn from(message: &Message) -> Self {
        let pairs = message.headers.iter().flat_map(|headers| headers.iter());
        let headers =
            pairs.flat_map(|(name, values)| values.iter().map(|value| (name.to_string(), value.as_str().to_owned())));
        Self { subject: message.subject.to_string(), headers: headers.collect(), body: message.payload.to_vec() }
    }
}
