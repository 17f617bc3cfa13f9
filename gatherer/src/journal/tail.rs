//! The end of a file of lines: what waits to be written there, and no torn line in the middle, whatever a disk does.

use std::fs::File;
use std::io::{self, Write};

/// What lines are appended to.
pub(super) trait Backing: Write {
    /// Its length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Cuts it.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Has it on disk.
    fn sync(&self) -> io::Result<()>;
}

/// A file that is open for appending.
#[derive(Debug)]
pub(super) struct Tail<B> {
    backing: B,
    /// Whole lines that are not in the file.
    waiting: Vec<u8>,
    /// Bytes of the file when it was looked at last.
    length: u64,
    /// A write failed on the way, and the file is to be cut to this length before the next.
    torn_from: Option<u64>,
}

impl<B: Backing> Tail<B> {
    pub(super) fn of(backing: B) -> io::Result<Self> {
        let length = backing.length()?;
        Ok(Self { backing, waiting: Vec::new(), length, torn_from: None })
    }

    /// Has a line wait.
    pub(super) fn push(&mut self, line: &[u8]) {
        self.waiting.extend_from_slice(line);
    }

    /// Bytes of the file with all that waits.
    pub(super) fn length(&self) -> u64 {
        self.length + self.waiting.len() as u64
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Writes what waits. If that fails the file ends with the line that it ended with before, and all of it still waits.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.mend()?;
        // Looked at each time, for others may have cut the file: what they left is kept.
        let before = self.backing.length()?;
        if let Err(error) = self.backing.write_all(&self.waiting) {
            self.torn_from = Some(before);
            // If this fails too it is tried before the next write, and until then a reader finds a torn last line.
            let _ = self.mend();
            return Err(error);
        }
        self.length = before + self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    fn mend(&mut self) -> io::Result<()> {
        if let Some(length) = self.torn_from {
            if self.backing.length()? > length {
                self.backing.cut(length)?;
            }
            self.torn_from = None;
            self.length = length;
        }
        Ok(())
    }

    /// Has all that was written on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.backing.sync()
    }

    /// Gives up what waits.
    pub(super) fn discard(&mut self) {
        self.waiting.clear();
    }
}

impl Backing for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    /// A disk with room for so many bytes.
    #[derive(Debug)]
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
        cuts: bool,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room - self.bytes.len());
            if fits == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.bytes.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Backing for Disk {
        fn length(&self) -> io::Result<u64> {
            Ok(self.bytes.len() as u64)
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            if !self.cuts {
                return Err(ErrorKind::Other.into());
            }
            self.bytes.truncate(length as usize);
            Ok(())
        }

        fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn tail(room: usize) -> Tail<Disk> {
        Tail::of(Disk { bytes: Vec::new(), room, cuts: true }).unwrap()
    }

    fn text(tail: &Tail<Disk>) -> &str {
        std::str::from_utf8(&tail.backing.bytes).unwrap()
    }

    #[test]
    fn a_full_disk_leaves_whole_lines_and_loses_none() {
        let mut tail = tail(10);
        tail.push(b"one\n");
        tail.flush().unwrap();
        tail.push(b"two\n");
        tail.push(b"three\n");
        for _ in 0..3 {
            assert_eq!(tail.flush().unwrap_err().kind(), ErrorKind::StorageFull);
            assert_eq!((text(&tail), tail.length()), ("one\n", 14));
        }
        tail.backing.room = 100;
        tail.push(b"four\n");
        tail.flush().unwrap();
        assert_eq!((text(&tail), tail.length(), tail.waiting()), ("one\ntwo\nthree\nfour\n", 19, 0));
    }

    #[test]
    fn what_could_not_be_cut_at_once_is_cut_before_the_next_line() {
        let mut tail = tail(6);
        tail.push(b"one\n");
        tail.flush().unwrap();
        tail.backing.cuts = false;
        tail.push(b"two\n");
        tail.flush().unwrap_err();
        assert_eq!(text(&tail), "one\ntw");
        tail.backing.room = 100;
        tail.flush().unwrap_err();
        assert_eq!(text(&tail), "one\ntw");
        tail.backing.cuts = true;
        tail.flush().unwrap();
        assert_eq!(text(&tail), "one\ntwo\n");
    }

    #[test]
    fn what_is_given_up_is_nowhere() {
        let mut tail = tail(3);
        tail.push(b"one\n");
        tail.flush().unwrap_err();
        tail.discard();
        assert_eq!((tail.waiting(), tail.length()), (0, 0));
        tail.flush().unwrap();
        assert_eq!(text(&tail), "");
    }

    #[test]
    fn a_file_that_others_cut_goes_on_from_there() {
        let mut tail = tail(100);
        tail.push(b"one\n");
        tail.flush().unwrap();
        tail.backing.bytes.clear();
        tail.push(b"two\n");
        tail.flush().unwrap();
        assert_eq!((text(&tail), tail.length()), ("two\n", 4));
    }
}
