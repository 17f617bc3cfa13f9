//! Reads the snapshot, for whoever wants all of it. What a graph needs is read by [`super::select()`].

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::error::Category;
use statsgrid_wire::PublicKey;

use super::limits::SNAPSHOT_BYTES;
use super::{Record, SCHEMA};

/// The last record of each provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// By the provider's key.
    pub records: BTreeMap<PublicKey, Record>,
}

/// Why there is no snapshot to be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no snapshot at {path} yet: the gatherer writes it at the end of its first round")]
    Missing {
        /// The snapshot.
        path: PathBuf,
    },
    /// It cannot be opened or read.
    #[error("cannot read the snapshot {path}")]
    Unreadable {
        /// The snapshot.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is larger than any snapshot.
    #[error("{path} is larger than {SNAPSHOT_BYTES} bytes: no snapshot, or one to be split into shards")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is not JSON, or only the beginning of some.
    #[error("{path} is not JSON, as a snapshot would be")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where it breaks off.
        source: serde_json::Error,
    },
    /// It is JSON of another shape.
    #[error("{path} is JSON, but no snapshot")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A later version wrote it, in a form that this one would misread.
    #[error("the snapshot {path} has schema {schema}, and this version reads {SCHEMA} at most: update it")]
    NewerSchema {
        /// The snapshot.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
}

impl Snapshot {
    /// Reads the snapshot at `path`.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read_text(path)?;
        let snapshot: Self = serde_json::from_str(&text).map_err(|error| ReadError::parsing(path, &text, error))?;
        let newest = snapshot.records.values().map(|record| record.schema).max();
        check_schema(path, newest)?;
        Ok(snapshot)
    }
}

/// The file's text, checked once as a whole: that is cheaper than string by string.
pub(super) fn read_text(path: &Path) -> Result<String, ReadError> {
    let bytes = read_at_most(path, SNAPSHOT_BYTES).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ReadError::Missing { path: path.to_owned() },
        ErrorKind::FileTooLarge => ReadError::TooLarge { path: path.to_owned() },
        _ => ReadError::Unreadable { path: path.to_owned(), source },
    })?;
    let not_json = |error| ReadError::NotJson { path: path.to_owned(), source: serde_json::Error::custom(error) };
    String::from_utf8(bytes).map_err(|error| not_json(error.utf8_error()))
}

/// A whole file, unless it is larger than `limit`.
pub(crate) fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(ErrorKind::FileTooLarge.into());
    }
    // One byte more than there should be, so that the last read finds the end instead of growing the buffer.
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

pub(super) fn check_schema(path: &Path, newest: Option<u32>) -> Result<(), ReadError> {
    match newest {
        Some(schema) if schema > SCHEMA => Err(ReadError::NewerSchema { path: path.to_owned(), schema }),
        _ => Ok(()),
    }
}

impl ReadError {
    /// Why `text` could not be parsed. A shape that we do not know may be a later version's.
    pub(super) fn parsing(path: &Path, text: &str, source: serde_json::Error) -> Self {
        let path = path.to_owned();
        match source.classify() {
            Category::Data => match newest_schema(text) {
                Some(schema) if schema > SCHEMA => Self::NewerSchema { path, schema },
                _ => Self::Shape { path, source },
            },
            Category::Io | Category::Syntax | Category::Eof => Self::NotJson { path, source },
        }
    }

    /// Whether the file holds something that no version of ours wrote, so that it is of no use to anyone.
    #[cfg(feature = "daemon")]
    pub(super) fn is_corrupt(&self) -> bool {
        matches!(self, Self::NotJson { .. } | Self::Shape { .. })
    }
}

fn newest_schema(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct SchemaAlone {
        #[serde(default)]
        schema: u32,
    }
    let records: BTreeMap<String, SchemaAlone> = serde_json::from_str(text).ok()?;
    records.into_values().map(|record| record.schema).max()
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SnapshotVisitor)
    }
}

struct SnapshotVisitor;

impl<'de> Visitor<'de> for SnapshotVisitor {
    type Value = Snapshot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of records by provider key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Snapshot, A::Error> {
        let mut records = BTreeMap::new();
        while let Some((key, record)) = map.next_entry::<PublicKey, Record>()? {
            if records.insert(key, record).is_some() {
                return Err(A::Error::custom(format_args!("two records of {key}")));
            }
        }
        Ok(Snapshot { records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::samples::ALPHA as KEY;
    use crate::snapshot::{Wanted, select};
    use std::error::Error as _;
    use std::fs;

    /// Both readers refuse `text` with the error `expected`; `PATH` in it is the file's.
    fn check(text: impl AsRef<[u8]> + fmt::Debug, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        fs::write(&path, &text).unwrap();
        let expected = expected.replace("PATH", &path.display().to_string());
        for error in [Snapshot::read(&path).unwrap_err(), select(&path, Wanted::NODES, 0).unwrap_err()] {
            let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            assert_eq!(format!("{error}{cause}"), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_snapshot_is_told_apart() {
        check("", "PATH is not JSON, as a snapshot would be: EOF while parsing a value at line 1 column 0");
        check("{", "PATH is not JSON, as a snapshot would be: EOF while parsing an object at line 1 column 1");
        check("spam", "PATH is not JSON, as a snapshot would be: expected value at line 1 column 1");
        check(
            b"{\"\xff\":1}",
            "PATH is not JSON, as a snapshot would be: invalid utf-8 sequence of 1 bytes from index 2",
        );
        check(
            "[]",
            "PATH is JSON, but no snapshot: \
            invalid type: sequence, expected an object of records by provider key at line 1 column 0",
        );
        check(
            r#"{"alpha":{}}"#,
            "PATH is JSON, but no snapshot: \
            not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum \
            at line 1 column 8",
        );
        check(
            format!(r#"{{"{KEY}":{{"timestamp":1.0}}}}"#),
            "PATH is JSON, but no snapshot: missing field `nickname` at line 1 column 77",
        );
    }

    #[test]
    fn a_newer_schema_is_named_whatever_its_shape() {
        let expected = "the snapshot PATH has schema 2, and this version reads 1 at most: update it";
        check(format!(r#"{{"{KEY}":{{"schema":2,"timestamp":[]}}}}"#), expected);
        let stats = r#"{"counters":{},"stats":{}}"#;
        check(format!(r#"{{"{KEY}":{{"schema":2,"timestamp":1,"nickname":"n","stats":{stats}}}}}"#), expected);
    }

    #[test]
    fn two_records_of_one_key_are_refused() {
        let record = r#"{"timestamp":1,"nickname":"n","stats":{"counters":{},"stats":{}}}"#;
        let text = format!(r#"{{"{KEY}":{record},"{KEY}":{record}}}"#);
        let error = serde_json::from_str::<Snapshot>(&text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("two records of {KEY}")), "{error}");
    }

    #[test]
    fn files_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        assert!(matches!(Snapshot::read(&path), Err(ReadError::Missing { .. })));
        assert!(matches!(Snapshot::read(folder.path()), Err(ReadError::Unreadable { .. })));
        // A sparse file: it is refused before a byte of it is read.
        File::create(&path).unwrap().set_len(SNAPSHOT_BYTES + 1).unwrap();
        assert!(matches!(Snapshot::read(&path), Err(ReadError::TooLarge { .. })));
    }
}
