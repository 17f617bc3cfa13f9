//! Things under names: a reply's counters, its stats, its producers' reports.
//!
//! Sorted and unique by construction, so it is written the same whatever order it was made in, and found in by
//! halving. The names are checked where a message is read: what is in a [`Named`] is safe to print.
//!
//! The nodes of a fleet report the same names, so those are a list of their own (`names.rs`), which all share that were read
//! on the same thread: a hundred thousand records hold their numbers, and the names once.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::limits::ENTRIES;
use crate::names::{List, Names, Reading};

/// Things under names, sorted by name. `T` is [`crate::Number`] for stats and `u64` for counters.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T> {
    names: Arc<Names>,
    things: Box<[T]>,
}

impl<T> Named<T> {
    /// What stands under `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.things.get(self.names.place(name)?)
    }

    /// The one at this place among them, by name: for whoever has walked over them before.
    pub fn at(&self, place: usize) -> Option<(&str, &T)> {
        Some((self.names.at(place)?, self.things.get(place)?))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &T)> {
        self.names.iter().zip(&self.things)
    }

    /// Other things under the same names.
    pub fn map<U>(&self, other: impl FnMut(&T) -> U) -> Named<U> {
        Named { names: self.names.clone(), things: self.things.iter().map(other).collect() }
    }

    /// The things that stand under the same name here and there, by name.
    pub fn shared_with<'a, U>(&'a self, there: &'a Named<U>) -> Vec<(&'a T, &'a U)> {
        if Arc::ptr_eq(&self.names, &there.names) {
            return self.things.iter().zip(&there.things).collect();
        }
        self.iter().filter_map(|(name, here)| Some((here, there.get(name)?))).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { names: Names::none(), things: Box::default() }
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
        let names = Arc::new(entries.iter().map(|(name, _)| name.as_ref()).collect());
        Self { names, things: entries.into_iter().map(|(_, thing)| thing).collect() }
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
        let (mut names, mut things) = (Reading::default(), Vec::new());
        while map.next_key_seed(&mut names)?.is_some() {
            if things.len() == ENTRIES {
                return Err(A::Error::custom(format_args!("more than {ENTRIES} entries")));
            }
            things.push(map.next_value()?);
        }
        let List { names, order } = names.finish().map_err(A::Error::custom)?;
        let things = if let Some(order) = order { in_order(things, &order) } else { things };
        Ok(Named { names, things: things.into_boxed_slice() })
    }
}

/// The things in another order: at each place the one that stood at `order` of it.
fn in_order<T>(things: Vec<T>, order: &[usize]) -> Vec<T> {
    let mut things: Vec<Option<T>> = things.into_iter().map(Some).collect();
    order.iter().filter_map(|place| things.get_mut(*place)?.take()).collect()
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
