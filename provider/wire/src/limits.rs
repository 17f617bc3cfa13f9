//! Bounds on everything that comes from the bus, each with its reason. Both sides hold them: a provider does not
//! send what a gatherer would refuse.

/// Bytes of a message's body that a receiver reads at all. NATS' own default is 1 MiB a message; 64 KiB holds
/// 1,500 stats with names of 30 bytes, and keeps 100,000 replies under the 8 GiB that a small machine has.
pub const BODY_BYTES: usize = 64 * 1024;

/// Bytes of a poll, an announcement or a goodbye. The longest is a poll that wants [`DESCRIPTIONS_WANTED`]
/// descriptions: 64 hashes of 67 bytes and 600 bytes around them.
pub const SHORT_BODY_BYTES: usize = 8 * 1024;

/// Bytes that the three headers and NATS' framing add to a body: version 1, key 56, signature 88, their names and
/// line ends come to 246. A sender leaves this much of the server's max_payload free.
pub const HEADER_BYTES: usize = 512;

/// Bytes of a full name (`storage_server.latencies.get.99_9_percentile` has 45). Munin refuses field names beyond
/// 200, for they become file names.
pub const NAME_BYTES: usize = 160;

/// Bytes of a nickname: the longest host name of DNS is 253.
pub const NICKNAME_BYTES: usize = 255;

/// Entries in one object of numbers. What fits [`BODY_BYTES`] is fewer; this bounds what a body read from a file can
/// claim.
pub const ENTRIES: usize = 20_000;

/// Producers in one reply. Ten are usual.
pub const PRODUCERS: usize = 256;

/// Bytes of the message beside a producer's outcome: one line of a terminal or two.
pub const OUTCOME_MESSAGE_BYTES: usize = 300;

/// Bytes of what a rejection says for the log: it may quote a header, which may have a megabyte.
pub const DETAIL_BYTES: usize = 300;

/// Bytes of a description's JSON text. It travels in a directed reply beside the stats, so it is half of one.
pub const DESCRIPTION_BYTES: usize = 32 * 1024;

/// Hashes of descriptions that one directed poll may ask for.
pub const DESCRIPTIONS_WANTED: usize = 64;

/// Bytes of a unit that ends the name of a family: `bytes_per_second` has 16. A longer one is no unit but a text, and it
/// would stand in each line of the family.
pub const FAMILY_UNIT_BYTES: usize = 40;

/// Characters of a help text in an exposition: a sentence or three.
pub const FAMILY_HELP_CHARS: usize = 500;

/// Milliseconds that a poll is valid, at most: a gatherer that asks for more is refused, for the time to live bounds
/// how long a provider must remember ids to drop replays.
pub const POLL_TTL_MS: u64 = 10 * 60 * 1000;

/// Bytes of one line of an address: three servers, a prefix, a key and a login come to 300.
pub const ADDRESS_BYTES: usize = 1024;
