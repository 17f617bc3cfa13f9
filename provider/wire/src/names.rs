//! Lists of names, packed, and shared between those who read the same ones.
//!
//! While an object is read, its names are put one behind the other; at its end they are held against the lists that were
//! read lately. What is such a list to the byte is that list, whose names were checked when it was new: so a name costs a
//! copy and a comparison, and no memory. Left out on purpose: one store of lists for all threads, which would need a lock
//! for each reply.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use crate::name::{NameError, check_name};

/// Lists that a thread remembers: those of a fleet whose nodes run some ten kinds of producers in many combinations. A node
/// that shows others each time costs the others their place, and so time, but no memory.
const LISTS_REMEMBERED: usize = 64;

/// Stands behind each name of a packed list, and in none.
const END: char = '\n';

/// Names, sorted, each once.
#[derive(Debug, PartialEq)]
pub(crate) struct Names {
    /// Each with [`END`] behind it.
    packed: Box<str>,
    /// Where each one's [`END`] stands.
    ends: Box<[u32]>,
}

/// What was read, as a list.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) names: Arc<Names>,
    /// Where each of them stood, if they came in another order.
    pub(crate) order: Option<Vec<usize>>,
}

/// The names of an object, as they come.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    packed: String,
    count: usize,
}

thread_local! {
    static LATELY: RefCell<Lately> = RefCell::default();
}

#[derive(Debug, Default)]
struct Lately {
    lists: Vec<Arc<Names>>,
    /// Whose place the next new one takes, once there is no other.
    oldest: usize,
}

impl Names {
    /// The list without names.
    pub(crate) fn none() -> Arc<Self> {
        static NONE: LazyLock<Arc<Names>> = LazyLock::new(|| Arc::new(Names::from_iter([""; 0])));
        NONE.clone()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|place| self.at(place).unwrap_or_default())
    }

    /// The one at this place.
    pub(crate) fn at(&self, place: usize) -> Option<&str> {
        let end = usize::try_from(*self.ends.get(place)?).ok()?;
        let before = place.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |end| end + 1);
        self.packed.get(usize::try_from(start).ok()?..end)
    }

    /// Where this name stands.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.at(middle)?.cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// Of names that are sorted, and each once.
impl<'a> FromIterator<&'a str> for Names {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let (mut packed, mut ends) = (String::new(), Vec::new());
        for name in names {
            packed.push_str(name);
            // A list is of one message, or of names that our own code gives: never 4 GiB.
            ends.push(u32::try_from(packed.len()).unwrap_or(u32::MAX));
            packed.push(END);
        }
        Self { packed: packed.into(), ends: ends.into() }
    }
}

impl Reading {
    /// The list of what was read. The error says which name is none, or stands twice.
    pub(crate) fn finish(self) -> Result<List, String> {
        if let Some(names) = LATELY.with_borrow(|lately| lately.find(&self)) {
            return Ok(List { names, order: None });
        }
        let mut names: Vec<(usize, &str)> = self.packed.split_terminator(END).enumerate().collect();
        // A name with a line feed in it would be two.
        let shown = |name: &str, why: &dyn std::fmt::Display| format!("name {name:?}: {why}");
        if let Some((name, error)) = names.iter().find_map(|(_, name)| Some((name, check_name(name).err()?))) {
            return Err(shown(name, &error));
        }
        if names.len() != self.count {
            return Err(shown(&self.packed, &NameError::Character));
        }
        let sorted = names.is_sorted_by(|(_, a), (_, b)| a < b);
        if !sorted {
            names.sort_by_key(|(_, name)| *name);
        }
        if let Some(name) = names.windows(2).find_map(twin) {
            return Err(format!("name {name:?} stands twice"));
        }
        let list = Arc::new(names.iter().map(|(_, name)| *name).collect());
        if sorted {
            LATELY.with_borrow_mut(|lately| lately.remember(&list));
            return Ok(List { names: list, order: None });
        }
        Ok(List { names: list, order: Some(names.into_iter().map(|(place, _)| place).collect()) })
    }
}

impl Lately {
    /// A list that was packed of as many names to the same bytes is the same: [`END`] stands in none of its names, so what
    /// has as many of it has each of them behind a name.
    fn find(&self, reading: &Reading) -> Option<Arc<Names>> {
        let same = |list: &&Arc<Names>| list.ends.len() == reading.count && *list.packed == *reading.packed;
        self.lists.iter().find(same).cloned()
    }

    fn remember(&mut self, list: &Arc<Names>) {
        if self.lists.len() < LISTS_REMEMBERED {
            self.lists.push(list.clone());
        } else if let Some(place) = self.lists.get_mut(self.oldest) {
            *place = list.clone();
            self.oldest = (self.oldest + 1) % LISTS_REMEMBERED;
        }
    }
}

fn twin<'a>(neighbours: &[(usize, &'a str)]) -> Option<&'a str> {
    match neighbours {
        [(_, a), (_, b)] if a == b => Some(a),
        _ => None,
    }
}

/// Takes one more name.
impl<'de> DeserializeSeed<'de> for &mut Reading {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for &mut Reading {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        self.packed.push_str(name);
        self.packed.push(END);
        self.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Result<List, String> {
        let mut reading = Reading::default();
        for name in names {
            (&mut reading).visit_str::<serde::de::value::Error>(name).unwrap();
        }
        reading.finish()
    }

    #[test]
    fn who_reads_the_same_names_shares_them() {
        let List { names: first, order } = read(&["a", "b.c", "d"]).unwrap();
        assert_eq!(order, None);
        assert!(Arc::ptr_eq(&first, &read(&["a", "b.c", "d"]).unwrap().names));
        assert!(!Arc::ptr_eq(&first, &read(&["a", "b.c"]).unwrap().names));
        let other = read(&["d", "a", "b.c"]).unwrap();
        assert_eq!((other.names.as_ref(), other.order), (first.as_ref(), Some(vec![1, 2, 0])));
        assert_eq!(first.iter().collect::<Vec<_>>(), ["a", "b.c", "d"]);
        for (place, name) in first.iter().enumerate() {
            assert_eq!(first.place(name), Some(place));
        }
        assert_eq!([first.place("0"), first.place("b"), first.place("e")], [None; 3]);
        assert_eq!(first.at(3), None);
    }

    #[test]
    fn a_name_that_holds_the_end_of_names_is_never_two_of_a_list() {
        read(&["a", "b", "c"]).unwrap();
        for names in [&["a\nb", "c"][..], &["a\nb\nc"], &["a\n", "b", "c"], &["a", "b\n", "c"], &["a", "", "b", "c"]] {
            assert!(read(names).is_err(), "{names:?}");
        }
    }

    #[test]
    fn new_lists_take_the_place_of_old_ones() {
        let first = read(&["first"]).unwrap().names;
        for number in 0..LISTS_REMEMBERED * 3 {
            read(&[&format!("n{number}")]).unwrap();
        }
        assert!(!Arc::ptr_eq(&first, &read(&["first"]).unwrap().names));
        LATELY.with_borrow(|lately| assert_eq!(lately.lists.len(), LISTS_REMEMBERED));
    }
}
