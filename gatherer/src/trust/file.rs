//! The trust file: one provider a line, for people, configuration management and `sort` to write.
//!
//! ```text
//! # rack 3
//! UABC… trusted  # alpha, approved 2026-11-22
//! UDEF… revoked  # beta, revoked 2026-11-23
//! ```
//!
//! A line that is none of these trusts nobody and is told; the others hold all the same, for a slip of a pen is no reason
//! to lose a fleet. Comments and empty lines above an entry belong to it and move with it; those up to the first empty
//! line of the file are its head.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use statsgrid_wire::{PublicKey, one_line};

use crate::limits::{SHOWN_LINE_BYTES, TRUST_FILE_BYTES};

/// What people have decided on a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may report.
    Trusted,
    /// It may not, and does not ask again.
    Revoked,
}

/// A trust file, with all that stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustFile {
    pub(super) head: Vec<String>,
    pub(super) blocks: Vec<Block>,
    pub(super) tail: Vec<String>,
}

/// An entry with the lines above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) above: Vec<String>,
    pub(super) entry: Entry,
}

/// A line of the file that decides on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The provider.
    pub key: PublicKey,
    /// What holds for it.
    pub standing: Standing,
    /// What stands behind the `#`, without space around it.
    pub remark: String,
}

/// A line that is no entry and no comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// A file, and the lines that are none.
pub(super) type WithBadLines = (TrustFile, Vec<BadLine>);

/// Why there is nothing to be had from a trust file.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be opened or read.
    #[error("cannot read the trust file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was there a moment ago. An editor may be at it, or a slip of the hand: that is no decision on a fleet.
    #[error("trust file {0} is gone: put it back, or an empty one if nobody is to be trusted any more")]
    Gone(PathBuf),
    /// Anybody could let anybody in.
    #[error("trust file {path} has mode {mode:o}, so anybody on this machine can write it: chmod o-w {path}")]
    Writable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is larger than any fleet needs.
    #[error("trust file {path} is larger than {TRUST_FILE_BYTES} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

impl TrustFile {
    /// Reads the file at `path`; one that is not there is empty. Lines that are none come beside it.
    pub fn read(path: &Path) -> Result<(Self, Vec<BadLine>), TrustError> {
        Ok(Self::read_if_there(path)?.unwrap_or_default())
    }

    /// [`Self::read`], but a file that is not there is none.
    pub(super) fn read_if_there(path: &Path) -> Result<Option<WithBadLines>, TrustError> {
        let failed = |source| TrustError::Read { path: path.to_owned(), source };
        let file = match std::fs::metadata(path).map(|file| file.is_file()) {
            // A FIFO would hold whoever opens it.
            Ok(false) => return Err(failed(io::Error::new(ErrorKind::InvalidInput, "not a regular file"))),
            Ok(true) => File::open(path).map_err(failed)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
        if mode & 0o002 != 0 {
            return Err(TrustError::Writable { path: path.to_owned(), mode });
        }
        let mut text = Vec::new();
        file.take(TRUST_FILE_BYTES + 1).read_to_end(&mut text).map_err(failed)?;
        if text.len() as u64 > TRUST_FILE_BYTES {
            return Err(TrustError::TooLarge { path: path.to_owned() });
        }
        // A byte that is no UTF-8 spoils its own line alone.
        Ok(Some(Self::parse(&String::from_utf8_lossy(&text))))
    }

    /// Reads `text`.
    pub fn parse(text: &str) -> (Self, Vec<BadLine>) {
        let (mut file, mut bad) = (Self::default(), Vec::new());
        let mut above: Vec<String> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            match Entry::parse(line) {
                Ok(Some(entry)) => {
                    if file.blocks.is_empty() {
                        let head = above.iter().rposition(|line| line.trim().is_empty()).map_or(0, |blank| blank + 1);
                        file.head = above.drain(..head).collect();
                    }
                    file.blocks.push(Block { above: std::mem::take(&mut above), entry });
                    continue;
                }
                Ok(None) => {}
                Err(reason) => bad.push(BadLine { line: index + 1, reason }),
            }
            above.push(line.to_owned());
        }
        file.tail = above;
        (file, bad)
    }

    /// All entries, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.blocks.iter().map(|block| &block.entry)
    }

    /// Trusted keys that no honest key pair has, so that anybody may sign under them. To look costs 60 us a key, so it is for
    /// whoever hands keys on, and for a check of the file: the daemon finds it out of each key that shows up.
    pub fn weak(&self) -> impl Iterator<Item = PublicKey> {
        let trusted = self.entries().filter(|entry| entry.standing == Standing::Trusted);
        trusted.map(|entry| entry.key).filter(|key| key.verifier().is_err())
    }

    /// Keys and what holds for them.
    pub fn standings(&self) -> impl Iterator<Item = (PublicKey, Standing)> {
        self.entries().map(|entry| (entry.key, entry.standing))
    }
}

