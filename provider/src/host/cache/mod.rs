//! Native code of components, kept in files, so that a provider's restart does not compile them again.
//!
//! Whoever can write such a file runs code as the provider. So the folder must be the provider's user's and nobody else's,
//! and so must each entry; an entry's name holds the SHA-256 of the component, the engine that the code is for, and
//! a checksum of the code itself, which is checked on the very file that is mapped then. What does not fit is removed and
//! compiled anew. Nothing here is needed: without a folder, on a full disk or on a read-only one, a start takes the time
//! of a compilation. Left out on purpose: code that was compiled elsewhere, which no provider takes from anybody.

mod entry;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash as _, Hasher};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use sha2::{Digest, Sha256};
use statsgrid_wire::daemon::atomic;
use statsgrid_wire::{Hash, Hex};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::limits::COMPILE_CACHE_BYTES;
use entry::{Checksum, Entry, checksum};

/// A folder that only this user can write.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    engine: Hex<8>,
    /// One writes at a time, for what others left half-written is removed then.
    writing: Mutex<()>,
}

/// Why a folder is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    /// It cannot be made or looked at.
    #[error("compile cache {path}: cannot be {step}: {source}; set `compile_cache` to a folder of the provider's own")]
    Io { path: PathBuf, step: &'static str, source: io::Error },
    /// A symbolic link or a file.
    #[error("compile cache {0}: not a folder, or a link to one; set `compile_cache` to the folder itself")]
    NotFolder(PathBuf),
    /// Another user's.
    #[error("compile cache {path}: belongs to user {owner}; run `chown {user} {path}`, or set `compile_cache`")]
    Foreign { path: PathBuf, owner: u32, user: u32 },
    /// Others may write it.
    #[error(
        "compile cache {path}: has mode {mode:03o}, and others may write native code there; run `chmod 700 {path}`"
    )]
    Mode { path: PathBuf, mode: u32 },
}

/// Why an entry is not loaded.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("is not a file of this user's alone")]
    Foreign,
    #[error("is damaged")]
    Damaged,
    #[error("is not taken by the engine: {0}")]
    Engine(String),
}

impl Cache {
    /// The folder at `path`, made with mode 0700 if it is not there, for code that `engine` runs.
    pub(super) fn open(path: &Path, engine: &Engine) -> Result<Self, CacheError> {
        let failed = |step| move |source| CacheError::Io { path: path.to_owned(), step, source };
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed("made")(error)),
            _ => {}
        }
        let found = fs::symlink_metadata(path).map_err(failed("looked at"))?;
        let (path, user) = (path.to_owned(), geteuid().as_raw());
        if !found.is_dir() {
            return Err(CacheError::NotFolder(path));
        }
        if found.uid() != user {
            return Err(CacheError::Foreign { path, owner: found.uid(), user });
        }
        if found.mode() & 0o022 != 0 {
            return Err(CacheError::Mode { path, mode: found.mode() & 0o7777 });
        }
        Ok(Self { folder: path, engine: key_of(engine), writing: Mutex::new(()) })
    }

    /// The code of the component whose SHA-256 is `component`, if it is there and whole.
    pub(super) fn load(&self, engine: &Engine, component: Hash) -> Option<Component> {
        // Names are compared before they are read: a folder holds those of all producers.
        let ours = format!("{component}-{}-", self.engine);
        let mut entries = self.names().filter(|name| name.starts_with(&ours)).filter_map(|name| Entry::parse(&name));
        entries.find_map(|entry| {
            let path = self.folder.join(entry.to_string());
            let loaded = open(&path, entry.code).and_then(|file| map(engine, &file));
            if let Err(fault) = &loaded {
                tracing::warn!("compile cache: {} {fault}; it is removed and compiled anew", path.display());
                self.remove(&path);
            }
            loaded.ok()
        })
    }

    /// Keeps the code of `component`, and makes room for it.
    pub(super) fn store(&self, component: Hash, code: &[u8]) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Entry { component, engine: self.engine, code: checksum(code) };
        let written = atomic::write(&self.folder.join(entry.to_string()), 0o600, |out| out.write_all(code));
        if let Err(error) = written {
            let cause = &error.source;
            tracing::warn!("compile cache: {error}: {cause}; the next start compiles component {component} again");
        }
        self.make_room(&entry);
    }

    /// Removes what stands in the place of `new`, what other engines ran, what a killed provider left half-written, and
    /// the oldest of what is left beyond the bound.
    fn make_room(&self, new: &Entry) {
        for leftover in self.names().filter(|name| Entry::is_leftover(name)) {
            self.remove(&self.folder.join(leftover));
        }
        let mut kept = Vec::new();
        for entry in self.entries() {
            let path = self.folder.join(entry.to_string());
            let superseded = entry.component == new.component && entry != *new;
            match fs::symlink_metadata(&path) {
                Ok(found) if entry.engine == self.engine && !superseded => {
                    kept.push((found.mtime(), found.mtime_nsec(), found.len(), path));
                }
                _ => self.remove(&path),
            }
        }
        kept.sort();
        let mut bytes: u64 = kept.iter().map(|(_, _, bytes, _)| bytes).sum();
        for (_, _, freed, path) in kept {
            if bytes <= COMPILE_CACHE_BYTES {
                return;
            }
            self.remove(&path);
            bytes -= freed;
        }
    }

    /// All entries, whosever; other files are left alone.
    fn entries(&self) -> Vec<Entry> {
        self.names().filter_map(|name| Entry::parse(&name)).collect()
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let listed = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        listed.filter_map(|found| found.file_name().into_string().ok())
    }

    fn remove(&self, path: &Path) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("compile cache: {} cannot be removed: {error}", path.display());
            }
            _ => {}
        }
    }
}

/// What code depends on beside its component: the compiler's version, the engine's settings, the processor's abilities.
fn key_of(engine: &Engine) -> Hex<8> {
    struct Digesting(Sha256);
    impl Hasher for Digesting {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            let hash: [u8; 32] = self.0.clone().finalize().into();
            u64::from_be_bytes(*hash.first_chunk().unwrap_or(&[0; 8]))
        }
    }
    let mut digest = Digesting(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut digest);
    Hex(digest.finish().to_be_bytes())
}

/// Opens an entry that is this user's alone and holds what its name says.
fn open(path: &Path, code: Checksum) -> Result<File, Fault> {
    // No link is followed, and a FIFO holds nobody up.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let found = file.metadata()?;
    let alone = found.is_file() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0 && found.nlink() == 1;
    if !alone {
        return Err(Fault::Foreign);
    }
    if checksum_of(&file)? == code { Ok(file) } else { Err(Fault::Damaged) }
}

fn checksum_of(mut file: &File) -> io::Result<Checksum> {
    let mut sum = crc32fast::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Hex(sum.finalize().to_be_bytes())),
            read => sum.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Maps the code, so that its pages are shared by all processes that run it and read when they are first run.
#[expect(unsafe_code, reason = "the one place where native code is loaded that this process did not compile")]
fn map(engine: &Engine, file: &File) -> Result<Component, Fault> {
    // The file that is open, whatever stands under its name by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: the file holds what `Component::serialize` gave: nobody but this user could write it, and its content has
    // the checksum that was computed when it was written. Entries are replaced and removed, never changed in place.
    let mapped = unsafe { Component::deserialize_file(engine, path) };
    mapped.map_err(|error| Fault::Engine(format!("{:#}", error.root_cause())))
}

#[cfg(test)]
mod tests;
