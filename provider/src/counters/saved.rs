//! `counters.json`: what one run of a provider counted, for the next one to count on.
//!
//! One JSON object, replaced as a whole (mode 0600):
//!
//! ```json
//! { "schema": 1, "saved_ms": 1795358400123, "age_ms": 86400000, "sections": ["app", "load_monitor"],
//!   "counters": { "app.visits": 17, "load_monitor.samples": 86400 } }
//! ```
//!
//! The counters were at 0 `age_ms` before `saved_ms`, which is a time of day. `sections` are the prefixes that belonged
//! to a section of provider.toml, so that what a removed one counted goes with it, and what the code of a node that
//! embeds the library counted under names of its own stays. `schema` counts up when an old reader would go wrong.
//! Left out on purpose: gauges and stats, which are told anew, and the instance, which is each run's own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use statsgrid_wire::daemon::{Foreign, atomic};

use crate::limits::{AWAY_MOST, COUNTERS_FILE_BYTES};

/// The newest form that this version knows.
const SCHEMA: u32 = 1;

/// Its user's alone: what is counted is nobody else's business, and a count that others could write is none.
const MODE: u32 = 0o600;

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    schema: u32,
    saved_ms: u64,
    age_ms: u64,
    pub(super) sections: BTreeSet<String>,
    pub(super) counters: BTreeMap<Box<str>, u64>,
}

/// Why a file gives no counters.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// It cannot be opened or read, so it may be whole.
    #[error("counters file {path}: cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is another user's.
    #[error("counters file {0}")]
    Foreign(Foreign),
    /// It holds something else.
    #[error("counters file {path}: holds no counters")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It is larger than any of ours.
    #[error("counters file {0}: more than {COUNTERS_FILE_BYTES} bytes")]
    TooLarge(PathBuf),
    /// A later version wrote it.
    #[error("counters file {path}: has schema {schema}, and this version reads {SCHEMA} at most")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
    /// It is of no use, and would be overwritten.
    #[error("counters file {path}: cannot be set aside as {aside}; move it away, or name another path")]
    SetAside {
        /// The file.
        path: PathBuf,
        /// Where it should go.
        aside: PathBuf,
        /// Why it cannot.
        source: io::Error,
    },
}

impl Saved {
    /// Counters that were at 0 so long before this time of day.
    pub(super) fn new(
        saved_ms: u64,
        age: Duration,
        sections: BTreeSet<String>,
        counters: BTreeMap<Box<str>, u64>,
    ) -> Self {
        let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self { schema: SCHEMA, saved_ms, age_ms, sections, counters }
    }

    /// Reads the file; none: it is not there.
    pub fn read(path: &Path) -> Result<Option<Self>, SavedError> {
        let Some(bytes) = read_bytes(path)? else { return Ok(None) };
        let corrupt = |source| SavedError::Corrupt { path: path.to_owned(), source };
        let form: Form = serde_json::from_slice(&bytes).map_err(corrupt)?;
        if form.schema > SCHEMA {
            return Err(SavedError::Newer { path: path.to_owned(), schema: form.schema });
        }
        serde_json::from_slice(&bytes).map(Some).map_err(corrupt)
    }

    /// [`Self::read`], but a file that is of no use is renamed to `PATH.unread-UNIXMS`, with a warning, and counting
    /// starts at 0. One that cannot be read is an error, for it would be overwritten.
    pub fn read_or_set_aside(path: &Path, now_ms: u64) -> Result<Option<Self>, SavedError> {
        let error = match Self::read(path) {
            Err(error) if !matches!(error, SavedError::Unreadable { .. } | SavedError::Foreign(_)) => error,
            other => return other,
        };
        let aside = path.with_added_extension(format!("unread-{now_ms}"));
        if let Err(source) = fs::rename(path, &aside) {
            return Err(SavedError::SetAside { path: path.to_owned(), aside, source });
        }
        let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        tracing::warn!("{error}{cause}; it is now {}, and counting starts at 0", aside.display());
        Ok(None)
    }

