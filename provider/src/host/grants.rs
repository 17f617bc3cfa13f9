//! What of the machine a producer sees: nothing, but what its section in provider.toml grants.
//!
//! A single file is copied for the guest before each call, under its own absolute path: so /proc/loadavg can be granted
//! without /proc, whose /proc/PID/mem would give away the provider's own secrets. A folder is granted read-only, and
//! refused if it holds procfs, sysfs, devices or the provider's secrets.

use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use tempfile::TempDir;
use wasmtime_wasi::{FsPerms, WasiCtx};

use super::stdio::LogStream;
use super::wants::Want;
use crate::call::Fault;
use crate::limits::GRANTED_FILE_BYTES;
use crate::settings::ProducerSettings;

/// What one producer may see.
#[derive(Debug)]
pub struct Grants {
    folders: Vec<PathBuf>,
    copies: Option<Arc<Copies>>,
    env: Vec<String>,
    http: Vec<String>,
}

/// Single files and the private folder that their copies lie in.
#[derive(Debug)]
struct Copies {
    folder: TempDir,
    files: Vec<PathBuf>,
    secrets: Vec<PathBuf>,
}

/// Why a grant is refused.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// Relative, or with `..`.
    #[error("grant {0}: give an absolute path without `..`")]
    Path(PathBuf),
    /// It cannot be looked at.
    #[error("grant {path}: cannot be {step}")]
    Io {
        /// The path.
        path: PathBuf,
        /// What was tried.
        step: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// A file where a folder is asked for.
    #[error("grant {0}: not a folder; grant it under `files`")]
    NotFolder(PathBuf),
    /// It would give away more than anybody wants.
    #[error("grant {path}: refused, for it holds {what}")]
    Dangerous {
        /// The path.
        path: PathBuf,
        /// What it holds.
        what: String,
    },
}

impl Grants {
    /// Checks what a section grants. `secrets` are the provider's own files that no guest may see.
    pub fn check(section: &ProducerSettings, secrets: &[PathBuf]) -> Result<Self, GrantError> {
        let ProducerSettings { files, folders, env, http, .. } = section;
        let folders = folders.iter().map(|folder| check_folder(folder, secrets)).collect::<Result<_, _>>()?;
        for file in files {
            check_file(file, secrets)?;
        }
        let copies = if files.is_empty() { None } else { Some(Arc::new(Copies::of(files, secrets)?)) };
        Ok(Self { folders, copies, env: env.clone(), http: http.clone() })
    }

    /// Whether something of what is wanted is granted.
    pub fn covers(&self, want: Want) -> bool {
        match want {
            Want::Files => !self.folders.is_empty() || self.copies.is_some(),
            Want::Environment => !self.env.is_empty(),
            Want::Http => !self.http.is_empty(),
            Want::Sockets => false,
        }
    }

    /// The guest's world.
    pub(super) fn wasi(&self, log: LogStream) -> Result<WasiCtx, GrantError> {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(log.clone()).stderr(log);
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        if let Some(copies) = &self.copies {
            grant(&mut wasi, copies.folder.path(), "/")?;
        }
        for folder in &self.folders {
            grant(&mut wasi, folder, &folder.to_string_lossy())?;
        }
        Ok(wasi.build())
    }

    /// Copies the granted files anew. One that cannot be read is missing for the guest.
    pub(super) async fn refresh(&self, timeout: Duration) -> Result<(), Fault> {
        let Some(copies) = self.copies.clone() else {
            return Ok(());
        };
        // A file may lie on a disk that hangs, so it is read where it holds up nobody else.
        let copied = tokio::task::spawn_blocking(move || copies.refresh());
        match tokio::time::timeout(timeout, copied).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(Fault::new(Outcome::Error, error.to_string())),
            Ok(Err(panic)) => Err(Fault::new(Outcome::Error, panic.to_string())),
            Err(_) => Err(Fault::new(Outcome::Wall, "its granted files could not be read in time")),
        }
    }
}

fn grant(wasi: &mut wasmtime_wasi::WasiCtxBuilder, host: &Path, guest: &str) -> Result<(), GrantError> {
    wasi.preopened_dir(host, guest, FsPerms::ReadOnly).map(drop).map_err(|error| GrantError::Io {
        path: host.to_owned(),
        step: "opened",
        source: io::Error::other(error.root_cause().to_string()),
    })
}

