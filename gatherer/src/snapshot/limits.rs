//! Bounds on the snapshot's files and on the age of what they hold, each with its reason.

/// Milliseconds for which a value is valid, as in the original: five rounds of 60 s, and as long as munin waits
/// between two of its own. A timestamp further in the future than this is no more valid than one that is older.
pub const VALID_MS: u64 = 300_000;

/// A producer that runs at its own pace may miss one run before its values are stale.
pub const VALID_PACES: u64 = 2;

/// Bytes of a snapshot that a reader takes: a million records of 4 KiB, which hold 70 stats each. It bounds what a
/// reader allocates if the path names something else.
pub const SNAPSHOT_BYTES: u64 = 4 << 30;

/// Descriptions in a catalogue. Each version of a producer has one: a fleet of 20 producers, each about in ten
/// versions, has 200. And 1,024 of the largest are 32 MiB.
pub const CATALOGUE_ENTRIES: usize = 1024;

/// Bytes of a catalogue's file: all its descriptions at their largest, and each byte escaped.
pub const CATALOGUE_BYTES: u64 = 128 << 20;

/// Bytes of a snapshot that are read at once: so many stay in the cache nearest to a core while they are searched.
pub const READ_BYTES: usize = 64 << 10;

/// Bytes of a record's line that is read as a line. A reply has 64 KiB at most, and each byte of its text may be written
/// as six; a file without line ends is held whole, as it must be, but not by a reader of lines.
pub const LINE_BYTES: usize = 1 << 20;
