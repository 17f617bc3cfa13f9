//! The journal's file: made or taken up where the last writer left it, and rotated when it is full.
//!
//! Left out on purpose: compression, and any rotation but its own. Whoever moves the file away under a running gatherer
//! finds the next entries in what was moved.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::entry::LINE_START;
use super::tail::Tail;
use crate::limits::{JOURNAL_LINE_BYTES, JOURNAL_OVERGROWTH};
use crate::snapshot::beside;
use statsgrid_wire::daemon::LockError;

/// Whoever may read it reads all that nodes say of themselves; the group is for who checks it.
const MODE: u32 = 0o640;

/// Why a file is not taken as a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another gatherer writes it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A device, a folder, a link: renaming it would not do what a rotation means.
    #[error("the journal {0} is no regular file: name another one")]
    NoFile(PathBuf),
    /// Something else is in it, and nothing of it is cut off.
    #[error("{0} holds something else than a journal: name another file")]
    NoJournal(PathBuf),
    /// It cannot be opened or mended.
    #[error("cannot open the journal {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its thread.
    #[error("the journal's thread cannot be started")]
    Thread(#[source] io::Error),
}

/// The file with its older ones.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    pub(super) tail: Tail<File>,
    size: u64,
    keep: u32,
    /// Counts the files, so that it is known what stands in this one.
    number: u64,
}

impl JournalFile {
    /// Opens the file at `path`, which may grow to `size` bytes and have `keep` older ones beside it. Says how many bytes
    /// of a torn last line it has cut off.
    pub(super) fn open(path: &Path, size: u64, keep: u32) -> Result<(Self, u64), JournalError> {
        let failed = |source| JournalError::Open { path: path.to_owned(), source };
        if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(JournalError::NoFile(path.to_owned()));
        }
        let file = match create(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => append(path),
            created => created.and_then(|file| sync_folder(path).map(|()| file)),
        };
        let file = file.map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let whole = whole_lines(&file, length).map_err(failed)?;
        let whole = whole.ok_or_else(|| JournalError::NoJournal(path.to_owned()))?;
        if whole < length {
            file.set_len(whole).map_err(failed)?;
        }
        let tail = Tail::of(file).map_err(failed)?;
        Ok((Self { path: path.to_owned(), tail, size, keep, number: 1 }, length - whole))
    }

    /// The number of the file that is written, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Gives up what waits. What stood in this file may not stand there now, so it is as good as a new one.
    pub(super) fn discard(&mut self) {
        self.tail.discard();
        self.number += 1;
    }

    /// Whether so many more bytes go into this file.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.tail.length() == 0 || self.tail.length() + bytes as u64 <= self.size
    }

    /// Whether so many more bytes go into it while a disk refuses to rotate it.
    pub(super) fn may_overgrow(&self, bytes: usize) -> bool {
        self.tail.length() + bytes as u64 <= self.size.saturating_mul(JOURNAL_OVERGROWTH)
    }

    /// Puts the file among the older ones and begins a new one, once nothing waits. When this fails before there is a new
    /// one, the file that is open stays so, wherever it is by then.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        self.tail.sync()?;
        shift(&self.path, self.keep)?;
        self.tail = Tail::of(create(&self.path)?)?;
        self.number += 1;
        sync_folder(&self.path)
    }
}

fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).append(true).create_new(true).mode(MODE).open(path)?;
    // Whatever the umask; a file system without modes has its own ways.
    let _ = file.set_permissions(Permissions::from_mode(MODE));
    Ok(file)
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// How many bytes of the file are whole lines; nothing if they are not those of a journal.
fn whole_lines(file: &File, length: u64) -> io::Result<Option<u64>> {
    let from = length.saturating_sub(JOURNAL_LINE_BYTES as u64);
    let mut end = vec![0; usize::try_from(length - from).unwrap_or(JOURNAL_LINE_BYTES)];
    file.read_exact_at(&mut end, from)?;
    let Some(last) = end.iter().rposition(|byte| *byte == b'\n') else {
        // The first line may be torn itself, but a line is no longer than this.
        let ours = from == 0 && (LINE_START.starts_with(&end) || end.starts_with(LINE_START));
        return Ok(ours.then_some(0));
    };
    let mut start = [0; LINE_START.len()];
    let whole = from + last as u64 + 1;
    let ours = whole > LINE_START.len() as u64 && file.read_exact_at(&mut start, 0).is_ok() && start == *LINE_START;
    Ok(ours.then_some(whole))
}

/// Makes room for a new file: each older one gets the next number, up to the first that is free, or over the last.
fn shift(path: &Path, keep: u32) -> io::Result<()> {
    let older = |number: u32| beside(path, &number.to_string());
    if !exists(path)? {
        // A rotation before this one got as far as here.
        return Ok(());
    }
    let mut free = 1;
    while free < keep && exists(&older(free))? {
        free += 1;
    }
    for number in (1..free).rev() {
        fs::rename(older(number), older(number + 1))?;
    }
    fs::rename(path, older(1))
}

fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const LINE: &str = "{\"kind\":\"poll\"}\n";

    fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        (folder, path)
    }

    fn append_lines(file: &mut JournalFile, lines: &[&str]) {
        lines.iter().for_each(|line| file.tail.push(line.as_bytes()));
        file.tail.flush().unwrap();
    }

    #[test]
    fn a_new_file_has_its_mode_and_an_old_one_goes_on() {
        let (_folder, path) = folder();
        let (mut file, cut) = JournalFile::open(&path, 1000, 1).unwrap();
        append_lines(&mut file, &[LINE]);
        assert_eq!((cut, fs::metadata(&path).unwrap().permissions().mode() & 0o7777), (0, MODE));
        drop(file);
        // People may have changed it since.
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let (mut file, cut) = JournalFile::open(&path, 1000, 1).unwrap();
        append_lines(&mut file, &[LINE]);
        assert_eq!((cut, fs::metadata(&path).unwrap().permissions().mode() & 0o7777), (0, 0o600));
        assert_eq!(fs::read_to_string(&path).unwrap(), LINE.repeat(2));
    }

    #[test]
    fn what_a_kill_left_is_cut_off() {
        let check = |whole: &str, torn: &[u8]| {
            let (_folder, path) = folder();
            fs::write(&path, [whole.as_bytes(), torn].concat()).unwrap();
            let (mut file, cut) = JournalFile::open(&path, 1000, 1).unwrap();
            assert_eq!(cut, torn.len() as u64);
            append_lines(&mut file, &[LINE]);
            assert_eq!(fs::read_to_string(&path).unwrap(), format!("{whole}{LINE}"));
        };
        check("", b"");
        check("", b"{\"ki");
        check(LINE, b"");
        check(LINE, b"{");
        check(LINE, &[0; 4096]);
        check(&LINE.repeat(3), LINE.trim_end().as_bytes());
        check(LINE, &vec![b'x'; JOURNAL_LINE_BYTES - 1]);
    }

    #[test]
    fn what_is_no_journal_is_not_touched() {
        let check = |text: &str| {
            let (_folder, path) = folder();
            fs::write(&path, text).unwrap();
            let error = JournalFile::open(&path, 1000, 1).unwrap_err().to_string();
            assert!(error.ends_with("holds something else than a journal: name another file"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        };
        check("root:x:0:0:root\n");
        check("\n");
        check("a password");
        check(&"x".repeat(JOURNAL_LINE_BYTES + 1));
        check(&format!("{LINE}{}", "x".repeat(JOURNAL_LINE_BYTES)));
        let (folder, path) = folder();
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        for path in [&path, folder.path(), Path::new("/dev/null")] {
            assert!(matches!(JournalFile::open(path, 1000, 1), Err(JournalError::NoFile(_))));
        }
        assert!(matches!(JournalFile::open(&path.join("missing/journal"), 1000, 1), Err(JournalError::Open { .. })));
    }

    #[test]
    fn older_files_move_up_to_the_first_free_number() {
        let (_folder, path) = folder();
        let (mut file, _) = JournalFile::open(&path, 20, 3).unwrap();
        let held = |number: u32| fs::read_to_string(beside(&path, &number.to_string())).ok();
        let line = |number: u32| format!("{{\"kind\":\"{number}\"}}\n");
        for number in 1..=5 {
            assert!(file.has_room(1000), "an empty file takes what no other would");
            append_lines(&mut file, &[&line(number)]);
            assert!(!file.has_room(10));
            file.rotate().unwrap();
        }
        assert_eq!([1, 2, 3, 4].map(held), [Some(line(5)), Some(line(4)), Some(line(3)), None]);
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);

        // A number that somebody freed is used before anything is replaced.
        fs::remove_file(beside(&path, "2")).unwrap();
        append_lines(&mut file, &[&line(6)]);
        file.rotate().unwrap();
        assert_eq!([1, 2, 3].map(held), [Some(line(6)), Some(line(5)), Some(line(3))]);
    }

    #[test]
    fn a_rotation_that_failed_halfway_is_finished_by_the_next() {
        let (_folder, path) = folder();
        let (mut file, _) = JournalFile::open(&path, 20, 3).unwrap();
        append_lines(&mut file, &[LINE]);
        // The file went, and no new one could be made.
        fs::rename(&path, beside(&path, "1")).unwrap();
        append_lines(&mut file, &[LINE]);
        file.rotate().unwrap();
        assert_eq!(fs::read_to_string(beside(&path, "1")).unwrap(), LINE.repeat(2));
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        assert!(!beside(&path, "2").exists());
    }
}
