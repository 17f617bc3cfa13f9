//! `open-at`: found, judged, and only then opened.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::filesystem::{self, Descriptor, Dir, OpenMode};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags};
use wasmtime_wasi::p2::{FsError, FsResult};

use super::super::grants::{Found, Grants, Scope};

/// What a guest asks for.
pub(super) struct Asked {
    pub(super) folder: Arc<File>,
    pub(super) path: PathBuf,
    pub(super) follow: bool,
    pub(super) must_be_folder: bool,
}

/// What was opened.
pub(super) enum Opened {
    File(File),
    Folder(File),
    NotFolder,
    /// It is not for a producer, which the log says.
    Refused,
}

/// Nothing is granted but reading.
pub(super) fn check_flags(open: OpenFlags, flags: DescriptorFlags) -> FsResult<()> {
    let writes = open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE) || flags.contains(DescriptorFlags::WRITE);
    let syncs = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    if writes {
        Err(ErrorCode::NotPermitted.into())
    } else if flags.intersects(syncs) {
        Err(ErrorCode::Unsupported.into())
    } else {
        Ok(())
    }
}

impl Asked {
    pub(super) fn open(&self, grants: &Grants) -> io::Result<Opened> {
        let found = Found::beneath(self.folder.as_fd(), &self.path, self.follow)?;
        if !self.follow && found.is_link() {
            return Err(Errno::LOOP.into());
        }
        if let Some(reason) = grants.secrets().refusal(&found, Scope::Folder)? {
            grants.refusals().tell(&self.shown(), &format!("it {reason}"));
            return Ok(Opened::Refused);
        }
        Ok(match (found.is_folder(), self.must_be_folder) {
            (true, _) => Opened::Folder(found.open()?),
            (false, false) => Opened::File(found.open()?),
            (false, true) => Opened::NotFolder,
        })
    }

    /// The path, in the folder if that has one.
    pub(super) fn shown(&self) -> String {
        format!("file {}", path_in(&self.folder, &self.path).display())
    }
}

/// `path` as people know it, who do not know `folder`.
pub(super) fn path_in(folder: &File, path: &Path) -> PathBuf {
    use std::os::fd::AsRawFd;
    let folder = std::fs::read_link(format!("/proc/self/fd/{}", folder.as_raw_fd())).unwrap_or_default();
    folder.join(path)
}

impl Opened {
    pub(super) fn descriptor(self) -> FsResult<Descriptor> {
        let (perms, mode) = (FsPerms::ReadOnly, OpenMode::READ);
        match self {
            Self::File(file) => Ok(Descriptor::File(filesystem::File::new(file, perms, mode, false))),
            Self::Folder(folder) => Ok(Descriptor::Dir(Dir::new(folder, perms, mode, false))),
            Self::NotFolder => Err(ErrorCode::NotDirectory.into()),
            Self::Refused => Err(ErrorCode::NotPermitted.into()),
        }
    }
}

/// What leads out of a folder is not permitted, as wasmtime's own answer has it.
pub(super) fn failed(error: io::Error) -> FsError {
    let leads_out = error.raw_os_error() == Some(Errno::XDEV.raw_os_error());
    if leads_out { ErrorCode::NotPermitted.into() } else { error.into() }
}
