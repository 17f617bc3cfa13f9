//! The thread that writes the journal: a disk that hangs or is full must hold up nothing.
//!
//! What has come is put together, and written when nothing more has come. While the disk takes nothing the thread tries
//! again and again, and what comes waits in the queue, which has a bound.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use statsgrid_wire::Clock;
use statsgrid_wire::daemon::Seldom;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::entry::Entry;
use super::file::JournalFile;
use crate::limits::{JOURNAL_BUFFER_BYTES, JOURNAL_OVERGROWTH, JOURNAL_RETRY, SAY_TROUBLES_AGAIN};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Job {
    /// Write this reply.
    Accepted(Box<Accepted>),
    /// A round is over: have all of it on disk.
    RoundOver,
}

/// A reply with its poll.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) poll: Arc<Asked>,
    pub(super) reply: Entry,
    /// Its place in the queue, which is free again when it is taken.
    pub(super) _room: OwnedSemaphorePermit,
}

/// A poll that went out.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) entry: Entry,
    /// The number of the file in which it stands; 0: in none.
    pub(super) stands_in: AtomicU64,
}

/// What both sides of the queue know.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Replies that are in no file.
    pub(super) lost: AtomicU64,
    /// Times that the disk refused something.
    pub(super) errors: AtomicU64,
    /// The gatherer ends: what cannot be written now never is.
    pub(super) stopping: AtomicBool,
}

pub(super) struct Writer {
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) file: JournalFile,
    pub(super) counts: Arc<Counts>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) said: Seldom,
    /// Replies that wait to be written.
    pub(super) unwritten: u64,
    /// After a rotation that failed: when to try again.
    pub(super) rotates_from: Duration,
}

impl Writer {
    pub(super) fn new(
        jobs: mpsc::Receiver<Job>,
        file: JournalFile,
        counts: Arc<Counts>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let said = Seldom::every(SAY_TROUBLES_AGAIN);
        Self { jobs, file, counts, clock, said, unwritten: 0, rotates_from: Duration::ZERO }
    }

    /// Writes until nobody has a job any more.
    pub(super) fn run(mut self) {
        while let Some(job) = self.jobs.blocking_recv() {
            self.take(job);
            while let Ok(job) = self.jobs.try_recv() {
                self.take(job);
            }
            self.flush();
        }
        self.sync();
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Accepted(accepted) => self.append(&accepted.poll, &accepted.reply),
            Job::RoundOver => {
                self.flush();
                self.sync();
            }
        }
    }

    fn append(&mut self, poll: &Asked, reply: &Entry) {
        let mut lines = self.lines(poll, reply);
        if !self.file.has_room(lines.len()) {
            self.rotate();
            // In another file the poll stands again.
            lines = self.lines(poll, reply);
            if !self.file.has_room(lines.len()) && !self.file.may_overgrow(lines.len()) {
                return self.lose();
            }
        }
        poll.stands_in.store(self.file.number(), Relaxed);
        self.file.tail.push(&lines);
        self.unwritten += 1;
        if self.file.tail.waiting() >= JOURNAL_BUFFER_BYTES {
            self.flush();
        }
    }

    /// The line of a reply, with its poll's before it if that does not stand in the file.
    fn lines(&self, poll: &Asked, reply: &Entry) -> Vec<u8> {
        let mut lines = Vec::new();
        if poll.stands_in.load(Relaxed) != self.file.number() {
            poll.entry.write_line(&mut lines);
        }
        reply.write_line(&mut lines);
        lines
    }

    /// Writes what waits, and does not rest before it is written.
    fn flush(&mut self) {
        while let Err(error) = self.file.tail.flush() {
            self.failed("write", &error);
            if self.counts.stopping.load(Relaxed) {
                self.counts.lost.fetch_add(self.unwritten, Relaxed);
                self.file.discard();
                break;
            }
            std::thread::park_timeout(JOURNAL_RETRY);
        }
        self.unwritten = 0;
    }

    fn sync(&mut self) {
        if let Err(error) = self.file.tail.sync() {
            self.failed("sync", &error);
        }
    }

    /// A file that cannot be rotated grows on, up to a bound: that is better than to lose what comes.
    fn rotate(&mut self) {
        let now = self.clock.now().monotonic;
        if now < self.rotates_from {
            return;
        }
        self.flush();
        if let Err(error) = self.file.rotate() {
            self.rotates_from = now + JOURNAL_RETRY;
            self.failed("rotate", &error);
        }
    }

    fn lose(&mut self) {
        self.counts.lost.fetch_add(1, Relaxed);
        if self.said.due(self.clock.now(), "lose").is_some() {
            tracing::error!(
                "the journal has grown to {JOURNAL_OVERGROWTH} times its size and cannot be rotated: a reply is not in it"
            );
        }
    }

    fn failed(&mut self, what: &'static str, error: &io::Error) {
        self.counts.errors.fetch_add(1, Relaxed);
        if self.said.due(self.clock.now(), what).is_some() {
            tracing::error!("cannot {what} the journal: {error}; it is tried again, and gathering goes on");
        }
    }
}
