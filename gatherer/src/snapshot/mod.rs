//! The snapshot: the last record of each provider in one JSON file, and the files that lie beside it.
//!
//! Written by the gatherer alone, read by the munin plugin, by `show`, by the gatherer's next start and by whatever
//! read the original's stats.json. Without the feature `daemon` only its readers are there, which need neither a runtime
//! nor the bus. Left out on purpose: every clock (the time is passed in), and any merging of two snapshots, which is
//! `merge`'s.

#[cfg(test)]
mod agreement;
mod catalogue;
mod cursor;
pub mod label;
pub mod limits;
mod lines;
#[cfg(feature = "daemon")]
mod load;
mod meaning;
mod millis;
mod object;
mod parse;
mod read;
mod record;
#[cfg(test)]
pub(crate) mod samples;
mod scan;
mod select;
mod selection;
mod series;
#[cfg(feature = "daemon")]
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use statsgrid_wire::PublicKey;

pub use catalogue::{Catalogue, CatalogueError};
#[cfg(feature = "daemon")]
pub(crate) use lines::{Line, Lines, Unlike};
#[cfg(feature = "daemon")]
pub use load::{LoadError, SetAside, load_or_set_aside};
pub use meaning::{Meaning, Meanings};
pub use millis::Millis;
#[cfg(feature = "daemon")]
pub(crate) use read::read_at_most;
pub use read::{ReadError, Snapshot};
pub use record::{ProducerRecord, Record, Refused, Role, RoundOutcome, SCHEMA, Stats};
pub use select::{select, select_as_a_whole};
pub use selection::{Cell, Names, Node, Selection, Wanted};
pub use series::{Kind, Series, Taken, Value};
#[cfg(feature = "daemon")]
pub use write::write_snapshot;
#[cfg(feature = "daemon")]
pub(crate) use write::{BEGIN, END, SNAPSHOT_MODE, write_entry};

/// All records at the end of a round, by key: shared, not copied, by whoever writes or shows them.
pub type Records = Arc<Vec<(PublicKey, Arc<Record>)>>;

/// The file beside a snapshot that its path and a suffix name: `PATH.lock`, `PATH.catalogue`, `PATH.corrupt-…`.
pub fn beside(snapshot: &Path, suffix: &str) -> PathBuf {
    snapshot.with_added_extension(suffix)
}
