//! The thread that writes: a disk that hangs must not hold up a round.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use statsgrid_wire::PublicKey;
use tokio::sync::mpsc;

use crate::snapshot::{Catalogue, Record, write_snapshot};

/// What is to be written.
#[derive(Debug)]
pub struct Job {
    /// By key.
    pub records: Vec<(PublicKey, Arc<Record>)>,
    /// Before the snapshot, which names its texts.
    pub catalogue: Option<Catalogue>,
}

/// What became of a job.
#[derive(Debug)]
pub struct Written {
    /// How long it took.
    pub took: Duration,
    /// The error in words, if there was one.
    pub error: Option<String>,
}

/// The thread and the way to it.
#[derive(Debug)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl Store {
    /// Starts the thread. It tells what became of each job.
    pub fn start(snapshot: PathBuf, written: mpsc::Sender<Written>) -> io::Result<Self> {
        // One job waits at most: with two undone rounds the older one is not worth writing.
        let (jobs, mut queue) = mpsc::channel::<Job>(1);
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            while let Some(job) = queue.blocking_recv() {
                let started = Instant::now();
                let error = write(&snapshot, &job).err();
                let _ = written.blocking_send(Written { took: started.elapsed(), error });
            }
        })?;
        Ok(Self { jobs, thread })
    }

    /// Hands a job over; false if the last one is not done yet.
    pub fn write(&self, job: Job) -> bool {
        self.jobs.try_send(job).is_ok()
    }

    /// Waits until the last job is done.
    pub fn finish(self) {
        drop(self.jobs);
        // A panic there was told on standard error.
        let _ = self.thread.join();
    }
}

fn write(snapshot: &Path, job: &Job) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    };
    if let Some(catalogue) = &job.catalogue {
        catalogue.write(snapshot).map_err(|error| text(&error))?;
    }
    let records = job.records.iter().map(|(key, record)| (*key, record.as_ref()));
    write_snapshot(snapshot, records).map_err(|error| text(&error))
}
