//! Bounds on the connection to the bus and on the files of a daemon, each with its reason.

use std::time::Duration;

/// The first wait after a try that failed: about what a server takes to start again.
pub(super) const RETRY_FIRST: Duration = Duration::from_millis(250);

/// A server that does not answer is tried again after this at most: a round that starts 10 s after a server is back is
/// to be complete, and 100,000 nodes that try every 2 to 4 s are 35,000 small packets a second.
pub(super) const RETRY_CAP: Duration = Duration::from_secs(4);

/// Tries of the client itself when a connection ends, or one a server of the list where that is longer: less than a
/// second, which is what a server takes that is told to restart, and enough for the servers that a cluster names.
pub(super) const RECONNECT_TRIES: usize = 4;

/// How long one try may take: a server behind a firewall that drops packets is not to hold up its neighbours.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A condition that lasts is said again after this.
pub(super) const SAY_AGAIN: Duration = Duration::from_secs(600);

/// Messages that one subscription holds between the client's task and its reader. The client's own default; beyond it
/// messages are lost and counted.
pub(super) const SUBSCRIPTION_MESSAGES: usize = 65_536;

/// Commands that wait for a client that is away. Publishing is gated on the connection, so few ever do.
pub(super) const CLIENT_COMMANDS: usize = 2_048;

/// Events between the client and a daemon's loop: they come one a connection's change or refused message.
pub(super) const EVENTS: usize = 1_024;

/// Bytes that are gathered before they are written: a snapshot of 100,000 records takes 3,000 writes.
pub(super) const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// Bytes of a seed file that are read: a seed has 58 characters.
pub(super) const SEED_FILE_BYTES: u64 = 1024;

/// Bytes of a .creds file that are read: a JWT with a hundred permissions has 10 KB.
pub(super) const CREDS_FILE_BYTES: u64 = 64 * 1024;

/// Bytes of a file of certificates or of a key that are read: all the CAs of a system are 250 KB.
pub(super) const CERTIFICATE_FILE_BYTES: u64 = 1 << 20;

/// Connections to the pages of a daemon at once: some browsers with six each, some scrapers, and 16 MiB of buffers.
pub(super) const HTTP_CONNECTIONS: usize = 128;

/// Bytes that one connection gathers to be read or sent.
pub(super) const HTTP_BUFFER_BYTES: usize = 64 * 1024;

/// Bytes of a request: a browser sends one, and a proxy's cookies are not ours to read.
pub(super) const HTTP_HEADER_BYTES: usize = 16 * 1024;

/// Header lines of a request.
pub(super) const HTTP_HEADERS: usize = 64;

/// Bytes of a path with its query: the longest of ours has 80.
pub(super) const HTTP_PATH_BYTES: usize = 1024;

/// How long a reader takes for a request, or for the next one on the same connection: one that asks each 15 seconds
/// keeps it.
pub(super) const HTTP_HEADER_TIME: Duration = Duration::from_secs(20);

/// How long a connection lives: then it is begun anew, which costs little, and one that reads nothing is gone.
pub(super) const HTTP_CONNECTION: Duration = Duration::from_secs(120);

/// How long its last answer may take after that: 100 MB over a slow line.
pub(super) const HTTP_FAREWELL: Duration = Duration::from_secs(60);

/// After a connection that could not be accepted: most often no file is left to open, and one may be soon.
pub(super) const HTTP_ACCEPT_PAUSE: Duration = Duration::from_millis(100);
