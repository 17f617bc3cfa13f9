//! Files that a daemon is told to read: regular, bounded, and closed to others where they hold a secret.
//!
//! Each error says what the file is for, which is what the reader of a log knows it by.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::owner::Foreign;

/// Why a file that a daemon needs is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened, read or written.
    #[error("{what} {path}: cannot be {step}")]
    Io {
        /// What it is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What was tried.
        step: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// There is no folder for it.
    #[error("{what} {path}: its folder is not there: mkdir -p {folder}")]
    NoFolder {
        /// What it is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// It is another user's.
    #[error("{what} {foreign}")]
    Foreign {
        /// What it is for.
        what: &'static str,
        /// Whose.
        foreign: Foreign,
    },
    /// A folder, a FIFO, a device.
    #[error("{what} {path}: not a regular file; remove it, or name another path")]
    NotFile {
        /// What it is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Others could read the secret.
    #[error("{what} {path} has mode {mode:03o}, and others may read it: run `chmod 600 {path}`")]
    Open {
        /// What it is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It goes on beyond the bound.
    #[error("{what} {path}: longer than {most} bytes, so it is another file; name the right one")]
    TooLong {
        /// What it is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The bound.
        most: u64,
    },
}

/// The text of a file that everybody may read.
pub(super) fn read_file(what: &'static str, path: &Path, most: u64) -> Result<String, FileError> {
    read(what, path, &open(what, path)?, most)
}

/// The text of a file that nobody else may read.
pub(super) fn read_secret(what: &'static str, path: &Path, most: u64) -> Result<String, FileError> {
    let file = open(what, path)?;
    // The open file is asked, not the path, which could be another file by now.
    let metadata = file.metadata().map_err(failed(what, path, "examined"))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileError::Open { what, path: path.to_owned(), mode });
    }
    read(what, path, &file, most)
}

fn open(what: &'static str, path: &Path) -> Result<File, FileError> {
    // A FIFO would hold whoever opens it.
    if !std::fs::metadata(path).map_err(failed(what, path, "opened"))?.is_file() {
        return Err(FileError::NotFile { what, path: path.to_owned() });
    }
    File::open(path).map_err(|source| match Foreign::explains(&source, path) {
        Some(foreign) => FileError::Foreign { what, foreign },
        None => failed(what, path, "opened")(source),
    })
}

fn read(what: &'static str, path: &Path, file: &File, most: u64) -> Result<String, FileError> {
    let mut text = String::new();
    let read = file.take(most + 1).read_to_string(&mut text).map_err(failed(what, path, "read"))?;
    match u64::try_from(read) {
        Ok(read) if read <= most => Ok(text),
        _ => Err(FileError::TooLong { what, path: path.to_owned(), most }),
    }
}

/// What becomes of an error of the system at this step.
pub(super) fn failed(what: &'static str, path: &Path, step: &'static str) -> impl Fn(io::Error) -> FileError {
    move |source| FileError::Io { what, path: path.to_owned(), step, source }
}