impl Entry {
    /// None: a comment, or nothing.
    fn parse(line: &str) -> Result<Option<Self>, String> {
        let (words, remark) = line.split_once('#').unwrap_or((line, ""));
        let mut words = words.split_whitespace();
        let Some(key) = words.next() else { return Ok(None) };
        let shown = |text: &str| one_line(text, SHOWN_LINE_BYTES);
        let parsed: PublicKey = key.parse().map_err(|error| format!("{:?}: {error}", shown(key)))?;
        let standing = match words.next() {
            Some("trusted") => Standing::Trusted,
            Some("revoked") => Standing::Revoked,
            Some(word) => return Err(format!("{key}: {:?}: write `trusted` or `revoked`", shown(word))),
            None => return Err(format!("{key}: write `trusted` or `revoked` behind the key")),
        };
        match words.next() {
            Some(more) => Err(format!("{key}: {:?}: put a remark behind a `#`", shown(more))),
            None => Ok(Some(Self { key: parsed, standing, remark: remark.trim().to_owned() })),
        }
    }
}

impl fmt::Display for TrustFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines =
            |f: &mut fmt::Formatter<'_>, lines: &[String]| lines.iter().try_for_each(|line| writeln!(f, "{line}"));
        lines(f, &self.head)?;
        for block in &self.blocks {
            lines(f, &block.above)?;
            writeln!(f, "{}", block.entry)?;
        }
        lines(f, &self.tail)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.standing)?;
        if self.remark.is_empty() { Ok(()) } else { write!(f, "  # {}", self.remark) }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trusted => "trusted",
            Self::Revoked => "revoked",
        })
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::Identity;

    fn key() -> PublicKey {
        Identity::generate().unwrap().public_key()
    }

    #[test]
    fn what_was_read_is_written() {
        let (a, b) = (key(), key());
        let text = format!(
            "# Providers of site 1.\n\n# rack 3\n{a} trusted  # alpha, approved 2026-11-22\n\n# rack 4\n{b} revoked\n# end\n"
        );
        let (file, bad) = TrustFile::parse(&text);
        assert_eq!((file.to_string(), bad), (text, Vec::new()));
        let standings: Vec<_> = file.standings().collect();
        assert_eq!(standings, [(a, Standing::Trusted), (b, Standing::Revoked)]);
        assert_eq!(file.head, ["# Providers of site 1.", ""]);
    }

    #[test]
    fn a_bad_line_is_told_and_kept_and_the_others_hold() {
        let (a, b) = (key(), key());
        let check = |line: &str, expected: &str| {
            let text = format!("{a} trusted\n{line}\n{b} revoked\n");
            let (file, bad) = TrustFile::parse(&text);
            assert_eq!((file.to_string(), file.standings().count()), (text, 2));
            assert!(bad[0].to_string().starts_with("line 2: ") && bad[0].reason.contains(expected), "{}", bad[0]);
        };
        check("Uabc trusted", "not an nkey");
        check(&format!("{a}"), "write `trusted` or `revoked` behind the key");
        check(&format!("{a} Trusted"), "\"Trusted\": write `trusted` or `revoked`");
        check(&format!("{a} trusted alpha"), "put a remark behind a `#`");
        check(&format!("{a}\u{1b}[2J trusted"), "not an nkey");
    }

    #[test]
    fn a_weak_key_is_found_by_who_asks_for_it() {
        // The neutral element: under it everything verifies.
        let weak = "UAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABVBG";
        let (file, bad) = TrustFile::parse(&format!("{} trusted\n{weak} trusted\n{weak} revoked\n", key()));
        let found: Vec<String> = file.weak().map(|key| key.to_string()).collect();
        assert_eq!((bad, found), (Vec::new(), vec![weak.to_owned()]));
    }

    #[test]
    fn a_file_that_is_not_there_is_empty_and_one_that_anybody_writes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        assert_eq!(TrustFile::read(&path).unwrap(), (TrustFile::default(), Vec::new()));
        std::fs::write(&path, format!("{} trusted\r\n", key())).unwrap();
        assert_eq!(TrustFile::read(&path).unwrap().0.entries().count(), 1);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        let error = TrustFile::read(&path).unwrap_err().to_string();
        assert!(error.contains("mode 666") && error.contains("chmod o-w"), "{error}");
        assert!(matches!(TrustFile::read(folder.path()), Err(TrustError::Read { .. })));
    }
}
