//! What of the things that a path may lead to a producer may read.
//!
//! What is judged is what was found, not the path: a link can lead elsewhere by then, and one file has many names.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::kernel_files;
use super::open::Found;

/// How something is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// By itself, under its own path.
    Single,
    /// With all that a folder holds.
    Folder,
}

/// The provider's own files, which no producer may see.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<PathBuf>);

impl Secrets {
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        Self(paths.to_vec())
    }

    /// Why what was found is not for a producer, in words that go after "it"; none: it is.
    pub(crate) fn refusal(&self, found: &Found, scope: Scope) -> io::Result<Option<String>> {
        let kind = match found.kind() {
            FileType::RegularFile | FileType::Directory => None,
            FileType::Fifo => Some("is a FIFO"),
            FileType::Socket => Some("is a socket"),
            FileType::Symlink => Some("is a link"),
            _ => Some("is a device"),
        };
        if kind.is_some() {
            return Ok(kind.map(str::to_owned));
        }
        if self.hold(found) {
            return Ok(Some("is the provider's own secret".to_owned()));
        }
        let path = found.path()?;
        if path.starts_with("/dev") {
            return Ok(Some("lies among the devices".to_owned()));
        }
        Ok(match (kernel_files::kind(found.file_system()?), scope) {
            (None, _) => None,
            (Some(_), Scope::Single) if kernel_files::is_public(&path) => None,
            (Some(kind), Scope::Single) => Some(format!("lies in {kind}, and is none of the files of numbers there")),
            (Some(kind), Scope::Folder) => Some(format!("lies in {kind}")),
        })
    }

    /// The first that lies in `folder`, which is a real path, or that has a second name, which could lie anywhere.
    pub(super) fn in_folder(&self, folder: &Path) -> Option<&Path> {
        let inside = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|secret| secret.starts_with(folder));
        let linked = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|file| file.nlink() > 1);
        self.0.iter().find(|path| inside(path) || linked(path)).map(PathBuf::as_path)
    }

    fn hold(&self, found: &Found) -> bool {
        let identity = |path: &PathBuf| std::fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
        self.0.iter().any(|path| identity(path) == Some(found.identity()))
    }
}
