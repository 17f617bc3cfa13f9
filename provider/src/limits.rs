//! Bounds on what a producer, a program on the machine or the bus may make a provider do, each with its reason.

use std::time::Duration;

/// Wall time of one call of a producer, unless its section says otherwise (`timeout`). A warm call of a 20-stat
/// producer takes microseconds; three seconds are a walk over 20,000 files, well inside a poll's deadline.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(3);
/// Wall time of a producer's `init`, which may read more than a poll does.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of a poll's deadline the provider uses: the rest is for signing, the bus, and the gatherer's check.
pub const DEADLINE_SHARE: f64 = 0.8;

/// The longest time that a producer's section may give to a call.
pub const CALL_TIMEOUT_MOST: Duration = Duration::from_secs(3600);

/// Wall time of a call of a producer with a pace of its own, unless its section says otherwise: nobody waits for it, and
/// one that loops for ever costs a minute of a core at most, and less and less often.
pub const PACED_TIMEOUT: Duration = Duration::from_secs(60);
/// The least pace of its own that a producer may have: what is faster is read at each poll.
pub const EVERY_LEAST: Duration = Duration::from_secs(1);
/// The longest: a stat that is older than a day is of another day's machine.
pub const EVERY_MOST: Duration = Duration::from_secs(24 * 3600);

/// Linear memory of one producer, all its memories together. A Rust producer starts with 1.1 MiB; Python's interpreter needs 20.
pub const MEMORY_BYTES: usize = 64 << 20;
/// Elements of all tables of one producer: one a function that is called through a pointer.
pub const TABLE_ELEMENTS: usize = 100_000;
/// Stack of each producer, unless `stack` says otherwise: as deep as the engine's default, with which no toolchain's
/// component was found to run out.
pub const STACK: u64 = 512 << 10;
/// The least stack: a Rust producer's formatting of numbers takes a tenth of it.
pub const STACK_LEAST: u64 = 64 << 10;
/// The largest: each running call holds one.
pub const STACK_MOST: u64 = 16 << 20;
/// Stack beside a guest's own for what it calls of the host: as much as the engine leaves by default. Untouched pages cost
/// nothing.
pub const HOST_STACK: usize = 1536 << 10;
/// Core instances of one component: a Rust one has 3, a JavaScript one 10.
pub const INSTANCES: usize = 50;
/// Bytes that one call may hand over to the host, as its result or as arguments of an import: what a reply holds, and
/// as much again for strings that are refused.
pub const RESULT_BYTES: usize = 2 << 20;
/// Random bytes that a guest may ask for at once, for they are made in the host's memory first: more than any seed or key.
pub const RANDOM_BYTES: u64 = 1 << 20;
/// Stats of one producer in one reading.
pub const STATS: usize = 1_000;
/// Bytes of a unit or of a help text: three sentences. A description as a whole has its bound in the wire crate.
pub const HELP_BYTES: usize = 512;
/// Calls of `count` of one producer in a minute: a producer counts in `get-stats` and `sample`, some of each kind of
/// event; a thousand counters at ten samples a second are ten times as many, and take a hundredth of a core.
pub const COUNTS_PER_MINUTE: u32 = 60_000;
/// Characters of a refused name in a message: what is wrong with it is to be read behind it.
pub const NAME_SHOWN: usize = 60;
/// Counters that one prefix may create: a name made from a request's path must not fill the memory.
pub const COUNTERS: usize = 1_000;
/// Bytes of a counters file: 256 producers with all the counters that they may create, at their longest, and room to
/// spare. It bounds what a start allocates if the path names something else.
pub const COUNTERS_FILE_BYTES: u64 = 64 << 20;
/// How long a reply waits for the counters file: a small file is synced within 50 ms, and half of a poll's usual
/// deadline is the most that a disk in trouble may take of it.
pub const COUNTERS_WAIT: Duration = Duration::from_secs(5);
/// The longest time between two runs that the counters' age takes in: beyond it the clock is wrong rather than the node
/// off.
pub const AWAY_MOST: Duration = Duration::from_secs(366 * 24 * 3600);
/// Bytes of a component's file: a Python producer has 18 MB.
pub const COMPONENT_BYTES: u64 = 64 << 20;
/// How long a producer's thread for files waits for more to do before it ends: polls come once a minute, and a walk
/// over a folder asks without a pause.
pub const DISK_THREAD_IDLE: Duration = Duration::from_secs(1);
/// Open files, streams and other things of the host that one producer may hold at once: a walk holds two for each level
/// of folders, and a provider of 1,024 descriptors has to have some left for the bus.
pub const RESOURCES: usize = 128;
/// Things that a producer was not given which the log names: it may ask for ever new ones.
pub const REFUSALS_TOLD: usize = 100;
/// HTTP requests of one producer under way at once: one after the other is the rule, and each may hold a connection, a
/// buffer of 400 KiB and, where a name server is silent, a thread.
pub const HTTP_REQUESTS: usize = 4;
/// Bytes of an HTTP request's body that are taken from a producer at once and kept until they are sent.
pub const HTTP_CHUNK_BYTES: usize = 64 << 10;
/// Bytes of a configuration value from a file: a certificate with its chain has 10 KB.
pub const CONFIG_VALUE_BYTES: u64 = 64 << 10;
/// Bytes of a folder of compiled components, all together: five times the largest component's code, or that of a thousand
/// producers in Rust.
pub const COMPILE_CACHE_BYTES: u64 = 512 << 20;
/// Entries of folders whose lists a guest may hold at once: some 10 MB in the host. Who keeps more in one folder has them
/// parted.
pub const FOLDER_ENTRIES: usize = 100_000;
/// Bytes of one granted file: /proc/stat of 256 CPUs has 40 KB.
pub const GRANTED_FILE_BYTES: u64 = 1 << 20;

