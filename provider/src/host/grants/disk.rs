//! The one thread in which a producer's files are touched.
//!
//! A file may lie on a disk that hangs, and then no signal and no timeout frees the thread that reads it. So each
//! producer has one such thread at most: what comes after waits for it, the producer is told so by its deadline, and is
//! not made anew until the thread is free. A thread ends when it has had nothing to do for a while.
//!
//! It is the blocking pool of an async runtime that drives nothing, because wasmtime's file system hands its work to
//! the runtime that is entered. What is awaited here may use neither timers nor sockets.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::task::JoinHandle;

use crate::call::Fault;
use crate::limits::DISK_THREAD_IDLE;

/// One producer's thread for files.
#[derive(Debug)]
pub struct Disk {
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    asked: Mutex<Asked>,
}

/// What became of the thread's work.
#[derive(Debug, Default)]
struct Asked {
    last: PathBuf,
    /// Stands behind work that nobody waits for any more: finished, the thread is free.
    probe: Option<JoinHandle<()>>,
}

impl Disk {
    pub(super) fn new() -> io::Result<Self> {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(1).thread_keep_alive(DISK_THREAD_IDLE).thread_name("disk");
        Ok(Self { runtime: Some(builder.build()?), asked: Mutex::default() })
    }

    /// Whether the thread is held by a disk that does not answer.
    pub(super) fn is_stuck(&self) -> bool {
        self.asked().probe.as_ref().is_some_and(|probe| !probe.is_finished())
    }

    /// Says what the thread is asked for now: the path by which a disk that hangs is known.
    pub(crate) fn asks_for(&self, path: &Path) {
        path.clone_into(&mut self.asked().last);
    }

    /// Does `work` in the thread, and waits for it no longer than `patience`.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        if self.is_stuck() {
            let last = self.asked().last.display().to_string();
            return Err(Fault::new(Outcome::Wall, format!("a disk still holds its thread; asked for last: {last}")));
        }
        match tokio::time::timeout(patience, self.entered(self.spawn(work))).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => Err(Fault::new(Outcome::Error, panic.to_string())),
            Err(_) => Err(self.too_slow(patience)),
        }
    }

    /// [`Self::run`], for a start at which nothing else goes on.
    pub(super) fn run_blocking<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (tell, done) = mpsc::sync_channel(1);
        // Whoever waits may have gone.
        drop(self.spawn(move |disk| tell.send(work(disk)).is_ok()));
        done.recv_timeout(patience).map_err(|_| {
            self.probe();
            self.too_slow(patience)
        })
    }

    /// Has `work` done in the thread.
    pub(crate) fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let _entered = self.enter();
        let disk = self.clone();
        tokio::task::spawn_blocking(move || work(&disk))
    }

    /// `future`, whose blocking work is done in the thread. Dropped before it is ready, it leaves a probe.
    pub(crate) fn entered<F: Future>(self: &Arc<Self>, future: F) -> Entered<F> {
        Entered { disk: self.clone(), future: Box::pin(future), ready: false }
    }

    /// Until the guard is dropped, blocking work is this thread's.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        self.runtime.as_ref().map(Runtime::enter)
    }

    fn too_slow(&self, patience: Duration) -> Fault {
        let (last, patience) = (self.asked().last.display().to_string(), humantime::format_duration(patience));
        Fault::new(Outcome::Wall, format!("{last} could not be read within {patience}"))
    }

    fn probe(&self) {
        if !self.is_stuck()
            && let Some(runtime) = &self.runtime
        {
            self.asked().probe = Some(runtime.spawn_blocking(|| ()));
        }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Disk {
    /// A thread that is held must not hold whoever ends the producer.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// See [`Disk::entered`].
pub(crate) struct Entered<F> {
    disk: Arc<Disk>,
    future: Pin<Box<F>>,
    ready: bool,
}

impl<F: Future> Future for Entered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let disk = self.disk.clone();
        let _entered = disk.enter();
        let output = ready!(self.future.as_mut().poll(context));
        self.ready = true;
        Poll::Ready(output)
    }
}

impl<F> Drop for Entered<F> {
    fn drop(&mut self) {
        if !self.ready {
            self.disk.probe();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_disk_that_hangs_holds_one_thread_until_it_answers() {
        let disk = Arc::new(Disk::new().unwrap());
        let (answer, disk_answers) = mpsc::channel::<()>();
        let hanging = disk.run(Duration::from_millis(20), move |disk| {
            disk.asks_for(Path::new("/mnt/dead"));
            disk_answers.recv().unwrap();
        });
        let fault = hanging.await.unwrap_err();
        assert_eq!((fault.outcome, fault.message.as_str()), (Outcome::Wall, "/mnt/dead could not be read within 20ms"));
        assert!(disk.is_stuck());

        // What comes after does not get a thread of its own, and what asks first does not even wait.
        let done = Arc::new(AtomicUsize::new(0));
        let count = |_: usize| {
            let done = done.clone();
            disk.spawn(move |_| done.fetch_add(1, Ordering::Relaxed))
        };
        let queued: Vec<_> = (0..1_000).map(count).collect();
        let fault = disk.run(PATIENCE, |_| ()).await.unwrap_err();
        assert_eq!(fault.message, "a disk still holds its thread; asked for last: /mnt/dead");
        assert_eq!(done.load(Ordering::Relaxed), 0);

        answer.send(()).unwrap();
        for queued in queued {
            queued.await.unwrap();
        }
        assert!(!disk.is_stuck());
        assert_eq!(disk.run(PATIENCE, |_| 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn who_ends_a_producer_does_not_wait_for_its_disk() {
        let disk = Arc::new(Disk::new().unwrap());
        let (answer, disk_answers) = mpsc::channel::<()>();
        disk.runtime.as_ref().unwrap().spawn_blocking(move || disk_answers.recv());
        drop(disk);
        // Nothing to be awaited: a drop that waits would never have come here.
        drop(answer);
    }
}
