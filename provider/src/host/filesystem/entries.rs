//! How many entries a folder may have for a guest to list it: wasmtime holds a list of all of them in the host's memory,
//! which is no part of what the guest's limit bounds.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;

use crate::limits::FOLDER_ENTRIES;

/// Whether `folder` may be listed. It looks at no more entries than that takes.
pub(super) fn may_be_listed(folder: &File) -> io::Result<bool> {
    has_at_most(folder, FOLDER_ENTRIES)
}

fn has_at_most(folder: &File, most: usize) -> io::Result<bool> {
    let entries = fs::read_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()))?;
    Ok(entries.take(most + 1).count() <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_full_or_not() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let open = File::open(folder.path()).unwrap();
        assert!(has_at_most(&open, 3).unwrap());
        assert!(!has_at_most(&open, 2).unwrap());
    }
}
