//! A trust file that others may replace at any moment: noticed by what the file system says of it.

use std::path::{Path, PathBuf};

use statsgrid_wire::daemon::Looks;

use super::file::{BadLine, TrustError, TrustFile};

/// The file, and how it looked when it was last read.
#[derive(Debug)]
pub struct Watched {
    path: PathBuf,
    seen: Option<Looks>,
}

impl Watched {
    /// Nothing of it was read yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, seen: None }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it. One that never was there is empty, and one that was there and is not is an error, once.
    pub fn read(&mut self) -> Result<(TrustFile, Vec<BadLine>), TrustError> {
        let was_there = self.seen.is_some();
        // Looked at before it is read: what changes meanwhile is read again.
        self.seen = Looks::of(&self.path);
        match TrustFile::read_if_there(&self.path)? {
            None if was_there || self.seen.is_some() => Err(TrustError::Gone(self.path.clone())),
            read => Ok(read.unwrap_or_default()),
        }
    }

    /// Whether it is not what it was when it was last read.
    pub fn changed(&self) -> bool {
        Looks::of(&self.path) != self.seen
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_change_is_noticed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        let mut watched = Watched::new(path.clone());
        watched.read().unwrap();
        assert!(!watched.changed());
        let steps: [&dyn Fn(); 2] = [&|| fs::write(&path, "# one\n").unwrap(), &|| {
            fs::write(folder.path().join("new"), "# two\n")
                .and_then(|()| fs::rename(folder.path().join("new"), &path))
                .unwrap()
        }];
        for step in steps {
            step();
            assert!(watched.changed());
            watched.read().unwrap();
            assert!(!watched.changed());
        }
        fs::remove_file(&path).unwrap();
        assert!(watched.changed());
        let error = watched.read().unwrap_err().to_string();
        assert!(error.contains("is gone: put it back"), "{error}");
        assert!(!watched.changed());
        // Who has it read after that means it.
        assert_eq!(watched.read().unwrap().0, TrustFile::default());
    }
}
