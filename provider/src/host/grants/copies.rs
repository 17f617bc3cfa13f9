//! Granted single files: each is copied for the guest before each call, under its own absolute path, so that
//! /proc/loadavg can be granted without /proc.
//!
//! What the path leads to is judged at each copy, for it can lead elsewhere by then. What is not for the producer, or
//! cannot be read, is missing for it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use tempfile::TempDir;

use super::GrantError;
use super::disk::Disk;
use super::judge::{Scope, Secrets};
use super::kernel_files;
use super::open::Found;
use super::refusals::Refusals;
use crate::limits::GRANTED_FILE_BYTES;

/// Single files and the private folder that their copies lie in.
#[derive(Debug)]
pub(super) struct Copies {
    folder: TempDir,
    files: Vec<PathBuf>,
}

impl Copies {
    /// Makes room for copies of `files`, each of which may be granted.
    pub(super) fn of(files: &[PathBuf], secrets: &Secrets, disk: &Disk) -> Result<Self, GrantError> {
        for file in files {
            disk.asks_for(file);
            check(file, secrets)?;
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| GrantError::Io { path, step: "given a folder for its copies", source }
        };
        let temporary = std::env::var_os("RUNTIME_DIRECTORY").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = tempfile::Builder::new().prefix("statsgrid-").tempdir_in(&temporary);
        let copies = Self { folder: folder.map_err(failed(&temporary))?, files: files.to_vec() };
        for file in files {
            let parent = copies.place(file).parent().map(Path::to_owned).unwrap_or_default();
            std::fs::create_dir_all(&parent).map_err(failed(file))?;
        }
        Ok(copies)
    }

    /// Where the guest finds them.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the copy of `file` lies.
    fn place(&self, file: &Path) -> PathBuf {
        self.folder.path().join(file.strip_prefix("/").unwrap_or(file))
    }

    /// Copies them anew. An error is one of the folder of copies.
    pub(super) fn refresh(&self, secrets: &Secrets, refusals: &Refusals, disk: &Disk) -> Result<(), GrantError> {
        for file in &self.files {
            disk.asks_for(file);
            let place = self.place(file);
            let failed = |step| {
                let path = file.clone();
                move |source| GrantError::Io { path, step, source }
            };
            match read(file, secrets) {
                Ok(bytes) => std::fs::write(&place, bytes).map_err(failed("copied"))?,
                Err(reason) => {
                    refusals.tell(&format!("file {}", file.display()), &reason.to_string());
                    let removed = std::fs::remove_file(&place);
                    let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
                    removed
                        .or_else(|error| if gone(&error) { Ok(()) } else { Err(error) })
                        .map_err(failed("removed"))?;
                }
            }
        }
        Ok(())
    }
}

/// Whether `file` may be granted, by what it is now, or by its path while it is not there.
fn check(file: &Path, secrets: &Secrets) -> Result<(), GrantError> {
    let refused = |what: &str| GrantError::Dangerous { path: file.to_owned(), what: what.to_owned() };
    match Found::at(file) {
        Ok(found) if found.is_folder() => Err(GrantError::Folder(file.to_owned())),
        Ok(found) => {
            let failed = |source| GrantError::Io { path: file.to_owned(), step: "examined", source };
            secrets.refusal(&found, Scope::Single).map_err(failed)?.map_or(Ok(()), |what| Err(refused(&what)))
        }
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => Err(refused(LOOP)),
        Err(_) if file.starts_with("/dev") => Err(refused("lies among the devices")),
        Err(_) if file.starts_with("/proc") && !kernel_files::is_public(file) => {
            Err(refused("lies in procfs, and is none of the files of numbers there"))
        }
        Err(_) => Ok(()),
    }
}

/// What ELOOP means where all but the links of processes are followed.
const LOOP: &str = "leads through a link into what a process holds, or around in a circle";

fn read(file: &Path, secrets: &Secrets) -> io::Result<Vec<u8>> {
    let found = Found::at(file)?;
    match secrets.refusal(&found, Scope::Single)? {
        Some(what) => return Err(io::Error::other(format!("it {what}"))),
        None if found.is_folder() => return Err(io::Error::other("it is a folder")),
        None => {}
    }
    let mut bytes = Vec::new();
    found.open()?.take(GRANTED_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    struct Scene {
        folder: TempDir,
        seed: PathBuf,
        secrets: Secrets,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let seed = folder.path().join("identity.seed");
            std::fs::write(&seed, "secret").unwrap();
            let secrets = Secrets::of(std::slice::from_ref(&seed));
            Self { folder, seed, secrets }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }
    }

    #[test]
    fn files_of_processes_and_secrets_are_refused() {
        let scene = Scene::new();
        let check = |path: &Path| check(path, &scene.secrets);
        for path in ["/proc/loadavg", "/proc/net/dev", "/proc/mounts", "/not/there/yet"] {
            assert!(check(Path::new(path)).is_ok(), "{path}");
        }
        let inside = format!("/proc/{}/cwd/Cargo.toml", std::process::id());
        for path in [
            "/proc/self/mem",
            "/proc/1/environ",
            "/proc/thread-self/mem",
            "/proc/self/root/etc/passwd",
            "/proc/self/fd/0",
            &inside,
            "/proc/kcore",
            "/proc/keys",
            "/dev/sda",
            "/dev/null",
        ] {
            assert!(matches!(check(Path::new(path)), Err(GrantError::Dangerous { .. })), "{path}");
        }
        let (soft, hard, fifo) = (scene.path("soft"), scene.path("hard"), scene.path("fifo"));
        symlink(&scene.seed, &soft).unwrap();
        std::fs::hard_link(&scene.seed, &hard).unwrap();
        mknodat(CWD, &fifo, FileType::Fifo, 0o600.into(), 0).unwrap();
        for path in [&scene.seed, &soft, &hard, &fifo] {
            assert!(matches!(check(path), Err(GrantError::Dangerous { .. })), "{}", path.display());
        }
        assert!(matches!(check(scene.folder.path()), Err(GrantError::Folder(_))));
    }

    #[test]
    fn a_link_that_is_swapped_in_later_takes_the_copy_away() {
        let scene = Scene::new();
        let (file, fifo) = (scene.path("file"), scene.path("fifo"));
        std::fs::write(&file, "numbers").unwrap();
        mknodat(CWD, &fifo, FileType::Fifo, 0o600.into(), 0).unwrap();
        let disk = Disk::new().unwrap();
        let copies = Copies::of(std::slice::from_ref(&file), &scene.secrets, &disk).unwrap();
        let copied = || {
            copies.refresh(&scene.secrets, &Refusals::of("a"), &disk).unwrap();
            std::fs::read_to_string(copies.place(&file)).ok()
        };
        assert_eq!(copied().as_deref(), Some("numbers"));
        for target in [scene.seed.as_path(), Path::new("/proc/self/mem"), Path::new("/proc/self/environ"), &fifo] {
            std::fs::remove_file(&file).unwrap();
            symlink(target, &file).unwrap();
            assert_eq!(copied(), None, "{}", target.display());
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "more").unwrap();
        assert_eq!(copied().as_deref(), Some("more"));
    }
}
