//! A file's lines in bounded memory, however long somebody made one of them.

use std::io::{self, BufRead, Read};

use crate::limits::JOURNAL_LINE_BYTES;

/// Reads line after line.
pub(super) struct Lines<R> {
    file: R,
    number: u64,
    line: Vec<u8>,
}

/// One line, without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// As it stands there.
    Whole(&'a [u8]),
    /// More than [`JOURNAL_LINE_BYTES`]; it is read over.
    TooLong,
    /// The last one, of so many bytes, which has no line feed.
    Torn(usize),
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(file: R) -> Self {
        Self { file, number: 0, line: Vec::new() }
    }

    /// The next line with its number, from 1.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.line.clear();
        let bytes = self.file.by_ref().take(JOURNAL_LINE_BYTES as u64).read_until(b'\n', &mut self.line)?;
        if bytes == 0 {
            return Ok(None);
        }
        self.number += 1;
        let line = match self.line.split_last() {
            Some((b'\n', line)) => Line::Whole(line),
            _ if bytes < JOURNAL_LINE_BYTES => Line::Torn(bytes),
            _ => {
                let over = self.file.skip_until(b'\n')?;
                // What fits to the byte, and ends there without a line feed, is as torn as what is shorter.
                if over == 0 { Line::Torn(bytes) } else { Line::TooLong }
            }
        };
        Ok(Some((self.number, line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_an_end_and_a_bound() {
        let (fits, exceeds) = ("x".repeat(JOURNAL_LINE_BYTES - 1), "x".repeat(JOURNAL_LINE_BYTES));
        let text = format!("a\n\n{fits}\n{exceeds}\n{exceeds}{exceeds}\nb\nc");
        let mut lines = Lines::of(text.as_bytes());
        for (number, expected) in (1..).zip([
            Line::Whole(b"a"),
            Line::Whole(b""),
            Line::Whole(fits.as_bytes()),
            Line::TooLong,
            Line::TooLong,
            Line::Whole(b"b"),
            Line::Torn(1),
        ]) {
            assert_eq!(lines.next().unwrap(), Some((number, expected)));
        }
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn a_torn_line_may_be_as_long_as_a_line() {
        let text = "x".repeat(JOURNAL_LINE_BYTES);
        let mut lines = Lines::of(text.as_bytes());
        assert_eq!(lines.next().unwrap(), Some((1, Line::Torn(JOURNAL_LINE_BYTES))));
        assert_eq!(lines.next().unwrap(), None);
    }
}
