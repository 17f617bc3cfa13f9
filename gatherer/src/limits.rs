//! Bounds on what the bus may make a gatherer do, and the times that rounds go by, each with its reason.

use std::time::Duration;

/// Between two rounds, as the original polled.
pub const INTERVAL: Duration = Duration::from_secs(60);
/// The least interval: a provider's own limits of wall time are a second.
pub const INTERVAL_LEAST: Duration = Duration::from_secs(1);
/// How long a round waits for who is missing, at most.
pub const DEADLINE: Duration = Duration::from_secs(10);
/// And at most this share of the interval, so that a round has ended before the next begins.
pub const DEADLINE_SHARE: f64 = 0.7;
/// After this share of the deadline, who is missing is asked once more.
pub const ASK_AGAIN_SHARE: f64 = 0.5;
/// How far a provider's clock may be off for it to answer with stats. NTP keeps clocks within milliseconds; a minute
/// is for machines without, and bounds how long a provider remembers polls.
pub const POLL_TTL: Duration = Duration::from_secs(60);
/// How old, by the two clocks, an announcement or a goodbye may be.
pub const PRESENCE_TTL: Duration = Duration::from_secs(60);
/// Rounds that a provider may miss before it is no longer waited for. It is asked all the same, by the poll to all.
pub const MISSES: u32 = 5;
/// How long the last record of a provider that is gone is kept, unless the file says otherwise.
pub const FORGET_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);
/// Rounds whose polls are remembered, to tell a late reply from one to no poll of ours.
pub const ROUNDS_REMEMBERED: usize = 3;

/// Up to so many providers all answer at once: a burst of 10,000 replies is gathered in 0.1 s.
pub const SPLAY_BEYOND: usize = 10_000;
/// Above, replies spread over this much time for each provider, until a round has shown how long one takes here: 100,000
/// take 3 s, which two threads verify without loss.
pub const SPLAY_EACH: Duration = Duration::from_micros(30);
/// The least: no machine of two cores takes a reply in less.
pub const SPLAY_EACH_LEAST: Duration = Duration::from_micros(12);
/// The most: what takes longer has stood still for a while, and will not in the next round.
pub const SPLAY_EACH_MOST: Duration = Duration::from_micros(625);
/// How much longer replies spread than they take: chance brings some of them together.
pub const SPLAY_ROOM: f64 = 1.25;
/// The longest that replies spread, of the interval: then there is as much left for those who are asked again.
pub const SPLAY_SHARE: f64 = 0.35;
/// Replies since the last round below which they say nothing of what one takes.
pub const DRAIN_SAMPLE: u64 = 1_000;
/// Providers that are asked one by one at once: each poll is signed, on the loop, and answered without a splay.
pub const ASKED_AT_ONCE: usize = 1_000;
/// Between that many and the next.
pub const ASK_PAUSE: Duration = Duration::from_millis(100);
/// How long after the bus lost messages the missing ones are asked, for what it lost them by may last a moment.
pub const ASK_AFTER_LOSS: Duration = Duration::from_secs(1);
/// A provider that announces itself again and again is asked at most this often.
pub const ASK_EVERY: Duration = Duration::from_secs(1);
/// And at most so often in one round: a node that crashes and starts again is asked for what it has, and one that announces
/// a new run each second makes a round's journal no longer than this.
pub const ASKED_AS_NEWCOMER: u32 = 3;

/// Newcomers that are asked one by one in [`ASK_PAUSE`]: after a NATS server's end a whole fleet announces itself within
/// seconds. Those beyond are asked with the missing ones, or by the next poll to all.
pub const NEWCOMERS_AT_ONCE: usize = ASKED_AT_ONCE;

/// Descriptions that one provider is asked for in a round: with its stats beside them more would seldom fit a reply.
pub const DESCRIPTIONS_ASKED: usize = 8;
/// Providers that are asked for one description in a round: one that names it and does not send it must not keep it from
/// all others.
pub const DESCRIPTION_ASKED_OF: usize = 3;
/// The longest interval: a day.
pub const INTERVAL_MOST: Duration = Duration::from_secs(24 * 3600);
/// The longest that an absent record is kept: ten years.
pub const FORGET_MOST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// Lines that wait to be printed by `run --print`; a reader that stands still loses those beyond.
pub const PRINTED: usize = 4_096;

