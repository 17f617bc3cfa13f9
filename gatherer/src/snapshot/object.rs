//! JSON objects read entry by entry, by something that knows what it wants from them.
//!
//! serde's derive reads into a type that is fixed when it is compiled; [`super::select()`] is told at run time what to
//! keep. This is the part that is the same on each level of a snapshot.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Reads one kind of object.
pub(super) trait ReadObject<'de>: Sized {
    /// What comes of it.
    type Output;
    /// What the object is, for the error about something that is no object.
    const WHAT: &'static str;

    /// Takes what is wanted from the object's entries.
    fn read<A: MapAccess<'de>>(self, map: A) -> Result<Self::Output, A::Error>;
}

/// The value that a [`ReadObject`] is to read.
pub(super) struct Object<R>(pub(super) R);

impl<'de, R: ReadObject<'de>> DeserializeSeed<'de> for Object<R> {
    type Value = R::Output;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Output, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: ReadObject<'de>> Visitor<'de> for Object<R> {
    type Value = R::Output;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(R::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<R::Output, A::Error> {
        self.0.read(map)
    }
}

/// Calls `entry` at each key for which `find` finds something, and skips the others with their values.
pub(super) fn for_each<'de, A, F, T, E>(map: &mut A, mut find: F, mut entry: E) -> Result<(), A::Error>
where
    A: MapAccess<'de>,
    F: FnMut(&str) -> Option<T>,
    E: FnMut(T, &mut A) -> Result<(), A::Error>,
{
    while let Some(found) = map.next_key_seed(Key(&mut find))? {
        match found {
            Some(found) => entry(found, map)?,
            None => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    Ok(())
}

/// A key that is looked at where it stands.
struct Key<'f, F>(&'f mut F);

impl<'de, F: FnMut(&str) -> Option<T>, T> DeserializeSeed<'de> for Key<'_, F> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnMut(&str) -> Option<T>, T> Visitor<'_> for Key<'_, F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<T>, E> {
        Ok((self.0)(key))
    }
}