/// Samples that wait for the counters file: each gatherer of the node has one at a time.
pub const REQUESTS: usize = 8;
/// How often the epoch advances while a guest runs: a guest that loops gives way after one tick.
pub const EPOCH_TICK: Duration = Duration::from_millis(10);
/// How long a start, or a reload, waits for a component to be compiled: a Python producer of 18 MB takes a tenth of it. A
/// component that is made to take hours must not keep its neighbours from the bus.
pub const COMPILE_PATIENCE: Duration = Duration::from_secs(120);
/// How often the files of components are looked at for changes: one system call each, and a build that has just ended
/// runs within two looks.
pub const LOOK_AT_COMPONENTS: Duration = Duration::from_secs(2);
/// The least sample interval: what is sampled more often costs more than it tells.
pub const SAMPLE_INTERVAL: Duration = Duration::from_millis(100);
/// A producer that failed is made anew after this, growing, so that it is never in a tight loop.
pub const RESTART_FIRST: Duration = Duration::from_secs(1);
/// A producer that has been well for so long, and for as long as its last delay, is healthy: its next failure is its first.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(60);
/// The longest delay before a failing producer is made anew.
pub const RESTART_CAP: Duration = Duration::from_secs(300);

/// Bytes of one line of a producer's stdout or stderr in the log; the rest of the line is cut.
pub const LOG_LINE_BYTES: usize = 1024;
/// Lines of one producer in the log within [`RATE_WINDOW`], unless its section says otherwise; the rest are counted.
pub const LOG_LINES: u32 = 60;
/// What limits on a rate are counted in.
pub const RATE_WINDOW: Duration = Duration::from_secs(60);

/// Bytes of one statsd datagram: the largest that a Unix socket passes by default is larger, and no client sends it.
pub const DATAGRAM_BYTES: usize = 64 * 1024;
/// Bytes of a refused line, and of what is wrong with it, in the log.
pub const LINE_SHOWN: usize = 200;
/// Gauges of the statsd socket.
pub const GAUGES: usize = 1_000;

/// The first announcement after the subscription is repeated after this, growing, until a poll comes: a subscription
/// spreads through a cluster of servers unacknowledged.
pub const ANNOUNCE_FIRST: Duration = Duration::from_secs(1);
/// The longest delay between announcements to a gatherer that does not poll.
pub const ANNOUNCE_CAP: Duration = Duration::from_secs(60);
/// A key that the server refuses is tried again after this, growing, where the address has an enrolment login: whoever
/// installs a node and approves it at once sees it come in.
pub const ENROL_FIRST: Duration = Duration::from_secs(1);
/// The longest delay before a refused key is announced and tried again: 10,000 nodes that nobody has approved are 200
/// logins a second.
pub const ENROL_CAP: Duration = Duration::from_secs(60);
/// How long an enrolment login stays after its announcement, to hear that the server denies it.
pub const ENROL_LINGER: Duration = Duration::from_secs(1);
/// Polls of one gatherer in work at once: the one of the round, and a few that ask again.
pub const POLLS_IN_WORK: usize = 4;
/// Samples that are kept for whoever asks again in their rounds: a gatherer takes replies of its last three, and polls of
/// rounds before this run's, which anybody may replay, must not push those out.
pub const SAMPLES_KEPT: usize = 8;
/// Ids of polls that are remembered, to drop replays: at one poll a second this is the longest time to live.
pub const POLLS_REMEMBERED: usize = 1024;
/// A poll outside its time to live is answered with a refusal at most this often: less than the usual interval, or of
/// polls a minute apart every other one would be dropped, as the bus delays the one or the other.
pub const REFUSAL_EVERY: Duration = Duration::from_secs(50);
/// A kind of message that is dropped is named in the log at most this often.
pub const SAY_REJECTIONS_AGAIN: Duration = Duration::from_secs(60);
/// What lasts (a server that is away) is said again after this.
pub const SAY_TROUBLES_AGAIN: Duration = Duration::from_secs(600);
/// How long a clean stop waits for the answers in work, and then as long for the bus.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// How long a sample is shown to whoever reads the node's pages: producers run no more often for many readers than for one
/// that asks every few seconds.
pub const PAGE_SAMPLE: Duration = Duration::from_secs(5);
/// How long a page waits for producers: as long as a gatherer would.
pub const PAGE_PATIENCE: Duration = Duration::from_secs(10);
