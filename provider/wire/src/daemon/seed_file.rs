//! The seed file: 58 characters that are all a daemon's identity, readable by its user alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::limits::SEED_FILE_BYTES;
use super::owner::Foreign;
use crate::{Identity, KeyError};

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
    /// It cannot be opened, read or written.
    #[error("seed file {path}: cannot be {step}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        step: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// It is another user's.
    #[error("seed file {0}")]
    Foreign(Foreign),
    /// A folder, a FIFO, a device.
    #[error("seed file {0}: not a regular file; remove it, or name another path")]
    NotFile(PathBuf),
    /// Others could read the secret.
    #[error("seed file {path} has mode {mode:03o}, and others may read it: run `chmod 600 {path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It holds no seed.
    #[error("seed file {path} holds no seed: restore it, or remove it for a new identity")]
    Seed {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        source: KeyError,
    },
    /// The system gives no randomness.
    #[error("no randomness for a new identity")]
    Random(#[source] getrandom::Error),
}

/// Reads the identity in `path`, or makes one there.
pub fn load_or_make_identity(path: &Path) -> Result<Identity, SeedFileError> {
    match load_identity(path) {
        Err(SeedFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => match make(path) {
            // Another process of ours was a moment faster.
            Err(SeedFileError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
                load_identity(path)
            }
            made => made,
        },
        other => other,
    }
}

/// Reads the identity in `path`.
pub fn load_identity(path: &Path) -> Result<Identity, SeedFileError> {
    let failed = |step| move |source| SeedFileError::Io { path: path.to_owned(), step, source };
    // A FIFO would hold whoever opens it.
    if !std::fs::metadata(path).map_err(failed("opened"))?.is_file() {
        return Err(SeedFileError::NotFile(path.to_owned()));
    }
    let denied = |source| match Foreign::explains(&source, path) {
        Some(foreign) => SeedFileError::Foreign(foreign),
        None => failed("opened")(source),
    };
    let file = File::open(path).map_err(denied)?;
    // The open file is asked, not the path, which could be another file by now.
    let mode = file.metadata().map_err(failed("examined"))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SeedFileError::Open { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.take(SEED_FILE_BYTES).read_to_string(&mut text).map_err(failed("read"))?;
    Identity::from_seed(text.trim()).map_err(|source| SeedFileError::Seed { path: path.to_owned(), source })
}

/// The file appears whole or not at all, and never in the place of another: what a kill leaves behind is a name beside.
fn make(path: &Path) -> Result<Identity, SeedFileError> {
    let failed = |step| move |source| SeedFileError::Io { path: path.to_owned(), step, source };
    let identity = Identity::generate().map_err(SeedFileError::Random)?;
    let seed = identity.seed().map_err(|source| SeedFileError::Seed { path: path.to_owned(), source })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = path.with_added_extension(format!("{}.new", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed("created"))?;
    let written = writeln!(file, "{seed}")
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&beside, path))
        .and_then(|()| File::open(folder)?.sync_all());
    let removed = std::fs::remove_file(&beside);
    written.and(removed).map_err(failed("written"))?;
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_with_mode_600_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.seed");
        let made = load_or_make_identity(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is left beside it");
        assert_eq!(load_or_make_identity(&path).unwrap().public_key(), made.public_key());
    }

    #[test]
    fn a_seed_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.seed");
        load_or_make_identity(&path).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let error = load_or_make_identity(&path).unwrap_err().to_string();
        assert!(error.contains("mode 640") && error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn what_is_no_seed_is_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.seed");
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
        file.write_all(b"hello\n").unwrap();
        let error = load_or_make_identity(&path).unwrap_err().to_string();
        assert!(error.contains("holds no seed"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"hello\n");
    }
}
