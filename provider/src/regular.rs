//! A regular file is opened, whatever stands in its place at that moment.
//!
//! To look first and open then leaves a moment in which a FIFO can be put there, and whoever opens one is held until
//! somebody writes to it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens the file at `path` for reading; anything but a regular file is an error.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a regular file")) }
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    #[test]
    fn a_fifo_holds_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (file, fifo) = (folder.path().join("file"), folder.path().join("fifo"));
        std::fs::write(&file, "").unwrap();
        mknodat(CWD, &fifo, FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(open(&file).is_ok());
        assert_eq!(open(&fifo).unwrap_err().to_string(), "not a regular file");
        assert_eq!(open(folder.path()).unwrap_err().to_string(), "not a regular file");
    }
}