impl Copies {
    fn of(files: &[PathBuf], secrets: &[PathBuf]) -> Result<Self, GrantError> {
        let failed = |step, path: &Path| {
            let path = path.to_owned();
            move |source| GrantError::Io { path, step, source }
        };
        let temporary = std::env::var_os("RUNTIME_DIRECTORY").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = tempfile::Builder::new().prefix("statsgrid-").tempdir_in(&temporary);
        let folder = folder.map_err(failed("given a folder for its copies", &temporary))?;
        let copies = Self { folder, files: files.to_vec(), secrets: secrets.to_vec() };
        for file in files {
            let parent = copies.place(file).parent().map(Path::to_owned).unwrap_or_default();
            std::fs::create_dir_all(&parent).map_err(failed("given a folder for its copies", file))?;
        }
        Ok(copies)
    }

    /// Where the copy of `file` lies.
    fn place(&self, file: &Path) -> PathBuf {
        self.folder.path().join(file.strip_prefix("/").unwrap_or(file))
    }

    fn refresh(&self) -> Result<(), GrantError> {
        for file in &self.files {
            let place = self.place(file);
            let failed = |step| {
                let path = file.clone();
                move |source| GrantError::Io { path, step, source }
            };
            match check_file(file, &self.secrets).map_err(io::Error::other).and_then(|()| read(file)) {
                Ok(bytes) => std::fs::write(&place, bytes).map_err(failed("copied"))?,
                Err(error) => match std::fs::remove_file(&place) {
                    Err(gone) if gone.kind() == io::ErrorKind::NotFound => {
                        tracing::debug!("grant {}: {error}", file.display());
                    }
                    removed => removed.map_err(failed("removed"))?,
                },
            }
        }
        Ok(())
    }
}

