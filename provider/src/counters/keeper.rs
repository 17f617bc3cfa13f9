//! The thread that keeps the counters in their file: one write a sample, before its reply goes out.
//!
//! So no reply ever shows more than the file holds, and who is killed starts again with all that anybody has seen. A disk
//! that fails or hangs costs that promise and nothing else: replies go out, and each sample that is not kept is counted.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use statsgrid_wire::Clock;
use statsgrid_wire::daemon::{Lock, Seldom};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{CountedSince, Counters, Saved, Sections};
use crate::limits::{COUNTERS_WAIT, REQUESTS, SAY_TROUBLES_AGAIN};

/// How many samples were not kept.
const UNWRITTEN: &str = "statsgrid.counters_unwritten";

/// The way to the thread.
pub struct Keeper {
    jobs: mpsc::Sender<Job>,
    counters: Counters,
    clock: Arc<dyn Clock>,
    troubles: Mutex<Seldom>,
}

/// What the thread works with.
pub struct Kept {
    /// The file.
    pub path: PathBuf,
    /// Nobody else's, until the end.
    pub lock: Lock,
    /// What is in it.
    pub counters: Counters,
    /// Their age.
    pub since: CountedSince,
    /// The prefixes that belong to sections.
    pub sections: Sections,
    /// Where its time comes from.
    pub clock: Arc<dyn Clock>,
}

struct Job {
    /// The file is let go afterwards.
    last: bool,
    /// What became of it.
    done: oneshot::Sender<Result<(), String>>,
}

impl Keeper {
    /// Starts the thread.
    pub fn start(kept: Kept) -> io::Result<Self> {
        let (counters, clock) = (kept.counters.clone(), kept.clock.clone());
        // It is there from the start, so that a graph of it begins at 0.
        let _ = counters.count(UNWRITTEN, 0);
        let (jobs, queue) = mpsc::channel(REQUESTS);
        thread::Builder::new().name("counters".to_owned()).spawn(move || kept.serve(queue))?;
        Ok(Self { jobs, counters, clock, troubles: Mutex::new(Seldom::every(SAY_TROUBLES_AGAIN)) })
    }

    /// Has all that was counted before this call in the file when it returns, unless the disk fails or hangs.
    pub async fn keep(&self) {
        self.ask(false).await;
    }

    /// Keeps them once more, and lets the file go.
    pub async fn close(&self) {
        self.ask(true).await;
    }

    async fn ask(&self, last: bool) {
        let (done, outcome) = oneshot::channel();
        // Where nothing is taken any more, the disk has hung for several samples.
        let outcome = match self.jobs.try_send(Job { last, done }) {
            Ok(()) => timeout(COUNTERS_WAIT, outcome).await.ok(),
            Err(_) => None,
        };
        match outcome {
            Some(Ok(Ok(()))) => self.troubles().reset(),
            Some(Ok(Err(error))) => self.unwritten("failed", &error),
            Some(Err(_)) | None => self.unwritten("slow", "the counters file: the disk does not keep up"),
        }
    }

    fn unwritten(&self, kind: &'static str, error: &str) {
        let _ = self.counters.count(UNWRITTEN, 1);
        if let Some(more) = self.troubles().due(self.clock.now(), kind) {
            tracing::error!(
                "{error}; counting goes on in memory, and is lost with this run ({more} more since the last such line)"
            );
        }
    }

    fn troubles(&self) -> std::sync::MutexGuard<'_, Seldom> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Writes once for all that wait: whoever asked has counted before what is read now.
    fn serve(self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            let mut waiting = vec![job];
            while let Ok(job) = queue.try_recv() {
                waiting.push(job);
            }
            let outcome = self.write();
            if waiting.iter().any(|job| job.last) {
                // Let go before it is said, so that the next run finds it free.
                drop(self.lock);
                return tell(waiting, &outcome);
            }
            tell(waiting, &outcome);
        }
    }

    fn write(&self) -> Result<(), String> {
        let now = self.clock.now();
        let saved = Saved::new(now.wall_ms, self.since.age(now), self.sections.read(), self.counters.copy());
        saved.write(&self.path).map_err(|error| format!("{error}: {}", error.source))
    }
}

