//! One producer with its state between calls: what comes of each call is a reading, and its failures are told once.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash, Moment};
use tokio::sync::watch;

use super::Usage;
use super::component::{ComponentSource, Instance};
use super::native::{self, Producer};
use super::reading::{Described, Reading};
use crate::bounds::Bounds;
use crate::call::Fault;
use crate::limits::{SAMPLE_INTERVAL, SAY_TROUBLES_AGAIN};

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

/// One producer with its state between calls.
pub(super) struct Runner {
    name: String,
    body: Body,
    clock: Arc<dyn Clock>,
    described: Option<Arc<Described>>,
    /// How often it wants to sample, said with each new instance.
    samples: watch::Sender<Option<Duration>>,
    /// The last reading without a fault, where it may go out again.
    good: Option<Reading>,
    /// A fault of `sample`, told with the next reading, since nobody waited for that call.
    sample_fault: Option<Fault>,
    /// What was wrong when the log was told last. What lasts is told again now and then, and not at each poll.
    told: Option<(String, Moment)>,
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
        let (samples, described) = (watch::Sender::new(None), None);
        let mut runner = Self { name, body, clock, described, samples, good: None, sample_fault: None, told: None };
        let fault = runner.ready().await.err();
        // Whoever starts it tells the log.
        runner.told = fault.as_ref().map(|fault| (fault.message.clone(), runner.clock.now()));
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

    /// How often it wants to sample, from now on.
    pub(super) fn sample_interval(&self) -> watch::Receiver<Option<Duration>> {
        self.samples.subscribe()
    }

    /// What a producer with a pace of its own says before it was read.
    pub(super) fn before_the_first(&self) -> Reading {
        let fault = Fault::new(Outcome::Delayed, "its first reading is under way");
        self.known(Reading::failed(&self.name, &fault, self.clock.now()))
    }

    /// One reading, with whatever went wrong.
    pub(super) async fn read(&mut self) -> Reading {
        let read = self.try_read().await;
        let mut reading = read.unwrap_or_else(|fault| Reading::failed(&self.name, &fault, self.clock.now()));
        if let Some(fault) = self.sample_fault.take() {
            reading.blame(fault.outcome, &fault.message);
        }
        self.tell(&reading);
        self.resend(&mut reading);
        self.known(reading)
    }

    /// Tells the log what is wrong with `reading`.
    fn tell(&mut self, reading: &Reading) {
        match &reading.message {
            None => self.told = None,
            // Why it waits was told when it began to.
            Some(_) if reading.outcome == Outcome::Delayed => {}
            Some(message) => self.tell_log(reading.outcome, message, reading.taken),
        }
    }

    fn tell_log(&mut self, outcome: Outcome, message: &str, now: Moment) {
        let lasts = |(told, when): &(String, Moment)| told == message && now.since(*when) < SAY_TROUBLES_AGAIN;
        if !self.told.as_ref().is_some_and(lasts) {
            tracing::warn!(producer = %self.name, "{}: {message}", outcome.label());
            self.told = Some((message.to_owned(), now));
        }
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

    /// One sample. A fault is told with the next reading.
    pub(super) async fn sample(&mut self) {
        let sampled = match &mut self.body {
            Body::Component(instance) => instance.sample().await,
            Body::Native(producer) => native::sample(producer.as_mut()),
            Body::Refused(_) => Ok(()),
        };
        if let Err(fault) = sampled {
            self.tell_log(fault.outcome, &fault.message, self.clock.now());
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
            let every = described.description.sample_interval_ms.map(|ms| Duration::from_millis(ms.into()));
            self.samples.send_replace(every.map(|every| every.max(SAMPLE_INTERVAL)));
            self.described = Some(Arc::new(described));
        }
        Ok(())
    }
}
