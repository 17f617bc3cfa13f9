//! A snapshot's file as its writer lays it out: each record on a line of its own, read through one buffer.
//!
//! So a reader of a hundred thousand records holds one of them, and what it does not want costs it a search for the
//! line's end. A line is handed out as it stands: that its record is JSON, and one that ends with the line, is for the
//! reader to find. Left out on purpose: any mending. A file that is laid out in another way, breaks off or cannot be
//! read is [`Unlike`] what the writer makes, and whoever reads it as a whole says what it is.

use std::fs::File;
use std::io::Read;
#[cfg(feature = "daemon")]
use std::io::Seek;
use std::ops::Range;
use std::path::Path;

use memchr::memchr;

use super::limits::{LINE_BYTES, READ_BYTES, SNAPSHOT_BYTES};

/// Characters of a public key.
const KEY_BYTES: usize = 56;

/// The file, or a record in it, is not as our writer makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unlike;

/// A record and its key, neither of them looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) record: &'a [u8],
}

/// The lines of a file.
pub(crate) struct Lines {
    file: File,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not handed out.
    unread: Range<usize>,
    /// The last record was handed out.
    is_last: bool,
}

impl Lines {
    /// Those of the file at `path`. What is no plain file is not opened, for it may not be read a second time.
    pub(crate) fn open(path: &Path) -> Result<Self, Unlike> {
        let metadata = path.metadata().map_err(|_| Unlike)?;
        if !metadata.is_file() || metadata.len() > SNAPSHOT_BYTES {
            return Err(Unlike);
        }
        let file = File::open(path).map_err(|_| Unlike)?;
        let mut lines = Self { file, buffer: vec![0; READ_BYTES], unread: 0..0, is_last: false };
        lines.expect(b"{")?;
        Ok(lines)
    }

    /// Goes back to before the first record. It is the same file, also if another has its name by now.
    #[cfg(feature = "daemon")]
    pub(crate) fn rewind(&mut self) -> Result<(), Unlike> {
        self.file.rewind().map_err(|_| Unlike)?;
        (self.unread, self.is_last) = (0..0, false);
        self.expect(b"{")
    }

    /// The next record; none after the last, and then the file ended as it must.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, Unlike> {
        if self.is_last {
            self.expect(b"}")?;
            return if self.fill()? == 0 && self.unread.is_empty() { Ok(None) } else { Err(Unlike) };
        }
        let range = self.line()?;
        let line = self.buffer.get(range).ok_or(Unlike)?;
        let record = line.strip_suffix(b",");
        self.is_last = record.is_none();
        Line::of(record.unwrap_or(line)).map(Some).ok_or(Unlike)
    }

    fn expect(&mut self, expected: &[u8]) -> Result<(), Unlike> {
        let range = self.line()?;
        if self.buffer.get(range) == Some(expected) { Ok(()) } else { Err(Unlike) }
    }

    /// Where in the buffer the next line lies, without its end.
    fn line(&mut self) -> Result<Range<usize>, Unlike> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(self.unread.clone()).unwrap_or_default();
            if let Some(found) = memchr(b'\n', unread.get(searched..).unwrap_or_default()) {
                let start = self.unread.start;
                let end = start + searched + found;
                self.unread.start = end + 1;
                return Ok(start..end);
            }
            searched = unread.len();
            if self.fill()? == 0 {
                return Err(Unlike);
            }
        }
    }

    /// Reads on, behind what is unread; gives how many bytes, and 0 at the file's end.
    fn fill(&mut self) -> Result<usize, Unlike> {
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        if self.unread.end == self.buffer.len() {
            if self.buffer.len() >= LINE_BYTES {
                return Err(Unlike);
            }
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let room = self.buffer.get_mut(self.unread.end..).unwrap_or_default();
        let read = self.file.read(room).map_err(|_| Unlike)?;
        self.unread.end += read;
        Ok(read)
    }
}

impl<'a> Line<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let (key, record) = line.strip_prefix(b"\"")?.split_at_checked(KEY_BYTES)?;
        Some(Self { key, record: record.strip_prefix(b"\":")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::samples::{ALPHA, BETA};
    use std::fs;

    /// The records' lengths, or that the file is none of ours.
    fn read(text: &str) -> Result<Vec<usize>, Unlike> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        fs::write(&path, text).unwrap();
        let mut lines = Lines::open(&path)?;
        let mut lengths = Vec::new();
        while let Some(Line { key, record }) = lines.next()? {
            assert_eq!(key, [ALPHA, BETA][lengths.len() % 2].as_bytes());
            lengths.push(record.len());
        }
        Ok(lengths)
    }

    /// A file of records that are so long.
    fn file(lengths: &[usize]) -> String {
        let key = |row: usize| [ALPHA, BETA][row % 2];
        let line = |(row, length): (usize, &usize)| format!("\"{}\":{}", key(row), "x".repeat(*length));
        let lines: Vec<String> = lengths.iter().enumerate().map(line).collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }

    #[test]
    fn lines_of_any_length_are_handed_out_whole() {
        let room = READ_BYTES - "{\n\"\":\n".len() - KEY_BYTES;
        let cases: [&[usize]; 6] =
            [&[2], &[2, 70_000, 2, 0], &[room, 5], &[room - 1, 5], &[room + 1, 5, 3 * READ_BYTES], &[1_000; 1_000]];
        for lengths in cases {
            assert_eq!(read(&file(lengths)).as_deref(), Ok(lengths));
        }
    }

    #[test]
    fn what_is_laid_out_otherwise_is_told() {
        let good = file(&[2, 2]);
        for end in 0..good.len() {
            assert_eq!(read(&good[..end]), Err(Unlike), "{end} bytes");
        }
        let check = |text: &str| assert_eq!(read(text), Err(Unlike), "{text}");
        check("{}\n");
        check("{\n}\n");
        check(&good.replace('\n', "\r\n"));
        check(&good.replace('\n', " "));
        check(&good.replace(",\n", "\n"));
        check(&good.replace("x\n}", "x,\n}"));
        check(&good.replace("\":", "\" :"));
        check(&(good.clone() + "\n"));
        check(&(good.clone() + &good));
        check(&file(&[LINE_BYTES]));
    }

    #[test]
    fn what_is_no_plain_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Lines::open(folder.path()).is_err());
        assert!(Lines::open(&folder.path().join("missing")).is_err());
        assert!(Lines::open(Path::new("/dev/zero")).is_err());
    }
}
