//! One writer a state file: a second gatherer on one snapshot would write over the first one's rounds.
//!
//! The lock is the kernel's (flock) on a file beside the one that it keeps, for that one is replaced; so it ends with the
//! process however that ends. The lock's file itself stays: who removed it would let a third process lock a new one
//! while a second still waits on the old.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::owner::Foreign;

/// Whoever may open the file may lock it, and so keep a daemon from its start and people from a decision.
const MODE: u32 = 0o600;

/// Held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The lock was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{lock} is held by another {who}{}: {remedy}", process(*holder))]
    Held {
        /// The lock's file.
        lock: PathBuf,
        /// What kind of program takes this lock.
        who: &'static str,
        /// The process that wrote its id into it.
        holder: Option<u32>,
        /// What to do.
        remedy: &'static str,
    },
    /// The file is another user's.
    #[error(transparent)]
    Foreign(#[from] Foreign),
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
    /// Takes the lock of the file `lock`, which is made if it is not there, at once or not at all. `who` and `remedy` are
    /// for whom it is refused: the kind of program that holds it, and what to do about that.
    pub fn take(lock: &Path, who: &'static str, remedy: &'static str) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { lock: lock.to_owned(), source };
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(MODE).open(lock);
        let denied = |source| match Foreign::explains(&source, lock) {
            Some(foreign) => foreign.into(),
            None => failed(source),
        };
        let mut file = opened.map_err(denied)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { lock: lock.to_owned(), who, holder: holder(&file), remedy });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        write_holder(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

/// The process id in the file, if the holder has got to write it.
fn holder(file: &File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn process(holder: Option<u32>) -> String {
    holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn take(lock: &Path) -> Result<Lock, LockError> {
        Lock::take(lock, "gatherer", "stop that one")
    }

    #[test]
    fn a_second_holder_is_told_who_has_it_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("stats.json.lock");
        let first = take(&lock).unwrap();
        let error = take(&lock).unwrap_err();
        let (shown, id) = (lock.display(), std::process::id());
        assert_eq!(error.to_string(), format!("{shown} is held by another gatherer (process {id}): stop that one"));
        drop(first);
        take(&lock).unwrap();
    }

    #[test]
    fn a_holder_that_has_not_written_its_id_is_still_one() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("stats.json.lock");
        let file = File::create(&lock).unwrap();
        file.try_lock().unwrap();
        let error = take(&lock).unwrap_err();
        assert!(error.to_string().contains("is held by another gatherer:"), "{error}");
    }

    #[test]
    fn nobody_else_may_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("stats.json.lock");
        let _held = take(&lock).unwrap();
        assert_eq!(lock.metadata().unwrap().permissions().mode() & 0o077, 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = take(&folder.path().join("missing/stats.json.lock")).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot lock {}/missing/stats.json.lock", folder.path().display()));
    }
}
