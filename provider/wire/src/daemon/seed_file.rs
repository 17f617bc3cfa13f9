//! The seed file: 58 characters that are all a daemon's identity, readable by its user alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::files::{FileError, failed, read_secret};
use super::limits::SEED_FILE_BYTES;
use crate::{Identity, KeyError};

/// What errors call it.
const SEED_FILE: &str = "seed file";

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
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
        Err(error) if error.is(io::ErrorKind::NotFound) => match make(path) {
            // Another process of ours was a moment faster.
            Err(error) if error.is(io::ErrorKind::AlreadyExists) => load_identity(path),
            made => made,
        },
        other => other,
    }
}

/// Reads the identity in `path`.
pub fn load_identity(path: &Path) -> Result<Identity, SeedFileError> {
    let text = read_secret(SEED_FILE, path, SEED_FILE_BYTES)?;
    Identity::from_seed(text.trim()).map_err(|source| SeedFileError::Seed { path: path.to_owned(), source })
}

impl SeedFileError {
    fn is(&self, kind: io::ErrorKind) -> bool {
        matches!(self, Self::File(FileError::Io { source, .. }) if source.kind() == kind)
    }
}

/// The file appears whole or not at all, and never in the place of another: what a kill leaves behind is a name beside.
fn make(path: &Path) -> Result<Identity, SeedFileError> {
    let identity = Identity::generate().map_err(SeedFileError::Random)?;
    let seed = identity.seed().map_err(|source| SeedFileError::Seed { path: path.to_owned(), source })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.exists() {
        let (path, folder) = (path.to_owned(), folder.to_owned());
        return Err(FileError::NoFolder { what: SEED_FILE, path, folder }.into());
    }
    let beside = path.with_added_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .map_err(failed(SEED_FILE, path, "created"))?;
    let written = writeln!(file, "{seed}")
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&beside, path))
        .and_then(|()| File::open(folder)?.sync_all());
    let removed = std::fs::remove_file(&beside);
    written.and(removed).map_err(failed(SEED_FILE, path, "written"))?;
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
