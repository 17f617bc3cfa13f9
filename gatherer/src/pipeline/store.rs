//! The thread that writes: a disk that hangs must not hold up a round.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::snapshot::{Catalogue, Records, write_snapshot};
use crate::trust::Pending;

/// What is to be written.
#[derive(Debug)]
pub struct Job {
    /// By key.
    pub records: Records,
    /// Before the snapshot, which names its texts.
    pub catalogue: Option<Arc<Catalogue>>,
    /// The keys that wait for a decision, if they changed.
    pub pending: Option<Pending>,
}

/// What became of a job.
#[derive(Debug)]
pub struct Written {
    /// How long it took.
    pub took: Duration,
    /// The job held a catalogue.
    pub with_catalogue: bool,
    /// The job held the keys that wait for a decision.
    pub with_pending: bool,
    /// The error in words, if there was one.
    pub error: Option<String>,
}

/// The thread and the way to it.
#[derive(Debug)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    /// Starts the thread. It tells what became of each job.
    pub fn start(snapshot: PathBuf, written: mpsc::Sender<Written>) -> io::Result<Self> {
        // One job waits at most; who has a newer one meanwhile keeps it until this one is done.
        let (jobs, mut queue) = mpsc::channel::<Job>(1);
        std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            while let Some(job) = queue.blocking_recv() {
                let started = Instant::now();
                let error = write(&snapshot, &job).err();
                let _ = written.blocking_send(Written {
                    took: started.elapsed(),
                    with_catalogue: job.catalogue.is_some(),
                    with_pending: job.pending.is_some(),
                    error,
                });
            }
        })?;
        Ok(Self { jobs })
    }

    /// Hands a job over, or gives it back if the last one is not done yet.
    pub fn write(&self, job: Job) -> Result<(), Job> {
        self.jobs.try_send(job).map_err(|refused| refused.into_inner())
    }

    /// Ends the thread once its last job is done, which it tells: nobody waits for it here, for its disk may hang.
    pub fn finish(self) {
        drop(self.jobs);
    }
}

fn write(snapshot: &Path, job: &Job) -> Result<(), String> {
    // What cannot be written beside them is no reason to lose the values.
    let catalogue = job.catalogue.as_ref().map_or(Ok(()), |catalogue| catalogue.write(snapshot));
    let pending = job.pending.as_ref().map_or(Ok(()), |pending| pending.write(snapshot));
    let records = job.records.iter().map(|(key, record)| (*key, record.as_ref()));
    write_snapshot(snapshot, records).and(catalogue).and(pending).map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    })
}
