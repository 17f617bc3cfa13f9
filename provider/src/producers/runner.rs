//! The task of one producer: it answers requests and ticks, one at a time.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::Clock;
use statsgrid_wire::message::Outcome;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::component::{ComponentSource, Instance};
use super::native::{self, Producer};
use super::reading::{Described, Reading};
use crate::call::{Fault, RawStat};
use crate::limits::SAMPLE_INTERVAL;

/// Where stats come from.
pub enum Source {
    /// A component in the sandbox.
    Component(Box<ComponentSource>),
    /// An object of the node.
    Native(Box<dyn Producer>),
    /// A producer that could not be loaded: it is in every reply, with the reason.
    Refused(Fault),
}

/// Who asked is told the reading.
pub(super) type Request = oneshot::Sender<Reading>;

/// One producer with its state between calls.
pub(super) struct Runner {
    name: String,
    body: Body,
    clock: Arc<dyn Clock>,
    described: Option<Arc<Described>>,
    ticks: Option<Interval>,
    /// A fault of `sample`, told with the next reading, since nobody waited for that call.
    sample_fault: Option<Fault>,
}

enum Body {
    Component(Box<Instance>),
    Native(Box<dyn Producer>),
    Refused(Fault),
}

impl Runner {
    /// Initialises the producer. A failure is told with each reading until it is over.
    pub(super) async fn start(name: String, source: Source, clock: Arc<dyn Clock>) -> Self {
        let body = match source {
            Source::Component(component) => Body::Component(Box::new(Instance::of(*component, clock.clone()))),
            Source::Native(producer) => Body::Native(producer),
            Source::Refused(fault) => Body::Refused(fault),
        };
        let mut runner = Self { name, body, clock, described: None, ticks: None, sample_fault: None };
        if let Err(fault) = runner.ready().await {
            tracing::error!(producer = %runner.name, "{}: {}", fault.outcome.label(), fault.message);
        }
        runner
    }

    /// Serves until nobody can ask any more.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        loop {
            tokio::select! {
                request = requests.recv() => {
                    let Some(request) = request else { return };
                    if request.is_closed() {
                        continue;
                    }
                    let reading = self.read().await;
                    // Whoever asked may have given up waiting.
                    let _ = request.send(reading);
                }
                () = tick(&mut self.ticks) => self.sample().await,
            }
        }
    }

    async fn read(&mut self) -> Reading {
        let read = self.try_read().await;
        let taken = self.clock.now();
        let mut reading = match read {
            Ok((raw, refused_count)) => {
                let mut reading = Reading::of(&self.name, raw, taken);
                if let Some(message) = refused_count {
                    reading.blame(Outcome::Invalid, &message);
                }
                reading
            }
            Err(fault) => Reading::failed(&self.name, &fault, taken),
        };
        if let Some(fault) = self.sample_fault.take() {
            reading.blame(fault.outcome, &fault.message);
        }
        if let Some(message) = reading.message.as_deref().filter(|_| reading.outcome != Outcome::Delayed) {
            tracing::warn!(producer = %self.name, "{}: {message}", reading.outcome.label());
        }
        reading.digest = match &self.body {
            Body::Component(instance) => Some(instance.digest()),
            Body::Native(_) | Body::Refused(_) => None,
        };
        reading.described = self.described.clone();
        reading
    }

    async fn try_read(&mut self) -> Result<(Vec<RawStat>, Option<String>), Fault> {
        self.ready().await?;
        match &mut self.body {
            Body::Component(instance) => instance.get_stats().await,
            Body::Native(producer) => native::get_stats(producer.as_mut()).map(|stats| (stats, None)),
            Body::Refused(fault) => Err(fault.clone()),
        }
    }

    async fn sample(&mut self) {
        let sampled = match &mut self.body {
            Body::Component(instance) => instance.sample().await,
            Body::Native(producer) => native::sample(producer.as_mut()),
            Body::Refused(_) => Ok(()),
        };
        if let Err(fault) = sampled {
            self.sample_fault = Some(fault);
        }
    }

    /// Sees to it that there is an instance, and takes in what a new one says of itself.
    async fn ready(&mut self) -> Result<(), Fault> {
        let described = match &mut self.body {
            Body::Component(instance) => instance.ready().await?,
            Body::Native(producer) if self.described.is_none() => {
                Some(Described::new(native::describe(producer.as_ref())?)?)
            }
            Body::Native(_) => None,
            Body::Refused(fault) => return Err(fault.clone()),
        };
        if let Some(described) = described {
            self.ticks = described.description.sample_interval_ms.map(ticks);
            self.described = Some(Arc::new(described));
        }
        Ok(())
    }
}

/// After a pause one tick comes, not all that were missed.
fn ticks(interval_ms: u32) -> Interval {
    let period = Duration::from_millis(interval_ms.into()).max(SAMPLE_INTERVAL);
    let mut ticks = interval_at(tokio::time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}
