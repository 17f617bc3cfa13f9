//! Whose file it is that we may not open: who once ran a daemon by hand as root has left files there that the daemon's own
//! user cannot open.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A file is another user's.
#[derive(Debug, thiserror::Error)]
#[error("{path} belongs to {owner}, and this program runs as {user}: run `chown {user} {path}` as root")]
pub struct Foreign {
    path: PathBuf,
    owner: String,
    user: String,
}

impl Foreign {
    /// Whether `error` came because the file at `path`, which is there, is another user's.
    pub fn explains(error: &io::Error, path: &Path) -> Option<Self> {
        if error.kind() != io::ErrorKind::PermissionDenied {
            return None;
        }
        let owner = fs::metadata(path).ok()?.uid();
        // Without a call of its own std says nothing of us, but a process owns its entry in /proc.
        let user = fs::metadata("/proc/self").ok()?.uid();
        (owner != user).then(|| Self { path: path.to_owned(), owner: name(owner), user: name(user) })
    }
}

/// What /etc/passwd calls a user; `chown` takes the number too.
fn name(uid: u32) -> String {
    let named = |line: &str| {
        let mut fields = line.split(':');
        let (name, held) = (fields.next()?, fields.nth(1)?);
        (held.parse() == Ok(uid)).then(|| name.to_owned())
    };
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    users.lines().find_map(named).unwrap_or_else(|| uid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::chown;

    #[test]
    fn anothers_file_is_named_with_its_owner_and_the_remedy() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(Foreign::explains(&denied(), file.path()).is_none(), "our own");
        // Root gives a file away; who is not root finds one of root's.
        let given = chown(file.path(), Some(54_321), None).is_ok();
        let (path, owner) = if given { (file.path(), "54321") } else { (Path::new("/etc/passwd"), "root") };
        let error = Foreign::explains(&denied(), path).unwrap().to_string();
        assert!(
            error.starts_with(&format!("{} belongs to {owner}, and this program runs as ", path.display())),
            "{error}"
        );
        assert!(error.contains(&format!(" {}` as root", path.display())), "{error}");
        assert!(Foreign::explains(&io::ErrorKind::NotFound.into(), path).is_none());
        assert!(Foreign::explains(&denied(), Path::new("/nowhere/at/all")).is_none());
    }

    #[test]
    fn users_have_names_where_the_machine_knows_them() {
        assert_eq!(name(0), "root");
        assert_eq!(name(4_000_000_000), "4000000000");
    }
}
