//! The way to one running producer. With the last of its handles the producer ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash, Number};
use tokio::sync::{mpsc, oneshot, watch};

use super::Usage;
use super::reading::Reading;
use super::runner::{Request, Runner, Source};
use crate::call::Fault;
use crate::limits::REQUESTS;

/// A running producer.
pub(crate) struct Handle {
    name: String,
    way: Way,
    clock: Arc<dyn Clock>,
    /// What is wrong with what was to take its place.
    successor: Mutex<Option<Fault>>,
    /// The SHA-256 of the component, if it is one that could be loaded.
    digest: Option<Hash>,
    usage: Option<Usage>,
}

/// How its stats are had.
enum Way {
    /// It is asked each time.
    Asked(mpsc::Sender<Request>),
    /// It reads at a pace of its own, and this is its latest.
    Paced(watch::Receiver<Reading>),
}

impl Handle {
    /// Starts a producer, and says what was wrong with its start; it is tried again later.
    pub(super) async fn start(name: String, source: Source, clock: Arc<dyn Clock>) -> (Self, Option<Fault>) {
        let digest = source.digest();
        let (runner, fault) = Runner::start(name.clone(), source, clock.clone()).await;
        let usage = runner.usage();
        let way = match runner.pace() {
            None => {
                let (requests, inbox) = mpsc::channel(REQUESTS);
                tokio::spawn(runner.serve(inbox));
                Way::Asked(requests)
            }
            Some(every) => {
                let (latest, readings) = watch::channel(runner.before_the_first());
                tokio::spawn(runner.keep_pace(every, latest));
                Way::Paced(readings)
            }
        };
        (Self { name, way, clock, successor: Mutex::new(None), digest, usage }, fault)
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
        let mut reading = match &self.way {
            Way::Asked(requests) => self.ask(requests, patience).await,
            Way::Paced(latest) => latest.borrow().clone(),
        };
        if let Some(fault) = &*self.successor.lock().unwrap_or_else(PoisonError::into_inner) {
            reading.blame(fault.outcome, &fault.message);
        }
        reading
    }

    async fn ask(&self, requests: &mpsc::Sender<Request>, patience: Duration) -> Reading {
        let late = |message: &str| {
            let fault = Fault::new(Outcome::Wall, message);
            Reading::failed(&self.name, &fault, self.clock.now())
        };
        let asked = async {
            let (answer, reading) = oneshot::channel();
            // Several gatherers ask at the same moment: the second waits its turn.
            requests.send(answer).await.ok()?;
            reading.await.ok()
        };
        match tokio::time::timeout(patience, asked).await {
            Ok(Some(reading)) => reading,
            Ok(None) => late("its task has ended"),
            Err(_) => late("it did not answer within the poll's deadline"),
        }
    }

    /// It goes on, for what was to take its place is no good; said with each reading until `None` takes it back.
    pub(crate) fn goes_on(&self, fault: Option<Fault>) {
        *self.successor.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}
