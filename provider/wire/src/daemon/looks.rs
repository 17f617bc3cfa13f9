//! How a file looks from outside: a cheap way to notice that somebody replaced it, wrote over it or took it away.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What changes when a file is replaced or written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    device_and_number: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    mode: u32,
}

impl Looks {
    /// How the file at `path` looks now; nothing, if there is none that can be looked at.
    pub fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self {
            device_and_number: (file.dev(), file.ino()),
            bytes: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
            mode: file.mode(),
        })
    }
}
