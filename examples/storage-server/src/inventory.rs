//! One walk of a folder: every regular file in it, with its size.
//!
//! Symbolic links are neither followed nor measured, nor are devices, sockets and FIFOs. A size is the file's length,
//! not the blocks that it takes; a file under two names counts twice. What vanishes while the walk goes on is left
//! out; what cannot be read is an error, for half a sum would look like a loss.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use statsgrid_producer::Error;

use crate::change::Sizes;

/// Files on their way in: space that is taken by what is not whole yet.
const INCOMING: &str = "incoming";

/// What one walk found.
#[derive(Default)]
pub struct Inventory {
    /// The files outside incoming/, by their paths below the folder.
    pub stored: Sizes,
    /// The bytes under incoming/.
    pub allocated: u64,
}

impl Inventory {
    /// Walks the folder. More than `max_files` files and folders are refused: the walk is part of a poll, and what it
    /// finds is held in memory.
    pub fn of(root: &Path, max_files: usize) -> Result<Self, Error> {
        let mut walk = Walk { root, max_files, seen: 0, ahead: vec![root.to_owned()], found: Self::default() };
        while let Some(folder) = walk.ahead.pop() {
            walk.enter(&folder)?;
        }
        Ok(walk.found)
    }

    /// The bytes of all files.
    pub fn consumed(&self) -> u64 {
        self.stored.values().fold(self.allocated, |sum, size| sum.saturating_add(*size))
    }
}

/// A walk under way. The folders ahead are a list and not calls within calls: depth costs no stack.
struct Walk<'a> {
    root: &'a Path,
    max_files: usize,
    seen: usize,
    ahead: Vec<PathBuf>,
    found: Inventory,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path) -> Result<(), Error> {
        let entries = match fs::read_dir(folder) {
            Err(cause) if folder == self.root => return Err(self.no_root(&cause)),
            entries => unless_vanished(entries, "folder", folder)?,
        };
        for entry in entries.into_iter().flatten() {
            self.seen += 1;
            if self.seen > self.max_files {
                return Err(self.too_many());
            }
            let entry = entry.map_err(|cause| unreadable("folder", folder, &cause))?;
            self.take(&entry)?;
        }
        Ok(())
    }

    fn take(&mut self, entry: &DirEntry) -> Result<(), Error> {
        let path = entry.path();
        match unless_vanished(entry.metadata(), "file", &path)? {
            Some(metadata) if metadata.is_dir() => self.ahead.push(path),
            Some(metadata) if metadata.is_file() => self.add(&path, &metadata),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, metadata: &Metadata) {
        let path = path.strip_prefix(self.root).unwrap_or(path);
        if path.starts_with(INCOMING) {
            self.found.allocated = self.found.allocated.saturating_add(metadata.len());
        } else {
            self.found.stored.insert(path.to_owned(), metadata.len());
        }
    }

    fn no_root(&self, cause: &io::Error) -> Error {
        let root = self.root.display();
        Error::new(format!(
            "cannot read folder `{root}`: {cause}; is it there, and in `folders` of the producer's section?"
        ))
    }

    fn too_many(&self) -> Error {
        let (max_files, root) = (self.max_files, self.root.display());
        Error::new(format!("more than {max_files} files and folders under `{root}`: raise the config key `max_files`"))
    }
}

/// None for what was there when its name was read, and is no more.
fn unless_vanished<T>(outcome: io::Result<T>, what: &str, path: &Path) -> Result<Option<T>, Error> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unreadable(what, path, &cause)),
    }
}

fn unreadable(what: &str, path: &Path, cause: &io::Error) -> Error {
    Error::new(format!("cannot read {what} `{}`: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths and sizes of stored files and the sum of incoming ones, after these files were made.
    #[track_caller]
    fn check(files: &[(&str, usize)], stored: &[(&str, u64)], allocated: u64) {
        let root = tempfile::tempdir().unwrap();
        for (name, size) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; *size]).unwrap();
        }
        let inventory = Inventory::of(root.path(), 100).unwrap();
        let stored: Sizes = stored.iter().map(|(path, size)| (PathBuf::from(path), *size)).collect();
        assert_eq!(inventory.stored, stored);
        assert_eq!(inventory.allocated, allocated);
    }

    #[test]
    fn files_are_found_at_any_depth() {
        check(&[], &[], 0);
        check(
            &[("a", 1), ("b/c", 2), ("b/d/e/f", 4), ("empty", 0)],
            &[("a", 1), ("b/c", 2), ("b/d/e/f", 4), ("empty", 0)],
            0,
        );
    }

    #[test]
    fn only_the_folder_incoming_itself_is_incoming() {
        check(&[("incoming/a", 1), ("incoming/b/c", 2)], &[], 3);
        let elsewhere = [("incoming2/a", 1), ("b/incoming/c", 2)];
        check(&elsewhere, &elsewhere.map(|(path, size)| (path, size as u64)), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        use std::os::unix::fs::symlink;

        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("big"), [0; 1000]).unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("own"), [0; 5]).unwrap();
        symlink(outside.path(), root.path().join("folder")).unwrap();
        symlink(outside.path().join("big"), root.path().join("file")).unwrap();
        symlink(root.path(), root.path().join("loop")).unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        assert_eq!(Inventory::of(root.path(), 100).unwrap().consumed(), 5);
    }

    #[test]
    fn the_walk_is_bounded() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("folder")).unwrap();
        fs::write(root.path().join("folder/file"), [0; 5]).unwrap();
        assert!(Inventory::of(root.path(), 2).is_ok());
        let error = Inventory::of(root.path(), 1).err().unwrap().to_string();
        let root = root.path().display();
        assert_eq!(error, format!("more than 1 files and folders under `{root}`: raise the config key `max_files`"));
    }

    #[test]
    fn a_sum_past_64_bits_stays_at_the_end() {
        let stored = Sizes::from([("a".into(), u64::MAX), ("b".into(), 1)]);
        assert_eq!(Inventory { stored, allocated: 1 }.consumed(), u64::MAX);
    }
}
