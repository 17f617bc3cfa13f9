//! What of the machine a producer sees: nothing, but what its section in provider.toml grants.
//!
//! Single files are copied for it (`copies.rs`), folders are opened read-only (`folders.rs`), values of the environment
//! are handed over by name, HTTP goes to the hosts that are listed (`http.rs`). All that touches a disk is done in one
//! thread (`disk.rs`). Left out on purpose: writing, arguments, standard input, sockets.

mod copies;
mod disk;
mod folders;
mod http;
mod judge;
mod kernel_files;
mod open;
mod refusals;

pub(super) use disk::Disk;
pub(super) use http::Outbound;
pub(super) use judge::{Scope, Secrets};
pub(super) use open::Found;
pub(super) use refusals::Refusals;

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use super::stdio::LogStream;
use super::wants::Want;
use crate::call::{Fault, with_cause};
use crate::limits::{CALL_TIMEOUT, HTTP_REQUESTS, RANDOM_BYTES};
use crate::settings::{HttpHost, ProducerSettings};
use copies::Copies;
use tokio::sync::Semaphore;

/// What one producer may see.
#[derive(Debug)]
pub struct Grants {
    folders: Vec<PathBuf>,
    copies: Option<Arc<Copies>>,
    env: Vec<String>,
    http: Arc<[HttpHost]>,
    /// One for each request that may be under way.
    requests: Arc<Semaphore>,
    secrets: Arc<Secrets>,
    disk: Arc<Disk>,
    refusals: Arc<Refusals>,
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
    /// A folder where a file is asked for.
    #[error("grant {0}: a folder; grant it under `folders`")]
    Folder(PathBuf),
    /// It would give away more than anybody wants.
    #[error("grant {path}: refused, for it {what}")]
    Dangerous {
        /// The path.
        path: PathBuf,
        /// What it is or holds.
        what: String,
    },
    /// The disk that it lies on does not answer.
    #[error("grants: {0}")]
    Disk(String),
    /// The runtime of its thread cannot be made.
    #[error("grants: no thread for them")]
    Thread(#[source] io::Error),
}

impl Grants {
    /// Checks what a section grants to the producer `name`. `secrets` are the provider's own files that no guest may see.
    pub fn check(name: &str, section: &ProducerSettings, secrets: &[PathBuf]) -> Result<Self, GrantError> {
        let ProducerSettings { files, folders, env, http, .. } = section.clone();
        files.iter().chain(&folders).try_for_each(|path| check_path(path))?;
        let (disk, secrets) = (Arc::new(Disk::new().map_err(GrantError::Thread)?), Arc::new(Secrets::of(secrets)));
        let (granted, known) = (folders.clone(), secrets.clone());
        let check = move |disk: &Disk| {
            for folder in &granted {
                disk.asks_for(folder);
                folders::find(folder, &known)?;
            }
            if files.is_empty() {
                Ok(None)
            } else {
                Copies::of(&files, &known, disk).map(|copies| Some(Arc::new(copies)))
            }
        };
        let copies = if section.files.is_empty() && section.folders.is_empty() {
            None
        } else {
            disk.run_blocking(CALL_TIMEOUT, check).map_err(|fault| GrantError::Disk(fault.message))??
        };
        let (refusals, requests) = (Arc::new(Refusals::of(name)), Arc::new(Semaphore::new(HTTP_REQUESTS)));
        Ok(Self { folders, copies, env, http: http.into(), requests, secrets, disk, refusals })
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

    /// Whether a disk that does not answer holds the producer's thread for files.
    pub fn is_stuck(&self) -> bool {
        self.disk.is_stuck()
    }

    /// Does `work`, which reads files and says which one it reads, in the producer's thread for files.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&dyn Fn(&Path)) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.disk.run(patience, move |disk| work(&|path| disk.asks_for(path))).await
    }

    /// The thread for files.
    pub(super) fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// What of the things in a folder is kept from the guest.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Where it is told what the guest was not given.
    pub(super) fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The hosts that the guest may send requests to, each answered within `patience`.
    pub(super) fn outbound(&self, patience: Duration) -> Outbound {
        Outbound::to(self.http.clone(), self.requests.clone(), self.refusals.clone(), patience)
    }

    /// The guest's world.
    pub(super) async fn wasi(self: &Arc<Self>, log: LogStream, patience: Duration) -> Result<WasiCtx, Fault> {
        let grants = self.clone();
        let made = if self.folders.is_empty() {
            self.build(log, &self.disk)
        } else {
            self.disk.run(patience, move |disk| grants.build(log, disk)).await?
        };
        made.map_err(|error| Fault::new(Outcome::Refused, with_cause(&error)))
    }

