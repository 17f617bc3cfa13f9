//! The files that a gatherer's settings name: each is a file of its own, in a folder that is there.
//!
//! Two names for one file would have one part of the gatherer write over what another keeps. Left out on purpose: what is
//! only read (the section `[bus]`), and the older files of a journal, whose number is for it alone to know.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::settings::{InvalidSettings, Settings};
use crate::snapshot::beside;

/// A folder that is to hold a file, and is not there.
#[derive(Debug, thiserror::Error)]
#[error("the folder of the {what}, {folder}, is not there: mkdir -p {folder}")]
pub struct MissingFolder {
    /// The file.
    what: &'static str,
    /// Where it should be.
    folder: PathBuf,
}

impl Settings {
    /// Refuses settings that name one file twice, be it by two spellings or by a link.
    pub fn check_files(&self) -> Result<(), InvalidSettings> {
        let files = self.files();
        for (index, (what, path)) in files.iter().enumerate() {
            let same = |(_, other): &&(&'static str, PathBuf)| real(path) == real(other);
            if let Some((before, _)) = files.iter().take(index).find(same) {
                return Err(InvalidSettings::SameFile { one: before, other: what, path: path.clone() });
            }
        }
        Ok(())
    }

    /// Says which folder is to be made. The others' files lie beside the snapshot, or say so themselves.
    pub fn check_folders(&self) -> Result<(), MissingFolder> {
        let named = [("snapshot", &self.snapshot), ("journal", &self.journal)];
        for (what, path) in named.into_iter().filter_map(|(what, path)| Some((what, path.as_deref()?))) {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if fs::metadata(folder).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                return Err(MissingFolder { what, folder: folder.to_owned() });
            }
        }
        Ok(())
    }

    /// All that are written, as far as they are named.
    fn files(&self) -> Vec<(&'static str, PathBuf)> {
        let mut files = Vec::new();
        if let Ok(snapshot) = self.snapshot() {
            files.push(("snapshot", snapshot.to_owned()));
            let more = [("catalogue", "catalogue"), ("list of pending keys", "pending"), ("snapshot's lock", "lock")];
            files.extend(more.map(|(what, name)| (what, beside(snapshot, name))));
        }
        let trust = self.trust_path().ok();
        files.extend(trust.as_ref().map(|path| ("lock of the trust file", beside(path, "lock"))));
        let rest = [
            ("trust file", trust),
            ("seed file", self.identity_path().ok()),
            ("file of the address", self.address_path().ok()),
            ("journal", self.journal.clone()),
        ];
        files.extend(rest.into_iter().filter_map(|(what, path)| Some((what, path?))));
        files
    }
}

/// Where a path leads to: links are followed as far as there is something.
fn real(path: &Path) -> PathBuf {
    let folder = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(folder).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_files_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| Some(folder.path().join(name));
        let usual = || Settings { snapshot: at("stats.json"), journal: at("journal"), ..Settings::default() };
        usual().check_files().unwrap();
        Settings::default().check_files().unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("link")).unwrap();
        let check = |settings: Settings, expected: &str| {
            let error = settings.check_files().unwrap_err().to_string();
            assert!(error.starts_with(expected) && error.ends_with(": give each a file of its own"), "{error}");
        };
        check(Settings { journal: at("stats.json"), ..usual() }, "the snapshot and the journal are both ");
        check(Settings { journal: at("./gatherer.seed"), ..usual() }, "the seed file and the journal are both ");
        check(Settings { journal: at("link/gatherer.trust"), ..usual() }, "the trust file and the journal are both ");
        check(
            Settings { trust: at("stats.json.pending"), ..usual() },
            "the list of pending keys and the trust file are",
        );
        check(
            Settings { address_file: at("gatherer.seed"), ..usual() },
            "the seed file and the file of the address are",
        );
        check(Settings { identity: at("stats.json"), ..usual() }, "the snapshot and the seed file are both ");
        check(
            Settings { trust: at("a"), identity: at("a.lock"), ..usual() },
            "the lock of the trust file and the seed",
        );
    }
}
