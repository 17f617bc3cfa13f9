//! One gatherer a snapshot: a second one would write over the first one's rounds.
//!
//! The lock is the kernel's (flock) on `PATH.lock`, so it ends with the process however that ends. The file itself
//! stays: who removed it would let a third process lock a new one while a second still waits on the old.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use super::beside;

/// Held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The lock was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{lock} is held by another gatherer{}: stop that one, or give this one a file of its own", of(*holder))]
    Held {
        /// The lock's file.
        lock: PathBuf,
        /// The process that wrote its id into it.
        holder: Option<u32>,
    },
    /// The file cannot be opened or locked.
    #[error("cannot lock {lock}")]
    Io {
        /// The lock's file.
        lock: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Lock {
    /// Takes the lock of the snapshot at `path`, at once or not at all.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let lock = beside(path, "lock");
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock);
        let mut file = match opened {
            Ok(file) => file,
            Err(source) => return Err(LockError::Io { lock, source }),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { holder: holder(&file), lock });
            }
            Err(TryLockError::Error(source)) => return Err(LockError::Io { lock, source }),
        }
        match write_holder(&mut file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(source) => Err(LockError::Io { lock, source }),
        }
    }
}

fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", process::id())
}

/// The process id in the file, if the holder has got to write it.
fn holder(file: &File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn of(holder: Option<u32>) -> String {
    holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let first = Lock::take(&path).unwrap();
        let error = Lock::take(&path).unwrap_err();
        let expected = format!(
            "{}.lock is held by another gatherer (process {}): stop that one, or give this one a file of its own",
            path.display(),
            process::id()
        );
        assert_eq!(error.to_string(), expected);
        drop(first);
        Lock::take(&path).unwrap();
    }

    #[test]
    fn a_holder_that_has_not_written_its_id_is_still_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("stats.json.lock")).unwrap();
        file.try_lock().unwrap();
        let error = Lock::take(&folder.path().join("stats.json")).unwrap_err();
        assert!(error.to_string().contains("is held by another gatherer:"), "{error}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Lock::take(&folder.path().join("missing/stats.json")).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot lock {}/missing/stats.json.lock", folder.path().display()));
    }
}
