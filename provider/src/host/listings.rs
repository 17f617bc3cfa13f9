//! How many entries of folders a guest may have listed: wasmtime holds a list of all of them in the host's memory, which is
//! no part of what the guest's limit bounds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;

use crate::limits::FOLDER_ENTRIES;

/// Lists that a guest holds, by the numbers that it knows them by, and how many entries each has.
#[derive(Debug, Default)]
pub(super) struct Listings(BTreeMap<u32, usize>);

impl Listings {
    /// How many entries another one may have.
    pub(super) fn room(&self) -> usize {
        FOLDER_ENTRIES.saturating_sub(self.0.values().sum())
    }

    pub(super) fn add(&mut self, list: u32, entries: usize) {
        self.0.insert(list, entries);
    }

    pub(super) fn remove(&mut self, list: u32) {
        self.0.remove(&list);
    }
}

/// How many entries `folder` has; none: more than `most`, beyond which it does not look.
pub(super) fn count(folder: &File, most: usize) -> io::Result<Option<usize>> {
    let entries = fs::read_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()))?;
    Ok(Some(entries.take(most + 1).count()).filter(|entries| *entries <= most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_counted_as_far_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let open = File::open(folder.path()).unwrap();
        assert_eq!(count(&open, 3).unwrap(), Some(3));
        assert_eq!(count(&open, 2).unwrap(), None);
    }

    #[test]
    fn lists_that_are_held_take_the_room_of_the_next_one() {
        let mut listings = Listings::default();
        listings.add(3, FOLDER_ENTRIES - 2);
        listings.add(4, 2);
        assert_eq!(listings.room(), 0);
        listings.remove(4);
        assert_eq!(listings.room(), 2);
    }
}