/// Records that are kept at all: ten times the fleet that one gatherer is meant for.
pub const RECORDS: usize = 1_000_000;
/// Public keys that are kept decompressed, some 300 bytes each with their place: as many as records. Those beyond are taken
/// in anew for each message.
pub const KEYS: usize = RECORDS;
/// Messages between the thread that receives and those that verify: at the usual 2 KiB each 16 MiB, and 512 MiB if each is as
/// large as is taken, for what is larger gets no place. When it is full, messages wait in the client's subscription, whose
/// losses are counted.
pub const RECEIVED: usize = 8_192;
/// Messages that are verified together: twice as many gain 2 %, half of it costs 12 % more.
pub const BATCH: usize = 2_048;
/// How long a thread that verifies waits for more than it has, for many together cost a third of one by one: it is no more
/// than the way to a node takes.
pub const LINGER: Duration = Duration::from_millis(10);
/// And in all, where more comes each time: replies that are spread over a splay would else be verified a hundred at a time,
/// at twice the price of a thousand.
pub const LINGER_MOST: Duration = Duration::from_millis(100);
/// Batches of verified messages between the threads that verify and the one that keeps records, who takes them faster than
/// they come.
pub const VERIFIED: usize = 4;
/// How long a round's end waits for what was received before it and is not looked at yet: the queues above hold what two
/// threads verify in a second.
pub const QUEUED_PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks meanwhile.
pub const QUEUED_PAUSE: Duration = Duration::from_millis(5);
/// Events of the connection between the thread that receives and the loop.
pub const NEWS: usize = 64;
/// Results of writes on their way back: there is one a round.
pub const WRITTEN: usize = 4;
/// Threads that verify. Two keep up with 100,000 replies in 3 s.
pub const VERIFIERS: usize = 2;
/// A kind of message that is dropped is named in the log at most this often.
pub const SAY_REJECTIONS_AGAIN: Duration = Duration::from_secs(60);
/// What lasts (a server that is away, a full disk) is said again after this.
pub const SAY_TROUBLES_AGAIN: Duration = Duration::from_secs(600);
/// How long a stop waits for the bus.
pub const FAREWELL: Duration = Duration::from_secs(5);

