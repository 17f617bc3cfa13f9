//! A file that is replaced as a whole: who reads it finds the old one or the new one, never a part.
//!
//! Written beside its place under one fixed name, so that a writer that is killed leaves at most one such file, which
//! the next one removes. Two writers of one file are kept apart by the lock, not here. A symbolic link in the file's
//! place is replaced, not followed.

mod calls;
#[cfg(test)]
mod faults;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use calls::{Calls, Filled, System};

use super::limits::WRITE_BUFFER_BYTES;

/// A file could not be replaced; the old one, if there was one, is untouched unless only the folder's sync failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step} {path}")]
pub struct WriteError {
    /// The file that the step was about.
    pub path: PathBuf,
    /// What failed.
    pub step: Step,
    /// Why.
    pub source: io::Error,
}

/// The steps of a replacement, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Remove what a killed writer left.
    Clear,
    /// Create the temporary file.
    Create,
    /// Fill it.
    Write,
    /// Give it its mode.
    SetMode,
    /// Have it on disk.
    Sync,
    /// Put it in its place.
    Rename,
    /// Have the folder's new entry on disk.
    SyncFolder,
}

/// Replaces `path` by what `fill` writes, with `mode` whatever the umask.
pub fn write<F>(path: &Path, mode: u32, fill: F) -> Result<(), WriteError>
where
    F: FnOnce(&mut dyn Write) -> io::Result<()>,
{
    replace(&System, path, mode, fill)
}

fn replace<F>(calls: &impl Calls, path: &Path, mode: u32, fill: F) -> Result<(), WriteError>
where
    F: FnOnce(&mut dyn Write) -> io::Result<()>,
{
    let temporary = temporary(path);
    let failed = |path: &Path, step| {
        let path = path.to_owned();
        move |source| WriteError { path, step, source }
    };
    let replaced = write_beside(calls, &temporary, mode, fill)
        .and_then(|()| calls.rename(&temporary, path).map_err(failed(path, Step::Rename)));
    if replaced.is_err() {
        // On a full disk its bytes are needed. That it failed is what matters, and is reported already.
        let _ = calls.remove(&temporary);
    }
    replaced?;
    let folder = folder(path);
    let synced = calls.open_folder(folder).and_then(|open| calls.sync(&open));
    synced.map_err(failed(folder, Step::SyncFolder))
}

fn write_beside<F>(calls: &impl Calls, temporary: &Path, mode: u32, fill: F) -> Result<(), WriteError>
where
    F: FnOnce(&mut dyn Write) -> io::Result<()>,
{
    let failed = |step| move |source| WriteError { path: temporary.to_owned(), step, source };
    match calls.remove(temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(Step::Clear)(error)),
        _ => {}
    }
    // Created anew, never opened: so it is no link to elsewhere, and nobody had it open before it got its mode.
    let file = calls.create(temporary, mode & 0o600).map_err(failed(Step::Create))?;
    let mut out = BufWriter::with_capacity(WRITE_BUFFER_BYTES, Filled { calls, file: &file });
    fill(&mut out).and_then(|()| out.flush()).map_err(failed(Step::Write))?;
    calls.set_mode(&file, mode).map_err(failed(Step::SetMode))?;
    calls.sync(&file).map_err(failed(Step::Sync))
}

/// `.NAME.tmp` in the same folder, for a rename does not cross file systems.
fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".tmp");
    path.with_file_name(name)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear => "remove the leftover",
            Self::Create => "create",
            Self::Write => "write",
            Self::SetMode => "set the mode of",
            Self::Sync | Self::SyncFolder => "sync",
            Self::Rename => "put a new file in the place of",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_new_file_stands_alone_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        for (mode, text) in [(0o644, "old"), (0o666, "new"), (0o600, "secret")] {
            write(&path, mode, |out| out.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
            assert_eq!(names(folder.path()), ["stats.json"]);
        }
    }

    #[test]
    fn a_reader_finds_one_whole_file_or_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let whole = |letter: u8| vec![letter; 3 * WRITE_BUFFER_BYTES];
        write(&path, 0o644, |out| out.write_all(&whole(b'a'))).unwrap();
        let written =
            |letter| write(&path, 0o644, |out| whole(letter).chunks(1000).try_for_each(|part| out.write_all(part)));
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (0..20).flat_map(|_| b"bcdef").for_each(|letter| written(*letter).unwrap()));
            while !writer.is_finished() {
                let found = fs::read(&path).unwrap();
                assert_eq!(found, whole(found[0]));
            }
        });
    }

    #[test]
    fn a_failure_midway_keeps_the_old_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        write(&path, 0o644, |out| out.write_all(b"old")).unwrap();
        let failed = write(&path, 0o644, |out| {
            out.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        });
        let error = failed.unwrap_err();
        assert_eq!(error.step, Step::Write);
        assert_eq!(error.to_string(), format!("cannot write {}/.stats.json.tmp", folder.path().display()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["stats.json"]);
    }

    #[test]
    fn what_a_killed_writer_left_is_replaced_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("stats.json"), folder.path().join("other"));
        fs::write(&other, "precious").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join(".stats.json.tmp")).unwrap();
        write(&path, 0o644, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
        assert_eq!(names(folder.path()), ["other", "stats.json"]);
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let step = |path: &Path| write(path, 0o644, |_| Ok(())).unwrap_err().step;
        assert_eq!(step(&folder.path().join("missing/stats.json")), Step::Create);
        let occupied = folder.path().join("occupied");
        fs::create_dir(&occupied).unwrap();
        assert_eq!(step(&occupied), Step::Rename);
        fs::create_dir(folder.path().join(".a.tmp")).unwrap();
        assert_eq!(step(&folder.path().join("a")), Step::Clear);
    }
}
