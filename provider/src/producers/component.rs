//! A component as a source of stats: its instance, and the making of a new one after a failure.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash};

use super::reading::{Described, Reading};
use super::restart::Restart;
use super::{ConfigSource, Usage};
use crate::bounds::Bounds;
use crate::call::{Fault, with_cause};
use crate::counters::{CounterScope, Counters};
use crate::host::{Grants, Guest, Host, LogStream, Program, World, told};
use crate::limits::INIT_TIMEOUT;
use crate::settings::{ProducerSettings, Settings};

/// A component with all that its section says.
pub struct ComponentSource {
    /// Its name and prefix.
    pub name: String,
    /// Where it runs.
    pub host: Arc<Host>,
    /// What runs.
    pub program: Arc<Program>,
    /// What it may see.
    pub grants: Arc<Grants>,
    /// What its `init` is told.
    pub config: ConfigSource,
    /// What it counts into.
    pub counters: CounterScope,
    /// What it may use.
    pub bounds: Bounds,
    /// When it is read.
    pub pace: Pace,
    /// Where what it prints goes.
    pub log: LogStream,
    /// What it uses.
    pub usage: Usage,
}

/// When a producer is read, and how long a good reading may stand in for a failed one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// How often, in the background; none: at each poll.
    pub every: Option<Duration>,
    /// How old the last good stats may be that go out again while it is broken; none: they do not.
    pub resend: Option<Duration>,
}

impl ComponentSource {
    /// Loads what `section`, called `name`, runs, and checks what it grants.
    pub fn load(
        host: &Arc<Host>,
        settings: &Settings,
        name: &str,
        section: &ProducerSettings,
        counters: &Counters,
    ) -> Result<Self, Fault> {
        // First what costs nothing to find out.
        let grants = Grants::check(name, section, &settings.secrets()).map_err(refused)?;
        let program = Program::load(host, &settings.path(&section.component), section.sha256).map_err(refused)?;
        if let Some(told) = told(&program.wants(), &grants) {
            tracing::info!(producer = %name, "{told}");
        }
        Ok(Self::of(host, program, grants, name, section, counters))
    }

    /// The same with what is loaded and checked already.
    pub fn of(
        host: &Arc<Host>,
        program: Arc<Program>,
        grants: Grants,
        name: &str,
        section: &ProducerSettings,
        counters: &Counters,
    ) -> Self {
        let grants = Arc::new(grants);
        let bounds = section.bounds();
        let counters = counters.under(name).within(&bounds);
        let log = LogStream::of(name, bounds.log_lines_per_minute);
        Self {
            name: name.to_owned(),
            host: host.clone(),
            program,
            config: ConfigSource::of(section),
            usage: Usage::of(counters.clone(), log.clone(), grants.clone()),
            grants,
            counters,
            bounds,
            log,
            pace: Pace { every: section.every, resend: section.resend },
        }
    }
}

fn refused(error: impl std::error::Error) -> Fault {
    Fault::new(Outcome::Refused, with_cause(&error))
}

/// The instance of a component, made anew after a failure, later each time.
pub(super) struct Instance {
    source: ComponentSource,
    clock: Arc<dyn Clock>,
    guest: Option<Guest>,
    restart: Restart,
}

impl Instance {
    pub(super) fn of(source: ComponentSource, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, guest: None, restart: Restart::new() }
    }

    pub(super) fn digest(&self) -> Hash {
        self.source.program.digest()
    }

    /// Linear memory of the instance; none: there is no instance.
    pub(super) fn memory_bytes(&self) -> Option<usize> {
        self.guest.as_ref().map(|guest| guest.holds().memory_bytes)
    }

    pub(super) fn pace(&self) -> Pace {
        self.source.pace
    }

    pub(super) fn usage(&self) -> &Usage {
        &self.source.usage
    }

    /// Makes an instance if there is none. The description comes with a new one.
    pub(super) async fn ready(&mut self) -> Result<Option<Described>, Fault> {
        if self.guest.is_some() {
            return Ok(None);
        }
        let now = self.clock.now().monotonic;
        self.restart.due(now)?;
        self.restart.made(now);
        match make(&self.source).await {
            Ok((guest, described)) => {
                self.guest = Some(guest);
                Ok(Some(described))
            }
            Err(fault) => Err(self.wait_after(fault)),
        }
    }

    /// Calls `get-stats` of the instance that [`Self::ready`] made: a reading, with what was wrong with its stats and counts.
    pub(super) async fn get_stats(&mut self) -> Result<Reading, Fault> {
        let Some(guest) = &mut self.guest else {
            return Err(Fault::new(Outcome::Delayed, "it has no instance"));
        };
        let called = guest.get_stats().await;
        self.source.usage.called(guest.took(), guest.holds());
        let stats = called.map_err(|fault| self.after(fault))?;
        let now = self.clock.now();
        self.restart.well(now.monotonic);
        self.source.usage.reported(&self.source.name, &stats);
        let mut reading = Reading::of(&self.source.name, stats, now, &self.source.bounds);
        if let Some(message) = self.guest.as_mut().and_then(Guest::refused_count) {
            reading.blame(Outcome::Invalid, &message);
        }
        Ok(reading)
    }

    /// Calls `sample`, if there is an instance.
    pub(super) async fn sample(&mut self) -> Result<(), Fault> {
        let Some(guest) = &mut self.guest else { return Ok(()) };
        let sampled = guest.sample().await;
        self.source.usage.called(guest.took(), guest.holds());
        sampled.map_err(|fault| self.after(fault))
    }

    fn after(&mut self, fault: Fault) -> Fault {
        if fault.poisons() { self.wait_after(fault) } else { fault }
    }

    fn wait_after(&mut self, fault: Fault) -> Fault {
        self.guest = None;
        self.source.usage.gone();
        self.restart.failed(self.clock.now().monotonic, &fault);
        fault
    }
}

async fn make(source: &ComponentSource) -> Result<(Guest, Described), Fault> {
    let ComponentSource { host, program, grants, config, counters, bounds, log, usage, .. } = source;
    usage.made();
    let config = config.read(grants, bounds.timeout).await?;
    let mut guest = Guest::new(host, program, World { grants, log, counters, bounds }).await?;
    usage.called(guest.took(), guest.holds());
    let description = guest.init(&config, bounds.timeout.max(INIT_TIMEOUT)).await;
    usage.called(guest.took(), guest.holds());
    let described = Described::new(description?)?.within(bounds)?;
    usage.described(&described.description);
    for counter in &described.description.counters {
        counters.make(&counter.name).map_err(|error| Fault::new(Outcome::Invalid, error.to_string()))?;
    }
    Ok((guest, described))
}
