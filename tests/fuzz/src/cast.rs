//! Who speaks to the targets: the gatherer and the provider alpha of the golden vectors, whose seeds everybody has.

use std::sync::{Arc, OnceLock};

use data_encoding::BASE64;
use nkeys::{KeyPair, KeyPairType};
use statsgrid_wire::envelope::{KEY_HEADER, Keyring, Message, SIGNATURE_HEADER, VERSION, VERSION_HEADER};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Subjects, Topic};
use statsgrid_wire::{Hash, Identity, PublicKey, Reason, Rejection, Verifier};

/// One who speaks.
pub(crate) struct Actor {
    pub(crate) identity: Identity,
    pub(crate) key: PublicKey,
    pair: KeyPair,
    verifier: Arc<Verifier>,
}

/// Both of them, and the subjects that they speak on.
pub(crate) struct Cast {
    pub(crate) gatherer: Actor,
    pub(crate) alpha: Actor,
    pub(crate) subjects: Subjects,
}

impl Cast {
    pub(crate) fn get() -> &'static Self {
        static CAST: OnceLock<Cast> = OnceLock::new();
        CAST.get_or_init(|| Self {
            gatherer: Actor::named("gatherer"),
            alpha: Actor::named("alpha"),
            subjects: Subjects::under(DEFAULT_PREFIX).expect("the default is a prefix"),
        })
    }

    /// The one who speaks there.
    pub(crate) fn signer(&self, topic: &Topic) -> &Actor {
        if topic.signer() == self.gatherer.key { &self.gatherer } else { &self.alpha }
    }
}

impl Actor {
    fn named(name: &str) -> Self {
        let seed = Hash::of(format!("statsgrid test vector {name}").as_bytes()).0;
        let pair = KeyPair::new_from_raw(KeyPairType::User, seed).expect("any 32 bytes are a seed");
        let identity = Identity::from_seed(&pair.seed().expect("a pair has its seed")).expect("it is a user's");
        let key = identity.public_key();
        Self { identity, key, pair, verifier: Arc::new(key.verifier().expect("an honest key is strong")) }
    }

    /// The headers of a body of any content, by PROTOCOL.md and not by `seal`, which would refuse much of it.
    pub(crate) fn headers<M: Message>(&self, body: &[u8]) -> [(&'static str, String); 3] {
        let signed = [b"\xFFstatsgrid.1.", M::KIND.as_bytes(), b"\0", body].concat();
        let signature = BASE64.encode(&self.pair.sign(&signed).expect("a pair can sign"));
        [(VERSION_HEADER, VERSION.to_owned()), (KEY_HEADER, self.key.to_string()), (SIGNATURE_HEADER, signature)]
    }
}

/// Takes every strong key.
impl Keyring for Cast {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        let signer = topic.signer();
        if let Some(known) = [&self.gatherer, &self.alpha].into_iter().find(|actor| actor.key == signer) {
            return Ok(known.verifier.clone());
        }
        let weak = |error| Rejection::new(Reason::UnknownProvider, format!("{signer}: {error}"));
        signer.verifier().map(Arc::new).map_err(weak)
    }
}