    /// Replaces the file.
    pub(super) fn write(&self, path: &Path) -> Result<(), atomic::WriteError> {
        atomic::write(path, MODE, |out| {
            let mut text = serde_json::to_vec_pretty(self)?;
            text.push(b'\n');
            if text.len() as u64 > COUNTERS_FILE_BYTES {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            out.write_all(&text)
        })
    }

    /// How long before `now_ms`, a time of day, the counters were at 0. A clock that was set back since makes them no
    /// younger than they were, and one that says that years went by is not believed.
    pub(crate) fn age(&self, now_ms: u64) -> Duration {
        let away = Duration::from_millis(now_ms.saturating_sub(self.saved_ms));
        let believed = if away > AWAY_MOST {
            tracing::warn!(
                "by this clock the counters were saved {} days ago; their age stays",
                away.as_secs() / 86_400
            );
            Duration::ZERO
        } else {
            away
        };
        Duration::from_millis(self.age_ms) + believed
    }
}

/// What each form has, whatever else.
#[derive(Deserialize)]
struct Form {
    schema: u32,
}

fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, SavedError> {
    let unreadable = |source| SavedError::Unreadable { path: path.to_owned(), source };
    // A FIFO would hold whoever opens it.
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(unreadable(io::Error::other("not a regular file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    let mut bytes = Vec::new();
    let denied = |source| match Foreign::explains(&source, path) {
        Some(foreign) => SavedError::Foreign(foreign),
        None => unreadable(source),
    };
    let file = File::open(path).map_err(denied)?;
    file.take(COUNTERS_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > COUNTERS_FILE_BYTES { Err(SavedError::TooLarge(path.to_owned())) } else { Ok(Some(bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOW: u64 = 1_795_358_400_123;

    fn saved() -> Saved {
        let counters = [("app.visits".into(), u64::MAX), ("node.requests".into(), 0)].into_iter().collect();
        Saved::new(NOW, Duration::from_secs(60), ["app".to_owned()].into(), counters)
    }

    #[test]
    fn what_was_written_is_read_to_the_last_digit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counters.json");
        assert_eq!(Saved::read(&path).unwrap(), None);
        saved().write(&path).unwrap();
        assert_eq!(Saved::read(&path).unwrap(), Some(saved()));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    }

    #[test]
    fn the_file_has_the_form_that_is_documented() {
        let text = r#"{ "schema": 1, "saved_ms": 1795358400123, "age_ms": 60000, "sections": ["app"],
            "counters": { "app.visits": 18446744073709551615, "node.requests": 0 }, "later": "ignored" }"#;
        assert_eq!(serde_json::from_str::<Saved>(text).unwrap(), saved());
    }

    #[test]
    fn what_is_of_no_use_is_set_aside_and_kept() {
        let check = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("counters.json");
            fs::write(&path, text).unwrap();
            assert_eq!(Saved::read_or_set_aside(&path, NOW).unwrap(), None, "{text}");
            assert!(!path.exists(), "{text}");
            let aside = folder.path().join(format!("counters.json.unread-{NOW}"));
            assert_eq!(fs::read_to_string(aside).unwrap(), text);
        };
        check("");
        check("{\"schema\":1");
        check("[]");
        check("{\"schema\":1}");
        check("{\"schema\":2,\"all\":\"else\"}");
        let whole = serde_json::to_string(&saved()).unwrap();
        check(&whole.replace("18446744073709551615", "18446744073709551616"));
        check(&whole.replace("18446744073709551615", "-1"));
    }

    #[test]
    fn what_may_be_whole_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let error = Saved::read_or_set_aside(folder.path(), NOW).unwrap_err();
        assert!(matches!(error, SavedError::Unreadable { .. }), "{error}");
        assert!(folder.path().exists());
    }

    #[test]
    fn a_file_of_any_size_is_read_within_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counters.json");
        File::create(&path).unwrap().set_len(COUNTERS_FILE_BYTES + 1).unwrap();
        assert!(matches!(Saved::read(&path), Err(SavedError::TooLarge(_))));
    }

    #[test]
    fn the_age_counts_on_by_a_clock_that_is_believed() {
        let check = |now_ms, seconds| assert_eq!(saved().age(now_ms), Duration::from_secs(seconds), "{now_ms}");
        check(NOW, 60);
        check(NOW + 5_000, 65);
        check(NOW - 86_400_000, 60);
        check(0, 60);
        check(NOW + 2 * 365 * 86_400_000, 60);
        check(u64::MAX, 60);
    }
}
