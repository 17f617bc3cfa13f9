//! Who speaks in the vectors. Their seeds are made from their names, so everybody has them: never use one of them for
//! anything but a test.

use data_encoding::BASE64;
use nkeys::{KeyPair, KeyPairType};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Shard, Subjects};
use statsgrid_wire::{Hash, Hex, Id, Identity, PublicKey};

use crate::vector::signed_bytes;

/// Who speaks and has a seed.
pub const NAMES: [&str; 6] = ["gatherer", "other_gatherer", "alpha", "beta", "stranger", "revoked"];

/// A key of order 1, the neutral element of the curve: any message verifies under it.
pub const ORDER_1: &str = "UAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABVBG";
/// A key of order 8: one of eight messages verifies.
pub const ORDER_8: &str = "UDDRO2TQHVG5QT52HQFXMDIQM4HSUICT7IWDTTGGJ3D7254SVQBXUHDM";
/// An honest key with the point of order 8 added.
pub const MIXED_ORDER: &str = "UBFET7PIFHHJXJ45UIM6YK5CXMN5DVGZWEC4XP3HA6GET6O7HLKB3PNP";
/// 32 bytes that are no point of the curve.
pub const NO_POINT: &str = "UABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAHWN";

/// One of [`NAMES`].
pub struct Actor {
    pub pair: KeyPair,
    pub identity: Identity,
    pub key: PublicKey,
}

/// The actor of this name: the 32 bytes of its seed are the SHA-256 of `statsgrid test vector NAME`.
pub fn actor(name: &str) -> Actor {
    let bytes = Hash::of(format!("statsgrid test vector {name}").as_bytes()).0;
    let pair = KeyPair::new_from_raw(KeyPairType::User, bytes).unwrap();
    let identity = Identity::from_seed(&pair.seed().unwrap()).unwrap();
    Actor { pair, key: identity.public_key(), identity }
}

impl Actor {
    /// Signs these very bytes as the body of a message of this kind.
    pub fn sign(&self, kind: &str, body: &[u8]) -> String {
        BASE64.encode(&self.pair.sign(&signed_bytes(kind, body)).unwrap())
    }

    /// Its shard of eight.
    pub fn shard(&self) -> Shard {
        (1..=8).filter_map(|index| Shard::new(index, 8)).find(|shard| shard.holds(&self.key)).unwrap()
    }
}

pub fn subjects() -> Subjects {
    Subjects::under(DEFAULT_PREFIX).unwrap()
}

/// An id that is the same each time.
pub fn id(name: &str) -> Id {
    Hex(Hash::of(name.as_bytes()).0[..16].try_into().unwrap())
}