/// Reads a regular file. Not blocking: a FIFO that was put in its place must not hold the thread.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC).bits();
    let open = std::fs::OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(file)?;
    if !open.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    open.take(GRANTED_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check_path(path: &Path) -> Result<(), GrantError> {
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && plain { Ok(()) } else { Err(GrantError::Path(path.to_owned())) }
}

/// A single file may lie in procfs, but not in a process's folder, where its memory, environment and open files are,
/// nor among the kernel's own secrets. Done at each copy, for a path can become another file's.
fn check_file(file: &Path, secrets: &[PathBuf]) -> Result<(), GrantError> {
    check_path(file)?;
    let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let dangerous = |what: &str| Err(GrantError::Dangerous { path: file.to_owned(), what: what.to_owned() });
    // These lead into the folder of whoever reads them, and tell what every user may know.
    let public = file.starts_with("/proc/net") || file == Path::new("/proc/mounts");
    for path in [Some(file), Some(real.as_path()).filter(|_| !public)].into_iter().flatten() {
        let mut parts = path.iter().skip(1).map(|part| part.to_string_lossy());
        match (parts.next().as_deref(), parts.next().as_deref()) {
            (Some("dev"), _) => return dangerous("a device"),
            (Some("proc"), Some(part)) if is_process(part) => return dangerous("a process's secrets"),
            (Some("proc"), Some(part)) if KERNEL_SECRETS.contains(&part) => return dangerous("the kernel's memory"),
            _ => {}
        }
    }
    if secrets.iter().any(|secret| same_file(&real, secret)) {
        return dangerous("the provider's own secret");
    }
    Ok(())
}

/// Files of /proc that give away the kernel's memory, keys or log to who may read them.
const KERNEL_SECRETS: [&str; 7] = ["kcore", "kmsg", "keys", "kallsyms", "kpagecount", "kpageflags", "kpagecgroup"];

fn is_process(part: &str) -> bool {
    part == "self" || part == "thread-self" || part.parse::<u32>().is_ok()
}

/// One file under two names is one: a hard link is caught as a symbolic one is.
fn same_file(a: &Path, b: &Path) -> bool {
    let id = |path: &Path| std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    id(a).is_some_and(|a| id(b) == Some(a))
}

/// The real path of a folder that is safe to grant as a whole.
fn check_folder(folder: &Path, secrets: &[PathBuf]) -> Result<PathBuf, GrantError> {
    check_path(folder)?;
    let failed = |step| move |source| GrantError::Io { path: folder.to_owned(), step, source };
    let real = std::fs::canonicalize(folder).map_err(failed("found"))?;
    if !real.is_dir() {
        return Err(GrantError::NotFolder(folder.to_owned()));
    }
    let dangerous = |what: String| Err(GrantError::Dangerous { path: folder.to_owned(), what });
    let inside = |path: &&PathBuf| std::fs::canonicalize(path).is_ok_and(|secret| secret.starts_with(&real));
    // A second name of a secret could lie anywhere.
    let linked = |path: &&PathBuf| std::fs::metadata(path).is_ok_and(|file| file.nlink() > 1);
    if let Some(path) = secrets.iter().find(|path| inside(path) || linked(path)) {
        return dangerous(format!("the provider's own secret {}, or a hard link to it", path.display()));
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").map_err(failed("checked for mounts"))?;
    match kernel_mount(&mounts, &real) {
        Some((kind, point)) => dangerous(format!("{kind} ({})", point.display())),
        None => Ok(real),
    }
}

/// The first mount of the kernel's own file systems that `folder` lies in or holds.
fn kernel_mount(mountinfo: &str, folder: &Path) -> Option<(String, PathBuf)> {
    let kernel =
        |kind: &str| matches!(kind, "proc" | "sysfs" | "devtmpfs" | "devpts" | "debugfs" | "tracefs" | "securityfs");
    let mut above: Option<(String, PathBuf)> = None;
    for line in mountinfo.lines() {
        // "36 35 98:0 /root /point options… - kind source options", as proc_pid_mountinfo(5) has it.
        let Some((before, after)) = line.split_once(" - ") else {
            continue;
        };
        let (Some(point), Some(kind)) = (before.split(' ').nth(4), after.split(' ').next()) else {
            continue;
        };
        let point = PathBuf::from(point.replace("\\040", " "));
        let is_dev = point == Path::new("/dev");
        if point.starts_with(folder) && (kernel(kind) || is_dev) {
            return Some((kind.to_owned(), point));
        }
        if folder.starts_with(&point) {
            let nearer = above.as_ref().is_none_or(|(_, held)| point.starts_with(held));
            above = if nearer { Some((kind.to_owned(), point)) } else { above };
        }
    }
    above.filter(|(kind, point)| kernel(kind) || point == Path::new("/dev"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_file_systems_are_no_folders_to_grant() {
        let mounts = "\
            22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            23 22 0:5 / /proc rw - proc proc rw\n\
            24 22 0:6 / /dev rw - tmpfs tmpfs rw\n\
            25 22 8:2 / /srv/a\\040b rw - ext4 /dev/sda2 rw\n\
            26 25 0:9 / /srv/a\\040b/jail/sys rw - sysfs sysfs rw\n";
        let check = |folder: &str, expected: Option<&str>| {
            let found = kernel_mount(mounts, Path::new(folder)).map(|(kind, _)| kind);
            assert_eq!(found.as_deref(), expected, "{folder}");
        };
        check("/", Some("proc"));
        check("/proc", Some("proc"));
        check("/proc/self", Some("proc"));
        check("/dev/shm", Some("tmpfs"));
        check("/srv", Some("sysfs"));
        check("/srv/a b/jail", Some("sysfs"));
        check("/srv/a b/data", None);
        check("/home", None);
    }

    #[test]
    fn files_of_processes_and_secrets_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("identity.seed");
        std::fs::write(&seed, "secret").unwrap();
        let link = folder.path().join("innocent");
        std::os::unix::fs::symlink(&seed, &link).unwrap();
        let secrets = [seed.clone()];
        let granted = |files: &[&Path], folders: &[&Path]| {
            let mut section = ProducerSettings::of("a.wasm".into());
            section.files = files.iter().map(|path| path.to_path_buf()).collect();
            section.folders = folders.iter().map(|path| path.to_path_buf()).collect();
            Grants::check(&section, &secrets).map(drop)
        };
        let file = |path: &Path| granted(&[path], &[]);
        assert!(file(Path::new("/proc/loadavg")).is_ok());
        for path in ["/proc/self/mem", "/proc/1/environ", "/proc/thread-self/mem", "/dev/sda"] {
            assert!(matches!(file(Path::new(path)), Err(GrantError::Dangerous { .. })), "{path}");
        }
        assert!(matches!(file(&seed), Err(GrantError::Dangerous { .. })));
        assert!(matches!(file(&link), Err(GrantError::Dangerous { .. })));
        for path in ["/proc/net/dev", "/proc/mounts"] {
            assert!(file(Path::new(path)).is_ok(), "{path}");
        }
        assert!(matches!(file(Path::new("/proc/kcore")), Err(GrantError::Dangerous { .. })));
        assert!(matches!(file(Path::new("loadavg")), Err(GrantError::Path(_))));
        assert!(matches!(file(Path::new("/proc/../etc/shadow")), Err(GrantError::Path(_))));
        let whole = granted(&[], &[folder.path()]);
        assert!(matches!(whole, Err(GrantError::Dangerous { .. })));
        let elsewhere = tempfile::tempdir_in(folder.path()).unwrap();
        let hard = elsewhere.path().join("hard");
        std::fs::hard_link(&seed, &hard).unwrap();
        assert!(matches!(file(&hard), Err(GrantError::Dangerous { .. })));
        let folder_with_it = granted(&[], &[elsewhere.path()]);
        assert!(matches!(folder_with_it, Err(GrantError::Dangerous { .. })));
    }
}
