//! A small disk that one program sees: it can be filled, or turned read-only, while the program writes to it.
//!
//! It is a tmpfs in a mount namespace of the program's own, so nothing is left of it when the program ends, and a test
//! reads it through the program's root in /proc.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::process::Process;

/// Room for a snapshot or two.
const SIZE: &str = "size=512k";

/// Where a disk will be.
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
    namespaces: &'static str,
}

/// A disk under a running program.
#[derive(Debug)]
pub struct Mounted {
    disk: Disk,
    program: u32,
}

impl Disk {
    /// One to be mounted on `folder`, which is made. None: this machine gives us no namespaces.
    pub fn on(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).expect("the test's folder takes folders");
        Some(Self { folder: folder.to_owned(), namespaces: namespaces()? })
    }

    /// Where it is mounted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `command` with the disk under it.
    pub fn under(&self, command: &Command) -> Command {
        let mut under = Command::new("unshare");
        under.arg(self.namespaces).args(["sh", "-c", "mount -t tmpfs -o \"$0\" none \"$1\" && shift && exec \"$@\""]);
        under.arg(SIZE).arg(&self.folder).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => under.env(name, value),
                None => under.env_remove(name),
            };
        }
        under
    }

    /// The disk of `program`, which was started with it.
    pub fn of(&self, program: &Process) -> Mounted {
        Mounted { disk: self.clone(), program: program.id() }
    }
}

impl Mounted {
    /// `path` as the program sees it.
    pub fn path(&self, path: &Path) -> PathBuf {
        Path::new("/proc").join(self.program.to_string()).join("root").join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Leaves no byte of room.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("the disk takes a file");
        // The last bytes are got one page at a time.
        for size in [64 * 1024, 4096, 1] {
            while ballast.write_all(&vec![0; size]).map_err(|error| error.kind()) != Err(ErrorKind::StorageFull) {}
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        fs::remove_file(self.ballast()).expect("the disk was filled");
    }

    /// Lets nobody write: a mount over the disk, for one with open files cannot be turned read-only itself.
    pub fn protect(&self) {
        self.inside("mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"");
    }

    /// Lets the program write again.
    pub fn unprotect(&self) {
        self.inside("umount \"$0\"");
    }

    fn ballast(&self) -> PathBuf {
        self.path(&self.disk.folder).join("ballast")
    }

    fn inside(&self, script: &str) {
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &self.program.to_string(), "--mount"]);
        if self.disk.namespaces.contains('U') {
            enter.args(["--user", "--preserve-credentials"]);
        }
        let entered = enter.args(["sh", "-c", script]).arg(&self.disk.folder).output().expect("there is nsenter");
        assert!(entered.status.success(), "{script}: {}", String::from_utf8_lossy(&entered.stderr));
    }
}

/// The flag with which `unshare` lets us mount: with a user namespace of our own, or as root without one.
fn namespaces() -> Option<&'static str> {
    static FOUND: OnceLock<Option<&'static str>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let mounts = |flag: &&str| {
            let mut tried = Command::new("unshare");
            tried.args([flag, "sh", "-c", "mount -t tmpfs none /tmp && mount --bind /tmp /tmp && command -v nsenter"]);
            tried.output().is_ok_and(|output| output.status.success())
        };
        ["-Urm", "-m"].into_iter().find(mounts)
    })
}
