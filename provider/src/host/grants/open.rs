//! A file is found, looked at, and only then opened.
//!
//! It is found without being opened (`O_PATH`), so that neither a FIFO nor a device ever is: a FIFO would hold the thread
//! that opens it, and to open a device can do something. What was looked at is what is opened, whatever its path has
//! become meanwhile.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, fstatfs, openat, openat2};
use rustix::io::Errno;

/// Tries of a walk during which something was renamed.
const TRIES: usize = 8;

/// Something that has a path, found and not yet opened.
#[derive(Debug)]
pub struct Found {
    fd: OwnedFd,
    stat: Stat,
}

impl Found {
    /// What `path` leads to from `folder`, and never out of it.
    pub(crate) fn beneath(folder: BorrowedFd<'_>, path: &Path, follow: bool) -> io::Result<Self> {
        let last = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let walked = || openat2(folder, path, PATH | last, Mode::empty(), resolve);
        let mut found = walked();
        for _ in 1..TRIES {
            match found {
                Err(Errno::AGAIN) => found = walked(),
                // A kernel before 5.6, or a container's filter of that age.
                Err(Errno::NOSYS | Errno::PERM) => return Self::step_by_step(folder, path),
                _ => break,
            }
        }
        Self::of(found?)
    }

    /// What an absolute path leads to, links followed, but for those of /proc that lead into what a process holds.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        match openat2(CWD, path, PATH, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
            // What is found is judged by what it is, so this is no less strict.
            Err(Errno::NOSYS | Errno::PERM) => Self::of(openat(CWD, path, PATH, Mode::empty())?),
            found => Self::of(found?),
        }
    }

    /// Without the kernel's help no link is followed, nor `..`.
    fn step_by_step(folder: BorrowedFd<'_>, path: &Path) -> io::Result<Self> {
        let mut place = folder.try_clone_to_owned()?;
        for part in path.components() {
            place = match part {
                Component::Normal(name) => openat(place, name, PATH | OFlags::NOFOLLOW, Mode::empty())?,
                Component::CurDir => place,
                _ => return Err(Errno::XDEV.into()),
            };
        }
        Self::of(place)
    }

    fn of(fd: OwnedFd) -> io::Result<Self> {
        let stat = fstat(&fd)?;
        Ok(Self { fd, stat })
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.kind() == FileType::Directory
    }

    pub(crate) fn is_link(&self) -> bool {
        self.kind() == FileType::Symlink
    }

    pub(super) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.stat.st_mode)
    }

    /// Which file it is, whatever its names are.
    pub(super) fn identity(&self) -> (u64, u64) {
        (self.stat.st_dev, self.stat.st_ino)
    }

    /// The number of its kind of file system, as statfs(2) has them.
    pub(super) fn file_system(&self) -> io::Result<u64> {
        Ok(fstatfs(&self.fd)?.f_type.cast_unsigned())
    }

    /// Its path, all links resolved.
    pub(super) fn path(&self) -> io::Result<PathBuf> {
        std::fs::read_link(self.descriptor())
    }

    /// Under this name the same is opened again.
    pub(super) fn descriptor(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.fd.as_fd().as_raw_fd()))
    }

    /// Opens it for reading.
    pub(crate) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(CWD, self.descriptor(), flags, Mode::empty())?.into())
    }
}

const PATH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_leads_out_of_a_folder() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        std::fs::create_dir_all(inner.join("sub")).unwrap();
        std::fs::write(outer.path().join("secret"), "").unwrap();
        std::fs::write(inner.join("sub/file"), "").unwrap();
        symlink("../secret", inner.join("relative")).unwrap();
        symlink(outer.path().join("secret"), inner.join("absolute")).unwrap();
        symlink("..", inner.join("up")).unwrap();
        symlink("sub/file", inner.join("honest")).unwrap();
        symlink("/proc/self/cwd", inner.join("magic")).unwrap();
        let folder = File::open(&inner).unwrap();
        let check = |path: &str, with_kernel: bool, step_by_step: bool| {
            let found = |found: io::Result<Found>| found.is_ok_and(|found| found.kind() == FileType::RegularFile);
            let beneath = Found::beneath(folder.as_fd(), Path::new(path), true);
            assert_eq!(found(beneath), with_kernel, "{path}");
            assert_eq!(found(Found::step_by_step(folder.as_fd(), Path::new(path))), step_by_step, "{path}");
        };
        check("sub/file", true, true);
        check("./sub/./file", true, true);
        check("sub/../sub/file", true, false);
        check("honest", true, false);
        for path in ["relative", "absolute", "up/secret", "../secret", "../inner/sub/file", "magic", "/proc/version"] {
            check(path, false, false);
        }
        assert!(
            Found::beneath(folder.as_fd(), Path::new("honest"), false)
                .is_ok_and(|found| { found.kind() == FileType::Symlink })
        );
    }
}