/// After so many intervals without a round's end rounds have stopped: one may take all of its interval, and so may the
/// write.
pub const ROUNDS_STOPPED: u32 = 3;
/// How far ahead of the clock `status` takes a snapshot's last round for one of now: a clock that NTP mends jumps less.
pub const CLOCK_SET_BACK: Duration = Duration::from_secs(60);
/// How long `status` names what the gatherer itself could not do after the last time: whoever looks once a day sees it, and
/// what was mended is not told for ever.
pub const TROUBLES_SAID: Duration = Duration::from_secs(24 * 3600);
/// Keys that wait for approval, 300 bytes each: more than people look through, and a flood of keys fills no memory.
pub const PENDING: usize = 1_000;
/// One that was silent for so long yields to a new one when all places are taken: who is there asks each minute.
pub const PENDING_YIELD: Duration = Duration::from_secs(180);
/// One that has not asked for so long is forgotten, with a node that was taken away.
pub const PENDING_FORGET: Duration = Duration::from_secs(3600);
/// Messages of keys that nobody has decided on that are verified in a second: the first of a fleet fill the list at once,
/// and a flood costs a tenth of a core. Those beyond are dropped unread; who asks again has another chance.
pub const STRANGERS_A_SECOND: usize = 1_000;
/// Bytes of the file in which they are kept: a nickname may have 255 bytes, and six for each in JSON.
pub const PENDING_FILE_BYTES: u64 = 4 << 20;
/// Bytes of a trust file: a line of 100 bytes for each of [`RECORDS`] keys.
pub const TRUST_FILE_BYTES: u64 = 100 << 20;
/// Bytes of a trust file's word that is none, as far as it is shown.
pub const SHOWN_LINE_BYTES: usize = 80;
/// Lines of a trust file that are none and are named one by one in the log.
pub const BAD_LINES_SHOWN: usize = 10;
/// How often strangers are counted anew.
pub const EACH_SECOND: Duration = Duration::from_secs(1);
/// How often the trust file is looked at. A change is taken at the second look that finds it, and who approves a node
/// expects that within a second.
pub const LOOK_AT_TRUST: Duration = Duration::from_millis(500);
/// How long `approve` and `revoke` wait for another that is at the trust file: one takes milliseconds, and a tool that
/// deploys a fleet may start a hundred at once.
pub const DECISION_WAIT: Duration = Duration::from_secs(10);
/// Between two tries.
pub const DECISION_PAUSE: Duration = Duration::from_millis(10);
/// Times that the address is written when another process writes it at the same moment.
pub const ADDRESS_TRIES: usize = 20;
/// Bytes of one file of a journal, unless the file says otherwise: 26,000 replies of 2 KiB.
pub const JOURNAL_SIZE: u64 = 64 << 20;
/// The least that a journal's file may have: a few of the longest entries.
pub const JOURNAL_SIZE_LEAST: u64 = 1 << 20;
/// The most: beyond it nobody handles a file.
pub const JOURNAL_SIZE_MOST: u64 = 1 << 40;
/// Older files of a journal that are kept, unless the file says otherwise: with the newest they come to 1.1 GB, a day and
/// a half of 200 nodes.
pub const JOURNAL_KEEP: u32 = 16;
/// The most: each rotation renames them all.
pub const JOURNAL_KEEP_MOST: u32 = 1_000;
/// How many times its size a file of a journal grows to while its folder refuses the rotation; replies beyond are in none.
pub const JOURNAL_OVERGROWTH: u64 = 2;
/// Bytes of a line of a journal. A body's quotation marks and backslashes are escaped, so it may double.
pub const JOURNAL_LINE_BYTES: usize = 256 * 1024;
/// Replies that wait to be written: those of one burst.
pub const JOURNAL_QUEUE: usize = 65_536;
/// And their bytes: while a disk hangs, 200 nodes fill this in two hours.
pub const JOURNAL_QUEUE_BYTES: usize = 64 << 20;
/// Bytes that are gathered before they are written: 100 replies.
pub const JOURNAL_BUFFER_BYTES: usize = 256 * 1024;
/// A disk that refuses to take something is asked again after this.
pub const JOURNAL_RETRY: Duration = Duration::from_secs(1);
/// Rounds that a reader of a journal remembers: while a gatherer takes replies of one round, it writes of the two before
/// it and the two after it.
pub const JOURNAL_ROUNDS_REMEMBERED: usize = 2 * ROUNDS_REMEMBERED - 1;
/// Polls and answers of one round that a reader of a journal takes: as many as there may be records.
pub const JOURNAL_ROUND_ENTRIES: usize = RECORDS;
/// Runs of one provider whose samples are told apart, for an answer may come after one of the next run.
pub const JOURNAL_RUNS_REMEMBERED: usize = 4;

/// How far back a page shows what values were.
pub const HISTORY: Duration = Duration::from_secs(3600);
/// Bytes of it in memory: an hour of 10,000 nodes with 20 values each, at a round a minute, are 50 MB.
pub const HISTORY_BYTES: usize = 64 << 20;
/// Points of one picture of it: it is some 200 pixels wide.
pub const HISTORY_POINTS: usize = 240;
/// Bytes that are made at once of what is sent in pieces.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// How long the list of providers is kept within a round: it says who is stale, and rounds may have stopped.
pub const PROVIDERS_KEPT: Duration = Duration::from_secs(10);
/// Bytes of metrics that are kept for a round, in each format: 10,000 nodes with 20 values each have 40 MB. A fleet beyond
/// that has them written for each reader.
pub const METRICS_KEPT_BYTES: usize = 64 << 20;
/// How long a plan of them holds at least, though some of its values go stale meanwhile: 300 s are no longer for 305, and
/// where nodes go stale one after the other each scrape would have its own made, and cut those that are being read.
pub const METRICS_HELD: Duration = Duration::from_secs(5);
/// Rounds whose metrics are kept: the newest, and the one before it for whoever is still reading it.
pub const METRICS_KEPT_ROUNDS: usize = 2;
