//! What the gatherer starts with: the last run's snapshot, so that no node's last values are lost with a restart.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use super::{ReadError, Snapshot, beside};

/// The snapshot was corrupt. It is kept under another name, for somebody to look at, and gathering starts empty.
#[derive(Debug)]
pub struct SetAside {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is now.
    pub aside: PathBuf,
    /// What was wrong with it.
    pub cause: ReadError,
}

/// The gatherer must not start on this snapshot.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It may be whole, and would be overwritten.
    #[error(transparent)]
    Read(ReadError),
    /// It is corrupt, and could not be kept.
    #[error("the snapshot {path} is corrupt and cannot be set aside as {aside}")]
    SetAside {
        /// Where it is.
        path: PathBuf,
        /// Where it should go.
        aside: PathBuf,
        /// Why it cannot.
        source: io::Error,
    },
}

/// The last run's records: none if there is no snapshot. A corrupt one is renamed to `PATH.corrupt-UNIXMS`, with a
/// warning. One that cannot be read, or that a later version wrote, is an error, for it would be overwritten.
pub fn load_or_set_aside(path: &Path, now_ms: u64) -> Result<(Snapshot, Option<SetAside>), LoadError> {
    match Snapshot::read(path) {
        Ok(snapshot) => Ok((snapshot, None)),
        Err(ReadError::Missing { .. }) => Ok((Snapshot::default(), None)),
        Err(cause) if cause.is_corrupt() => {
            set_aside(path, now_ms, cause).map(|warning| (Snapshot::default(), Some(warning)))
        }
        Err(error) => Err(LoadError::Read(error)),
    }
}

fn set_aside(path: &Path, now_ms: u64, cause: ReadError) -> Result<SetAside, LoadError> {
    let (path, aside) = (path.to_owned(), beside(path, &format!("corrupt-{now_ms}")));
    match fs::rename(&path, &aside) {
        Ok(()) => Ok(SetAside { path, aside, cause }),
        Err(source) => Err(LoadError::SetAside { path, aside, source }),
    }
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, aside) = (self.path.display(), self.aside.display());
        write!(f, "the snapshot {path} was corrupt and is now {aside}; gathering starts with no records")
    }
}

impl std::error::Error for SetAside {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::limits::SNAPSHOT_BYTES;

    const NOW: u64 = 1_795_358_400_123;

    #[test]
    fn nothing_there_is_an_empty_start() {
        let folder = tempfile::tempdir().unwrap();
        let (snapshot, warning) = load_or_set_aside(&folder.path().join("stats.json"), NOW).unwrap();
        assert!(snapshot.records.is_empty());
        assert!(warning.is_none());
    }

    #[test]
    fn a_corrupt_one_is_kept_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        for text in ["", "{\"trunca", "[1]", "{\"a\":1}"] {
            fs::write(&path, text).unwrap();
            let (snapshot, warning) = load_or_set_aside(&path, NOW).unwrap();
            assert!(snapshot.records.is_empty());
            let shown = path.display();
            assert_eq!(
                warning.unwrap().to_string(),
                format!(
                    "the snapshot {shown} was corrupt and is now {shown}.corrupt-{NOW}; \
                    gathering starts with no records"
                )
            );
            assert!(!path.exists());
            assert_eq!(fs::read_to_string(folder.path().join(format!("stats.json.corrupt-{NOW}"))).unwrap(), text);
        }
    }

    #[test]
    fn what_may_be_whole_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let key = statsgrid_wire::Identity::generate().unwrap().public_key();
        fs::write(&path, format!(r#"{{"{key}":{{"schema":2}}}}"#)).unwrap();
        assert!(matches!(load_or_set_aside(&path, NOW), Err(LoadError::Read(ReadError::NewerSchema { .. }))));
        fs::File::create(&path).unwrap().set_len(SNAPSHOT_BYTES + 1).unwrap();
        assert!(matches!(load_or_set_aside(&path, NOW), Err(LoadError::Read(ReadError::TooLarge { .. }))));
        assert!(path.exists());
        assert!(matches!(load_or_set_aside(folder.path(), NOW), Err(LoadError::Read(ReadError::Unreadable { .. }))));
        assert!(folder.path().exists());
    }
}
