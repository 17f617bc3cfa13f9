//! A message between sealing and opening, whose every part can be changed, and who writes it.

use std::sync::{Arc, OnceLock};

use data_encoding::BASE64;
use nkeys::{KeyPair, KeyPairType};
use statsgrid_wire::envelope::{
    KEY_HEADER, Keyring, Message, Opened, Raw, SIGNATURE_HEADER, VERSION, VERSION_HEADER, open, seal,
};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Subjects, Topic};
use statsgrid_wire::{Identity, PublicKey, Rejection, Verifier};

/// Who writes.
pub struct Actor {
    pub identity: Identity,
    pair: KeyPair,
    verifier: Arc<Verifier>,
}

impl Actor {
    fn number(number: u8) -> Self {
        let pair = KeyPair::new_from_raw(KeyPairType::User, [number; 32]).unwrap();
        let identity = Identity::from_seed(&pair.seed().unwrap()).unwrap();
        Self { pair, verifier: Arc::new(identity.public_key().verifier().unwrap()), identity }
    }

    pub fn key(&self) -> PublicKey {
        self.identity.public_key()
    }
}

/// A gatherer and two providers.
pub fn cast() -> &'static [Actor; 3] {
    static CAST: OnceLock<[Actor; 3]> = OnceLock::new();
    CAST.get_or_init(|| [1, 2, 3].map(Actor::number))
}

/// The one of them who speaks there.
pub fn signer(topic: &Topic) -> &'static Actor {
    cast().iter().find(|actor| actor.key() == topic.signer()).unwrap()
}

pub fn subjects() -> Subjects {
    Subjects::under(DEFAULT_PREFIX).unwrap()
}

/// Takes every strong key.
pub struct Everybody;

impl Keyring for Everybody {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        let known = cast().iter().find(|actor| actor.key() == topic.signer());
        let weak = |error| Rejection::new(statsgrid_wire::Reason::UnknownProvider, format!("{error}"));
        known.map_or_else(|| topic.signer().verifier().map(Arc::new).map_err(weak), |actor| Ok(actor.verifier.clone()))
    }
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Letter {
    pub subject: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A part of a message that has bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Body,
    Signature,
    Key,
    Version,
    Subject,
}

impl Letter {
    pub fn sealed<M: Message>(topic: &Topic, message: &M) -> Self {
        let sealed = seal(&signer(topic).identity, &subjects(), topic, message).unwrap();
        let headers = sealed.headers.map(|(name, value)| (name.to_owned(), value)).into();
        Self { subject: sealed.subject, headers, body: sealed.body }
    }

    /// Whatever body, with a signature that is right.
    pub fn signed<M: Message>(topic: &Topic, body: &[u8]) -> Self {
        let signer = signer(topic);
        let signed = [b"\xFFstatsgrid.1.", M::KIND.as_bytes(), b"\0", body].concat();
        let headers = [
            (VERSION_HEADER, VERSION.to_owned()),
            (KEY_HEADER, signer.key().to_string()),
            (SIGNATURE_HEADER, BASE64.encode(&signer.pair.sign(&signed).unwrap())),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        Self { subject: subjects().of(topic), headers, body: body.to_vec() }
    }

    pub fn raw(&self) -> Raw<'_> {
        Raw::new(&self.subject, self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())), &self.body)
    }

    pub fn open<M: Message>(&self) -> Result<Opened<M>, Rejection> {
        open(&self.raw(), &subjects(), &Everybody)
    }

    /// The same with another `bit`, if the part has so many. Headers and subjects reach a receiver as text.
    pub fn with_changed_bit(&self, part: Part, bit: usize) -> Option<Self> {
        let mut changed = self.clone();
        let text = match part {
            Part::Body => {
                *changed.body.get_mut(bit / 8)? ^= 1 << (bit % 8);
                return Some(changed);
            }
            Part::Version => &mut changed.headers[0].1,
            Part::Key => &mut changed.headers[1].1,
            Part::Signature => &mut changed.headers[2].1,
            Part::Subject => &mut changed.subject,
        };
        let mut bytes = text.clone().into_bytes();
        *bytes.get_mut(bit / 8)? ^= 1 << (bit % 8);
        *text = String::from_utf8_lossy(&bytes).into_owned();
        Some(changed)
    }
}
