//! The system calls of a replacement, one by one: so that a test can make each of them fail, or be the last.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// What a replacement asks of the system.
pub(super) trait Calls {
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Creates a file that was not there.
    fn create(&self, path: &Path, mode: u32) -> io::Result<File>;
    /// Writes some of `bytes`; says how many.
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize>;
    /// Sets the mode, whatever the umask.
    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()>;
    /// Has a file, or a folder's entries, on disk when it returns.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Puts one file in the place of another.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Opens a folder.
    fn open_folder(&self, folder: &Path) -> io::Result<File>;
}

/// The calls as they are.
pub(super) struct System;

impl Calls for System {
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
    }

    fn write(&self, mut file: &File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(mode))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn open_folder(&self, folder: &Path) -> io::Result<File> {
        File::open(folder)
    }
}

/// A file that is filled by these calls.
pub(super) struct Filled<'a, C> {
    pub(super) calls: &'a C,
    pub(super) file: &'a File,
}

impl<C: Calls> Write for Filled<'_, C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.write(self.file, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
