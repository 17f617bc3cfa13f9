//! The task of one producer: it answers requests, or reads at a pace of its own, and samples between; one call at a time.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::Usage;
use super::component::{ComponentSource, Instance};
use super::native::{self, Producer};
use super::reading::{Described, Reading};
use crate::bounds::Bounds;
use crate::call::Fault;
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

impl Source {
    /// The SHA-256 of the component, if it is one.
    pub(crate) fn digest(&self) -> Option<Hash> {
        match self {
            Self::Component(component) => Some(component.program.digest()),
            Self::Native(_) | Self::Refused(_) => None,
        }
    }
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
    /// The last reading without a fault, where it may go out again.
    good: Option<Reading>,
    /// A fault of `sample`, told with the next reading, since nobody waited for that call.
    sample_fault: Option<Fault>,
}

enum Body {
    Component(Box<Instance>),
    Native(Box<dyn Producer>),
    Refused(Fault),
}

impl Runner {
    /// Initialises the producer, and says what went wrong. A failure is told with each reading until it is over.
    pub(super) async fn start(name: String, source: Source, clock: Arc<dyn Clock>) -> (Self, Option<Fault>) {
        let body = match source {
            Source::Component(component) => Body::Component(Box::new(Instance::of(*component, clock.clone()))),
            Source::Native(producer) => Body::Native(producer),
            Source::Refused(fault) => Body::Refused(fault),
        };
        let mut runner = Self { name, body, clock, described: None, ticks: None, good: None, sample_fault: None };
        let fault = runner.ready().await.err();
        (runner, fault)
    }

    /// What it uses of its limits, if it is in the sandbox.
    pub(super) fn usage(&self) -> Option<Usage> {
        match &self.body {
            Body::Component(instance) => Some(instance.usage().clone()),
            Body::Native(_) | Body::Refused(_) => None,
        }
    }

    /// Its own pace, if it has one.
    pub(super) fn pace(&self) -> Option<Duration> {
        match &self.body {
            Body::Component(instance) => instance.pace().every,
            Body::Native(_) | Body::Refused(_) => None,
        }
    }

    /// What a producer with a pace of its own says before it was read.
    pub(super) fn before_the_first(&self) -> Reading {
        let fault = Fault::new(Outcome::Delayed, "its first reading is under way");
        self.known(Reading::failed(&self.name, &fault, self.clock.now()))
    }

    /// Serves until nobody can ask any more.
    pub(super) async fn serve(mut self, mut requests: mpsc::Receiver<Request>) {
        loop {
            tokio::select! {
                // First, so that many who ask do not slow the samples down.
                biased;
                () = tick(&mut self.ticks) => self.sample().await,
                request = requests.recv() => {
                    let Some(request) = request else { return };
                    if request.is_closed() {
                        continue;
                    }
                    let reading = self.read().await;
                    // Whoever asked may have given up waiting.
                    let _ = request.send(reading);
                }
            }
        }
    }

    /// Reads each `every`, from now on, until nobody wants to know any more. A reading that takes longer than that is
    /// followed by the next due one, not by all that were missed.
    pub(super) async fn keep_pace(mut self, every: Duration, latest: watch::Sender<Reading>) {
        let mut due = interval_at(Instant::now(), every);
        due.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                () = latest.closed() => return,
                () = tick(&mut self.ticks) => self.sample().await,
                _ = due.tick() => {
                    // In the middle of a long reading, too, it ends with its last handle.
                    let reading = tokio::select! {
                        () = latest.closed() => return,
                        reading = self.read() => reading,
                    };
                    latest.send_replace(reading);
                }
            }
        }
    }

    async fn read(&mut self) -> Reading {
        let read = self.try_read().await;
        let mut reading = read.unwrap_or_else(|fault| Reading::failed(&self.name, &fault, self.clock.now()));
        if let Some(fault) = self.sample_fault.take() {
            reading.blame(fault.outcome, &fault.message);
        }
        if let Some(message) = reading.message.as_deref().filter(|_| reading.outcome != Outcome::Delayed) {
            tracing::warn!(producer = %self.name, "{}: {message}", reading.outcome.label());
        }
        self.resend(&mut reading);
        self.known(reading)
    }

    /// Where an operator wants it, a reading that failed carries the stats of the last good one, as old as they are.
    fn resend(&mut self, reading: &mut Reading) {
        let Body::Component(instance) = &self.body else { return };
        let Some(most) = instance.pace().resend else { return };
        if reading.outcome == Outcome::Ok {
            self.good = Some(reading.clone());
        } else if let Some(good) = &self.good
            && reading.stats.is_empty()
            && reading.taken.since(good.taken) <= most
        {
            (reading.stats, reading.taken) = (good.stats.clone(), good.taken);
        }
    }

    /// `reading`, with what is known of the producer whatever becomes of its calls.
    fn known(&self, mut reading: Reading) -> Reading {
        if let Body::Component(instance) = &self.body {
            reading.digest = Some(instance.digest());
            reading.pace = instance.pace().every;
        }
        reading.described = self.described.clone();
        reading
    }

    async fn try_read(&mut self) -> Result<Reading, Fault> {
        self.ready().await?;
        match &mut self.body {
            Body::Component(instance) => instance.get_stats().await,
            Body::Native(producer) => {
                let stats = native::get_stats(producer.as_mut())?;
                Ok(Reading::of(&self.name, stats, self.clock.now(), &Bounds::default()))
            }
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
    let mut ticks = interval_at(Instant::now() + period, period);
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
