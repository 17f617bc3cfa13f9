//! The way to one running producer. With the last of its handles the producer ends.
//!
//! A reading that is done at once is taken in the task that asks, so that it wakes nobody; one that is not goes on in a
//! task of its own, side by side with the others', and is not broken off by those who give up waiting.

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash, Number};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};
use tokio::task::{JoinError, JoinSet};

use super::Usage;
use super::reading::Reading;
use super::rhythm::{keep_pace, keep_sampling};
use super::runner::{Runner, Source};
use crate::call::Fault;

/// A running producer.
pub(crate) struct Handle {
    name: String,
    /// One call at a time; who comes first is first.
    runner: Arc<AsyncMutex<Runner>>,
    /// The latest reading of one that reads at a pace of its own; none: it is asked each time.
    latest: Option<watch::Receiver<Reading>>,
    clock: Arc<dyn Clock>,
    /// What is wrong with what was to take its place.
    successor: Mutex<Option<Fault>>,
    /// The SHA-256 of the component, if it is one that could be loaded.
    digest: Option<Hash>,
    usage: Option<Usage>,
    /// What it does unasked, until it is dropped.
    _rhythm: JoinSet<()>,
}

impl Handle {
    /// Starts a producer, and says what was wrong with its start; it is tried again later.
    pub(super) async fn start(name: String, source: Source, clock: Arc<dyn Clock>) -> (Self, Option<Fault>) {
        let digest = source.digest();
        let (runner, fault) = Runner::start(name.clone(), source, clock.clone()).await;
        let (usage, pace, samples) = (runner.usage(), runner.pace(), runner.sample_interval());
        let first = pace.map(|every| (every, runner.before_the_first()));
        let runner = Arc::new(AsyncMutex::new(runner));
        let mut rhythm = JoinSet::new();
        rhythm.spawn(keep_sampling(runner.clone(), samples));
        let latest = first.map(|(every, first)| {
            let (latest, readings) = watch::channel(first);
            rhythm.spawn(keep_pace(runner.clone(), every, latest));
            readings
        });
        let successor = Mutex::new(None);
        (Self { name, runner, latest, clock, successor, digest, usage, _rhythm: rhythm }, fault)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn digest(&self) -> Option<Hash> {
        self.digest
    }

    /// What it uses of its limits, as stats of the node's own.
    pub(super) fn usage(&self) -> Vec<(String, Number)> {
        self.usage.as_ref().map(|usage| usage.stats(&self.name)).unwrap_or_default()
    }

    /// Its stats, within `patience`.
    pub(super) async fn read(&self, patience: Duration) -> Reading {
        let mut reading = match &self.latest {
            Some(latest) => latest.borrow().clone(),
            None => self.ask(patience).await,
        };
        if let Some(fault) = &*self.successor.lock().unwrap_or_else(PoisonError::into_inner) {
            reading.blame(fault.outcome, &fault.message);
        }
        reading
    }

    async fn ask(&self, patience: Duration) -> Reading {
        let asked = async {
            // Who gives up here has not begun, and leaves nothing behind.
            let runner = self.runner.clone().lock_owned().await;
            at_once_or_beside(take(runner)).await
        };
        let fault = match tokio::time::timeout(patience, asked).await {
            Ok(Ok(reading)) => return reading,
            Ok(Err(panic)) => Fault::new(Outcome::Trap, panic.to_string()),
            Err(_) => Fault::new(Outcome::Wall, "it did not answer within the poll's deadline"),
        };
        Reading::failed(&self.name, &fault, self.clock.now())
    }

    /// It goes on, for what was to take its place is no good; said with each reading until `None` takes it back.
    pub(crate) fn goes_on(&self, fault: Option<Fault>) {
        *self.successor.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

async fn take(mut runner: OwnedMutexGuard<Runner>) -> Reading {
    runner.read().await
}

/// What `call` gives: here, if it is ready when it is looked at, or else out of a task of its own.
async fn at_once_or_beside<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> Result<T, JoinError> {
    let mut call = Box::pin(call);
    match poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => tokio::spawn(call).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;
    use tokio::task;

    #[tokio::test]
    async fn what_is_ready_stays_in_its_task_and_what_waits_outlives_who_asked() {
        let asked_in = task::try_id();
        assert_eq!(at_once_or_beside(async { task::try_id() }).await.unwrap(), asked_in);

        let (go_on, waits) = oneshot::channel::<()>();
        let (done, outcome) = oneshot::channel();
        let call = async move {
            waits.await.unwrap();
            done.send(task::try_id()).unwrap();
        };
        let mut asked = Box::pin(at_once_or_beside(call));
        assert!(poll_fn(|context| Poll::Ready(asked.as_mut().poll(context))).await.is_pending());
        drop(asked);
        go_on.send(()).unwrap();
        assert_ne!(outcome.await.unwrap(), asked_in);
    }
}
