//! Things under names: a reply's counters, its stats, its producers' reports.
//!
//! Sorted and unique by construction, so it is written the same whatever order it was made in, and found in by
//! halving. The names are checked where a message is read: what is in a [`Named`] is safe to print.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::limits::ENTRIES;
use crate::name::check_name;

/// Things under names, sorted by name. `T` is [`crate::Number`] for stats and `u64` for counters.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(Box<[(Box<str>, T)]>);

impl<T> Named<T> {
    /// What stands under `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        let place = self.0.binary_search_by(|(held, _)| held.as_ref().cmp(name)).ok()?;
        self.0.get(place).map(|(_, thing)| thing)
    }

    /// The one at this place among them, by name: for whoever has walked over them before.
    pub fn at(&self, place: usize) -> Option<(&str, &T)> {
        self.0.get(place).map(|(name, thing)| (name.as_ref(), thing))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, thing)| (name.as_ref(), thing))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

/// Of two entries with one name the later stays: our own code, which checks for collisions where names are given
/// out, collects; what comes from outside is read by [`Deserialize`], which refuses them.
impl<T, N: Into<Box<str>>> FromIterator<(N, T)> for Named<T> {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(entries: I) -> Self {
        let mut entries: Vec<(Box<str>, T)> = entries.into_iter().map(|(name, thing)| (name.into(), thing)).collect();
        entries.reverse();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(later, _), (earlier, _)| later == earlier);
        Self(entries.into_boxed_slice())
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamedVisitor(PhantomData))
    }
}

struct NamedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
        let mut entries: Vec<(Box<str>, T)> = Vec::new();
        while let Some((name, thing)) = map.next_entry::<Box<str>, T>()? {
            if entries.len() == ENTRIES {
                return Err(A::Error::custom(format_args!("more than {ENTRIES} entries")));
            }
            check_name(&name).map_err(|error| A::Error::custom(format_args!("name {name:?}: {error}")))?;
            entries.push((name, thing));
        }
        // A writer of ours sorts already; then this is one pass.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(name) = entries.windows(2).find_map(twin) {
            return Err(A::Error::custom(format_args!("name {name:?} stands twice")));
        }
        Ok(Named(entries.into_boxed_slice()))
    }
}

fn twin<T>(neighbours: &[(Box<str>, T)]) -> Option<&str> {
    match neighbours {
        [(a, _), (b, _)] if a == b => Some(a),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Number;

    #[test]
    fn sorted_whatever_the_order_and_found_again() {
        let counters: Named<u64> = [("b", 2), ("a", 1), ("b", 3)].into_iter().collect();
        assert_eq!(serde_json::to_string(&counters).unwrap(), r#"{"a":1,"b":3}"#);
        assert_eq!(counters.get("b"), Some(&3));
        assert_eq!(counters.get("c"), None);
        assert_eq!((counters.at(1), counters.at(2)), (Some(("b", &3)), None));
        let read: Named<u64> = serde_json::from_str(r#"{"b":3,"a":1}"#).unwrap();
        assert_eq!(read, counters);
    }

    #[test]
    fn hostile_objects_are_refused_by_name() {
        let check = |text: &str, expected: &str| {
            let error = serde_json::from_str::<Named<Number>>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check(r#"{"a":1,"b":2,"a":3}"#, r#""a" stands twice"#);
        check(r#"{"a\nb":1}"#, "only ASCII letters");
        check(r#"{"":1}"#, "needs a letter");
        check(r#"{"a":"1"}"#, "64 bits");
        check(r#"{"a":{}}"#, "64 bits");
        check("[1]", "an object of names");
    }
}