    fn build(&self, log: LogStream, disk: &Disk) -> Result<WasiCtx, GrantError> {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(log.clone()).stderr(log);
        wasi.max_random_size(RANDOM_BYTES);
        wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        for name in &self.env {
            match std::env::var(name) {
                Ok(value) => drop(wasi.env(name, value)),
                Err(error) => self.refusals.tell(name, &error.to_string()),
            }
        }
        if let Some(copies) = &self.copies {
            grant(&mut wasi, copies.folder(), Path::new("/"))?;
        }
        for folder in &self.folders {
            disk.asks_for(folder);
            let found = folders::find(folder, &self.secrets)?;
            grant(&mut wasi, &found.descriptor(), folder)?;
        }
        Ok(wasi.build())
    }

    /// Copies the granted files anew.
    pub(super) async fn refresh(&self, patience: Duration) -> Result<(), Fault> {
        let Some(copies) = self.copies.clone() else { return Ok(()) };
        let (secrets, refusals) = (self.secrets.clone(), self.refusals.clone());
        let copied = self.disk.run(patience, move |disk| copies.refresh(&secrets, &refusals, disk)).await?;
        copied.map_err(|error| Fault::new(Outcome::Error, with_cause(&error)))
    }
}

fn grant(wasi: &mut WasiCtxBuilder, host: &Path, guest: &Path) -> Result<(), GrantError> {
    wasi.preopened_dir(host, guest.to_string_lossy(), FsPerms::ReadOnly).map(drop).map_err(|error| GrantError::Io {
        path: guest.to_owned(),
        step: "opened",
        source: io::Error::other(error.root_cause().to_string()),
    })
}

fn check_path(path: &Path) -> Result<(), GrantError> {
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && plain { Ok(()) } else { Err(GrantError::Path(path.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_give_secrets_away_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("identity.seed");
        std::fs::write(&seed, "secret").unwrap();
        let elsewhere = tempfile::tempdir_in(folder.path()).unwrap();
        std::fs::hard_link(&seed, elsewhere.path().join("hard")).unwrap();
        let check = |files: &[&Path], folders: &[&Path], expected: &str| {
            let mut section = ProducerSettings::of("a.wasm".into());
            section.files = files.iter().map(|path| path.to_path_buf()).collect();
            section.folders = folders.iter().map(|path| path.to_path_buf()).collect();
            let error = Grants::check("a", &section, std::slice::from_ref(&seed)).unwrap_err();
            assert!(with_cause(&error).contains(expected), "{error}");
        };
        check(&[&seed], &[], "refused, for it is the provider's own secret");
        check(&[Path::new("loadavg")], &[], "give an absolute path without `..`");
        check(&[Path::new("/proc/../etc/shadow")], &[], "give an absolute path without `..`");
        check(&[folder.path()], &[], "a folder; grant it under `folders`");
        check(&[], &[&seed], "not a folder; grant it under `files`");
        check(&[], &[folder.path()], "refused, for it holds the provider's own secret");
        check(&[], &[elsewhere.path()], "or a hard link to it");
        check(&[], &[Path::new("/proc/self")], "refused, for it lies in procfs");
        check(&[], &[Path::new("/")], "refused, for it holds");
        check(&[], &[Path::new("/not/there")], "cannot be found: No such file");
    }

    #[tokio::test]
    async fn a_folder_that_becomes_a_link_to_procfs_makes_no_new_instance() {
        let folder = tempfile::tempdir().unwrap();
        let granted = folder.path().join("data");
        std::fs::create_dir(&granted).unwrap();
        let mut section = ProducerSettings::of("a.wasm".into());
        section.folders = vec![granted.clone()];
        let grants = Arc::new(Grants::check("a", &section, &[]).unwrap());
        assert!(grants.wasi(LogStream::of("a", 60), CALL_TIMEOUT).await.is_ok());
        std::fs::remove_dir(&granted).unwrap();
        std::os::unix::fs::symlink("/proc", &granted).unwrap();
        let Err(fault) = grants.wasi(LogStream::of("a", 60), CALL_TIMEOUT).await else { panic!("it was granted") };
        assert_eq!(fault.outcome, Outcome::Refused);
        assert!(fault.message.contains("refused, for it lies in procfs"), "{}", fault.message);
    }
}
