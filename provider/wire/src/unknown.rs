//! Fields of a message that this version does not know: tolerated, so that a newer sender is understood, but not
//! twice.
//!
//! JSON parsers disagree about which of two equal keys counts, so a body that holds a key twice could mean one thing
//! to the gatherer and another to whoever checks the journal. Known fields are covered by serde's derive; this type,
//! flattened into a message, sees the others. It costs nothing where there are none.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What was read over. Nothing of it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

impl<'de> Deserialize<'de> for Unknown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeys)
    }
}

struct UniqueKeys;

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Unknown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unknown, A::Error> {
        let mut seen = HashSet::new();
        while let Some((key, Unknown)) = map.next_entry::<String, Unknown>()? {
            if let Some(twin) = seen.replace(key) {
                return Err(A::Error::custom(format_args!("duplicate field {twin:?}")));
            }
        }
        Ok(Unknown)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unknown, A::Error> {
        while items.next_element::<Unknown>()?.is_some() {}
        Ok(Unknown)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unknown, E> {
        Ok(Unknown)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unknown, E> {
        Ok(Unknown)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unknown, E> {
        Ok(Unknown)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unknown, E> {
        Ok(Unknown)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unknown, E> {
        Ok(Unknown)
    }

    fn visit_unit<E>(self) -> Result<Unknown, E> {
        Ok(Unknown)
    }
}