fn tell(waiting: Vec<Job>, outcome: &Result<(), String>) {
    for job in waiting {
        // Who has given up waiting has said so.
        let _ = job.done.send(outcome.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statsgrid_wire::ManualClock;
    use std::path::Path;
    use std::time::Duration;

    const NOW: u64 = 1_795_358_400_000;

    fn keeper(path: &Path, clock: &Arc<ManualClock>) -> (Keeper, Counters) {
        let (clock, counters): (Arc<dyn Clock>, _) = (clock.clone(), Counters::default());
        let kept = Kept {
            path: path.to_owned(),
            lock: Lock::take(&path.with_added_extension("lock"), "provider", "stop that one").unwrap(),
            counters: counters.clone(),
            since: CountedSince::before(Duration::from_secs(5), clock.now()),
            sections: Sections::default(),
            clock,
        };
        (Keeper::start(kept).unwrap(), counters)
    }

    #[tokio::test]
    async fn what_was_counted_before_is_kept_with_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let (path, clock) = (folder.path().join("counters.json"), Arc::new(ManualClock::at(NOW)));
        let (keeper, counters) = keeper(&path, &clock);
        for visits in 1..=3 {
            counters.count("app.visits", 1).unwrap();
            clock.advance(Duration::from_secs(1));
            keeper.keep().await;
            let saved = Saved::read(&path).unwrap().unwrap();
            assert_eq!(saved.counters.get("app.visits"), Some(&visits));
            assert_eq!(saved.age(clock.now().wall_ms), Duration::from_secs(5 + visits));
        }
        assert_eq!(counters.read().get(UNWRITTEN), Some(&0));
    }

    #[tokio::test]
    async fn a_failure_is_counted_and_the_next_write_makes_it_good() {
        let folder = tempfile::tempdir().unwrap();
        let (path, clock) = (folder.path().join("counters.json"), Arc::new(ManualClock::at(NOW)));
        let (keeper, counters) = keeper(&path, &clock);
        std::fs::create_dir(&path).unwrap();
        keeper.keep().await;
        keeper.keep().await;
        assert_eq!(counters.read().get(UNWRITTEN), Some(&2));
        std::fs::remove_dir(&path).unwrap();
        keeper.keep().await;
        assert_eq!(Saved::read(&path).unwrap().unwrap().counters.get(UNWRITTEN), Some(&2));
    }

    #[tokio::test]
    async fn after_the_last_write_the_file_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let (path, clock) = (folder.path().join("counters.json"), Arc::new(ManualClock::at(NOW)));
        for visits in 1..=3 {
            let (keeper, counters) = keeper(&path, &clock);
            counters.count("app.visits", visits).unwrap();
            keeper.close().await;
            assert_eq!(Saved::read(&path).unwrap().unwrap().counters.get("app.visits"), Some(&visits));
        }
    }

    #[tokio::test]
    async fn a_disk_that_hangs_is_not_waited_for_again_and_again() {
        let (jobs, queue) = mpsc::channel(1);
        let (counters, clock) = (Counters::default(), Arc::new(ManualClock::at(NOW)));
        let troubles = Mutex::new(Seldom::every(SAY_TROUBLES_AGAIN));
        let keeper = Keeper { jobs, counters: counters.clone(), clock, troubles };
        // One job waits for a thread that does not come back.
        let (done, _outcome) = oneshot::channel();
        keeper.jobs.try_send(Job { last: false, done }).unwrap();
        keeper.keep().await;
        assert_eq!(counters.read().get(UNWRITTEN), Some(&1));
        drop(queue);
    }
}
