//! Changes of the trust file by `approve` and `revoke`: sorted by key, with all else as people left it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::atomic::{self, WriteError};

use super::file::{BadLine, Block, Entry, Standing, TrustError, TrustFile};

/// Above the first entry of a file that is made here.
const HEAD: &str =
    "# Who may report to the gatherer: KEY trusted|revoked # remark, one provider a line, sorted by key.";

/// What is to hold for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The provider.
    pub key: PublicKey,
    /// What is to hold.
    pub standing: Standing,
    /// What is added to its remark.
    pub remark: String,
}

/// Why the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] TrustError),
    /// It cannot be replaced.
    #[error("the trust file is not changed")]
    Write(#[from] WriteError),
}

/// Makes in the file at `path`, which keeps its mode, the changes that are chosen by what stands in it, and gives those
/// that did not hold before, with the lines that are no entries. The caller holds the file's lock.
pub fn edit(
    path: &Path,
    choose: impl FnOnce(&TrustFile) -> Vec<Change>,
) -> Result<(Vec<Change>, Vec<BadLine>), EditError> {
    let (mut file, bad) = TrustFile::read(path)?;
    let made: Vec<Change> = choose(&file).into_iter().filter(|change| file.apply(change)).collect();
    if !made.is_empty() {
        let mode = path.metadata().map_or(0o644, |file| file.permissions().mode() & 0o7777);
        file.sort();
        atomic::write(path, mode, |out| out.write_all(file.to_string().as_bytes()))?;
    }
    Ok((made, bad))
}

impl TrustFile {
    /// True if it did not hold before.
    fn apply(&mut self, change: &Change) -> bool {
        let mut entries = self.blocks.iter_mut().map(|block| &mut block.entry).filter(|entry| entry.key == change.key);
        let Some(first) = entries.next() else {
            self.add(change);
            return true;
        };
        // A key that stands in two lines is to be the same in both.
        let mut changed = false;
        for entry in std::iter::once(first).chain(entries).filter(|entry| entry.standing != change.standing) {
            let before = if entry.remark.is_empty() { "" } else { ", " };
            entry.remark = format!("{}{before}{}", entry.remark, change.remark);
            entry.standing = change.standing;
            changed = true;
        }
        changed
    }

    fn add(&mut self, change: &Change) {
        if self.blocks.is_empty() && self.head.is_empty() && self.tail.is_empty() {
            self.head = vec![HEAD.to_owned(), String::new()];
        }
        if self.blocks.is_empty() {
            // What stood alone in the file stands above its first entry.
            self.head.append(&mut self.tail);
        }
        let entry = Entry { key: change.key, standing: change.standing, remark: change.remark.clone() };
        self.blocks.push(Block { above: Vec::new(), entry });
    }

    fn sort(&mut self) {
        self.blocks.sort_by_key(|block| block.entry.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::Identity;

    fn keys() -> [PublicKey; 3] {
        let mut keys = [(); 3].map(|()| Identity::generate().unwrap().public_key());
        keys.sort();
        keys
    }

    fn change(key: PublicKey, standing: Standing, remark: &str) -> Change {
        Change { key, standing, remark: remark.to_owned() }
    }

    #[test]
    fn a_new_key_finds_its_place_and_comments_stay_where_they_were() {
        let [a, b, c] = keys();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        std::fs::write(&path, format!("# head\n\n# of c\n{c} trusted # c\n# of a\n{a} trusted\nno key\n# end\n"))
            .unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o664)).unwrap();
        let (made, bad) = edit(&path, |_| vec![change(b, Standing::Trusted, "b, approved today")]).unwrap();
        assert_eq!((made.len(), bad.len()), (1, 1));
        let expected = format!(
            "# head\n\n# of a\n{a} trusted\n{b} trusted  # b, approved today\n# of c\n{c} trusted  # c\nno key\n# end\n"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o664);
    }

    #[test]
    fn a_standing_changes_in_each_line_of_its_key_and_the_remark_grows() {
        let [a, ..] = keys();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        std::fs::write(&path, format!("{a} trusted # alpha\n{a} trusted\n")).unwrap();
        let revoked = |_: &TrustFile| vec![change(a, Standing::Revoked, "revoked today")];
        assert_eq!(edit(&path, revoked).unwrap().0, revoked(&TrustFile::default()));
        let expected = format!("{a} revoked  # alpha, revoked today\n{a} revoked  # revoked today\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(edit(&path, revoked).unwrap().0, [], "what holds is no change");
    }

    #[test]
    fn the_first_key_makes_the_file() {
        let [a, ..] = keys();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        edit(&path, |_| vec![change(a, Standing::Trusted, "")]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{HEAD}\n\n{a} trusted\n"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
        let missing = folder.path().join("missing/trust");
        assert!(matches!(edit(&missing, |_| vec![change(a, Standing::Trusted, "")]), Err(EditError::Write(_))));
    }
}
