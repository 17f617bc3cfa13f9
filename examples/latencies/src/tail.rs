//! What a log has grown by since the last look, over its rotation.
//!
//! The file stays open, so that what was written into it before it was renamed away is read to its end. A path that
//! leads elsewhere is known by its length, which lies between two looks at the open file's if it is the same: WASI tells
//! no file's number. Left out on purpose: compressed logs, and a new file that is as long as the old one at that moment.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use statsgrid_producer::Error;

/// What one look reads at most: 10,000 lines of a web server, in some milliseconds.
const READ_MOST: u64 = 1 << 20;

/// A log that is followed.
pub struct Tail {
    path: PathBuf,
    open: Option<File>,
    /// The start of a line whose end has not been written.
    rest: Vec<u8>,
}

/// What came.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Grown {
    /// Whole lines.
    pub text: String,
    /// Bytes between the last look's and these, which came faster than they can be read.
    pub skipped: u64,
}

impl Tail {
    /// Follows the log from where it ends now.
    pub fn from_end(path: &str) -> Result<Self, Error> {
        let mut tail = Self { path: path.into(), open: None, rest: Vec::new() };
        let mut file = tail.named(File::open(&tail.path))?;
        tail.named(file.seek(SeekFrom::End(0)))?;
        tail.open = Some(file);
        Ok(tail)
    }

    /// The whole lines since the last look.
    pub fn read(&mut self) -> Result<Grown, Error> {
        let mut grown = Grown::default();
        if let Some(file) = self.open.take() {
            let is_same = self.named(is_same(&file, &self.path));
            let file = self.read_from(file, &mut grown)?;
            if is_same? {
                self.open = Some(file);
                return Ok(grown);
            }
            self.rest.clear();
        }
        let file = self.named(File::open(&self.path))?;
        self.open = Some(self.read_from(file, &mut grown)?);
        Ok(grown)
    }

    fn read_from(&mut self, mut file: File, grown: &mut Grown) -> Result<File, Error> {
        let (place, length) = (self.named(file.stream_position())?, self.named(file.metadata())?.len());
        let skipped = length.saturating_sub(place).saturating_sub(READ_MOST);
        if skipped > 0 {
            self.rest.clear();
            self.named(file.seek(SeekFrom::Current(i64::try_from(skipped).unwrap_or(i64::MAX))))?;
        }
        let mut bytes = std::mem::take(&mut self.rest);
        let read = (&mut file).take(READ_MOST).read_to_end(&mut bytes);
        self.named(read)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.rest = bytes.split_off(whole);
        // A line that long is none.
        if self.rest.len() as u64 > READ_MOST {
            self.rest.clear();
        }
        grown.text.push_str(&String::from_utf8_lossy(&bytes));
        grown.skipped += skipped;
        Ok(file)
    }

    fn named<T>(&self, result: std::io::Result<T>) -> Result<T, Error> {
        result.map_err(|cause| Error::new(format!("log {}: {cause}", self.path.display())))
    }
}

/// Whether `path` still leads to `file`. A log only grows.
fn is_same(file: &File, path: &Path) -> std::io::Result<bool> {
    let before = file.metadata()?.len();
    let named = std::fs::metadata(path)?.len();
    let mut place = file;
    let truncated = place.stream_position()? > before;
    Ok(!truncated && (before..=file.metadata()?.len()).contains(&named))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn lines_come_whole() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "").unwrap();
        let mut tail = Tail::from_end(log.to_str().unwrap()).unwrap();
        let mut check = |content: &str, text: &str| {
            fs::write(&log, content).unwrap();
            assert_eq!(tail.read().unwrap().text, text);
        };
        check("on", "");
        check("one\ntw", "one\n");
        check("one\ntwo\n", "two\n");
        check("one\ntwo\n", "");
    }

    #[test]
    fn what_comes_too_fast_is_skipped_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "").unwrap();
        let mut tail = Tail::from_end(log.to_str().unwrap()).unwrap();
        let lines = "0123456\n".repeat(READ_MOST as usize / 8 + 10);
        fs::write(&log, &lines).unwrap();
        let grown = tail.read().unwrap();
        assert_eq!((grown.skipped, grown.text.len() as u64), (80, READ_MOST));
        assert_eq!(tail.read().unwrap(), Grown::default());
    }

    #[test]
    fn a_log_that_is_not_there_is_named() {
        let error = Tail::from_end("nowhere/log").err().unwrap().to_string();
        assert!(error.starts_with("log nowhere/log: "), "{error}");
    }
}
