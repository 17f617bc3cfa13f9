//! A trust file that others may replace at any moment, or write over in place: noticed by what the file system says of it,
//! and taken when it has settled, which is when two looks in a row found it the same.
//!
//! So a file that is read in the middle of a write, half of the fleet missing from it, decides nothing. Whoever pauses in
//! the middle for longer than between two looks is not helped: a new file, renamed into place, is whole at any moment.

use std::path::{Path, PathBuf};

use statsgrid_wire::daemon::Looks;

use super::file::{BadLine, TrustError, TrustFile};

/// The file, and how it looked when it was last read.
#[derive(Debug)]
pub struct Watched {
    path: PathBuf,
    seen: Option<Looks>,
    /// How it looked at the last look, if that was not as when it was read.
    unsettled: Option<Option<Looks>>,
}

/// What a reading gives.
type Read = Result<(TrustFile, Vec<BadLine>), TrustError>;

impl Watched {
    /// Nothing of it was read yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, seen: None, unsettled: None }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it. One that never was there is empty, and one that was there and is not is an error, once.
    pub fn read(&mut self) -> Read {
        let was_there = self.seen.is_some();
        self.unsettled = None;
        // Looked at before it is read: what changes meanwhile is read again.
        self.seen = Looks::of(&self.path);
        match TrustFile::read_if_there(&self.path)? {
            None if was_there || self.seen.is_some() => Err(TrustError::Gone(self.path.clone())),
            read => Ok(read.unwrap_or_default()),
        }
    }

    /// Takes a look, and reads the file if it is not what it was when it was last read, and no longer changes.
    pub fn read_if_settled(&mut self) -> Option<Read> {
        let looks = Looks::of(&self.path);
        let changed = looks != self.seen;
        let settled = self.unsettled == Some(looks);
        self.unsettled = changed.then_some(looks);
        if !(changed && settled) {
            return None;
        }
        let read = self.read();
        // Somebody has begun to write just now.
        (Looks::of(&self.path) == self.seen).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What two looks give, of which the first takes nothing.
    fn settled(watched: &mut Watched) -> Option<Read> {
        assert!(watched.read_if_settled().is_none());
        watched.read_if_settled()
    }

    #[test]
    fn each_change_is_noticed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        let mut watched = Watched::new(path.clone());
        watched.read().unwrap();
        assert!(settled(&mut watched).is_none());
        let steps: [&dyn Fn(); 2] = [&|| fs::write(&path, "# one\n").unwrap(), &|| {
            fs::write(folder.path().join("new"), "# two\n")
                .and_then(|()| fs::rename(folder.path().join("new"), &path))
                .unwrap()
        }];
        for step in steps {
            step();
            settled(&mut watched).unwrap().unwrap();
            assert!(settled(&mut watched).is_none());
        }
        fs::remove_file(&path).unwrap();
        let error = settled(&mut watched).unwrap().unwrap_err().to_string();
        assert!(error.contains("is gone: put it back"), "{error}");
        assert!(settled(&mut watched).is_none());
        // Who has it read after that means it.
        assert_eq!(watched.read().unwrap().0, TrustFile::default());
    }

    #[test]
    fn a_file_that_is_being_written_waits_until_it_is_whole() {
        let [a, b] = [(); 2].map(|()| statsgrid_wire::Identity::generate().unwrap().public_key());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        fs::write(&path, format!("{a} trusted\n{b} trusted\n")).unwrap();
        let mut watched = Watched::new(path.clone());
        watched.read().unwrap();
        // An editor that writes in place: for a moment there is nothing, then half of it, with and without a line's end.
        for half in [String::new(), format!("{a} trusted\n"), format!("{a} trusted\n{b} trus")] {
            fs::write(&path, half).unwrap();
            assert!(watched.read_if_settled().is_none());
        }
        fs::write(&path, format!("{b} trusted\n{a} revoked\n")).unwrap();
        assert_eq!(settled(&mut watched).unwrap().unwrap().0.entries().count(), 2);
        // And one that takes it away first.
        fs::remove_file(&path).unwrap();
        assert!(watched.read_if_settled().is_none());
        fs::write(&path, format!("{b} trusted\n")).unwrap();
        assert_eq!(settled(&mut watched).unwrap().unwrap().0.entries().count(), 1);
    }
}
