//! The loop's side of the journal: what was asked and what was accepted goes into a queue, and nobody waits.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use statsgrid_wire::daemon::{Lock, Seldom};
use statsgrid_wire::envelope::Sealed;
use statsgrid_wire::{Clock, Hash, Moment};
use tokio::sync::{Semaphore, mpsc};

use super::entry::Entry;
use super::file::{JournalError, JournalFile};
use super::writer::{Accepted, Asked, Counts, Job, Writer};
use crate::limits::{FAREWELL, JOURNAL_QUEUE, JOURNAL_QUEUE_BYTES, ROUNDS_REMEMBERED, SAY_TROUBLES_AGAIN};

/// Where a journal is, and how large it may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPlan {
    /// The file that is written.
    pub path: PathBuf,
    /// Bytes of one file.
    pub size: u64,
    /// Older files.
    pub keep: u32,
}

/// Writes a journal, or does not.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    on: Option<On>,
}

#[derive(Debug)]
struct On {
    /// Polls by their hash: those of the rounds whose replies are taken, the newest last.
    asked: VecDeque<HashMap<Hash, Arc<Asked>>>,
    jobs: mpsc::Sender<Job>,
    /// Bytes that the queue has room for.
    room: Arc<Semaphore>,
    counts: Arc<Counts>,
    said: Seldom,
    thread: JoinHandle<()>,
    ended: Receiver<()>,
}

impl Journal {
    /// Nothing is written.
    pub(crate) fn off() -> Self {
        Self::default()
    }

    /// Takes up the journal of `plan`, for as long as nobody else does.
    pub(crate) fn on(plan: &JournalPlan, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        // Under a name that `FILE*` does not reach, which is how people name all files of a journal.
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(plan.path.file_name().unwrap_or_default());
        hidden.push(".lock");
        let remedy = "stop that one, or give this one a journal of its own";
        let lock = Lock::take(&plan.path.with_file_name(hidden), "gatherer", remedy)?;
        let (file, torn) = JournalFile::open(&plan.path, plan.size, plan.keep)?;
        if torn > 0 {
            let path = plan.path.display();
            tracing::warn!("the journal {path} ended in a line without an end: {torn} bytes were cut off");
        }
        Self::over(file, lock, clock)
    }

    pub(super) fn over(file: JournalFile, lock: Lock, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let (jobs, queue) = mpsc::channel(JOURNAL_QUEUE);
        let (end, ended) = sync_channel(1);
        let counts = Arc::<Counts>::default();
        let writer = Writer::new(queue, file, counts.clone(), clock);
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
            writer.run();
            drop(lock);
            let _ = end.send(());
        });
        let thread = thread.map_err(JournalError::Thread)?;
        let asked = VecDeque::from([HashMap::new()]);
        let room = Arc::new(Semaphore::new(JOURNAL_QUEUE_BYTES));
        let said = Seldom::every(SAY_TROUBLES_AGAIN);
        Ok(Self { on: Some(On { asked, jobs, room, counts, said, thread, ended }) })
    }

    /// Whether it has a use for entries.
    pub(crate) fn is_on(&self) -> bool {
        self.on.is_some()
    }

    /// A poll goes out.
    pub(crate) fn asked(&mut self, poll: &Sealed, now: Moment) {
        if let Some(on) = &mut self.on {
            on.ask(poll, now);
        }
    }

    /// The reply in `entry` to the poll of this hash was accepted.
    pub(crate) fn accepted(&mut self, poll: Hash, entry: Option<Entry>, late: bool, now: Moment) {
        if let Some(on) = &mut self.on {
            on.accept(poll, entry.map(|entry| Entry { late, ..entry }), now);
        }
    }

    /// A round is over.
    pub(crate) fn round_over(&mut self) {
        if let Some(on) = &mut self.on {
            on.asked.push_back(HashMap::new());
            // A poll that is sent after its round's end counts with the next one's, hence one more than are taken.
            if on.asked.len() > ROUNDS_REMEMBERED + 1 {
                on.asked.pop_front();
            }
            // If the queue is full, the end of another round is in it, or comes.
            let _ = on.jobs.try_send(Job::RoundOver);
        }
    }

    /// How many replies are in no file, and how often the disk refused something.
    pub(crate) fn lost_and_errors(&self) -> (u64, u64) {
        let count = |count: &AtomicU64| count.load(Relaxed);
        self.on.as_ref().map(|on| (count(&on.counts.lost), count(&on.counts.errors))).unwrap_or_default()
    }

    /// Waits a while until all is written and synced. Says how many replies are in no file.
    pub(crate) fn finish(self) -> u64 {
        let Some(On { jobs, counts, thread, ended, .. }) = self.on else { return 0 };
        counts.stopping.store(true, Relaxed);
        drop(jobs);
        thread.thread().unpark();
        if ended.recv_timeout(FAREWELL).is_err() {
            tracing::error!("the journal's disk takes too long: what was accepted last may not be in it");
        }
        let lost = counts.lost.load(Relaxed);
        if lost > 0 {
            tracing::error!("{lost} replies that were accepted are not in the journal");
        }
        lost
    }
}

impl On {
    fn ask(&mut self, poll: &Sealed, now: Moment) {
        let asked = Entry::poll(poll, now.wall_ms).map(|entry| Asked { entry, stands_in: AtomicU64::new(0) });
        if let (Some(asked), Some(round)) = (asked, self.asked.back_mut()) {
            round.insert(poll.hash, Arc::new(asked));
        }
    }

    fn accept(&mut self, poll: Hash, reply: Option<Entry>, now: Moment) {
        let poll = self.asked.iter().rev().find_map(|round| round.get(&poll)).cloned();
        let queued = poll.zip(reply).and_then(|(poll, reply)| {
            let room = u32::try_from(reply.bytes()).ok()?;
            let room = self.room.clone().try_acquire_many_owned(room).ok()?;
            self.jobs.try_send(Job::Accepted(Box::new(Accepted { poll, reply, _room: room }))).ok()
        });
        if queued.is_some() {
            return;
        }
        self.counts.lost.fetch_add(1, Relaxed);
        if self.said.due(now, "lost").is_some() {
            tracing::error!("the disk does not keep up with the journal: a reply is not in it");
        }
    }
}
