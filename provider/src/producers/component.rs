//! A component as a source of stats: its instance, and the making of a new one after a failure.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::daemon::Backoff;
use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Clock, Hash, Moment};

use super::reading::Described;
use super::{Bounds, ConfigSource};
use crate::call::{Fault, RawStat};
use crate::counters::{CounterScope, Counters};
use crate::host::{Grants, Guest, Host, Program, told};
use crate::limits::{INIT_TIMEOUT, RESTART_CAP, RESTART_FIRST};
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
        let program = Program::load(host, &settings.path(&section.component), section.sha256).map_err(refused)?;
        let source = Self::of(host, program, settings, name, section, counters)?;
        if let Some(told) = told(&source.program.wants(), &source.grants) {
            tracing::info!(producer = %name, "{told}");
        }
        Ok(source)
    }

    /// The same with a `program` that is loaded already.
    pub fn of(
        host: &Arc<Host>,
        program: Arc<Program>,
        settings: &Settings,
        name: &str,
        section: &ProducerSettings,
        counters: &Counters,
    ) -> Result<Self, Fault> {
        let grants = Grants::check(name, section, &settings.secrets()).map_err(refused)?;
        Ok(Self {
            name: name.to_owned(),
            host: host.clone(),
            program,
            grants: Arc::new(grants),
            config: ConfigSource::of(section),
            counters: counters.under(name),
            bounds: section.bounds(),
            pace: Pace { every: section.every, resend: section.resend },
        })
    }
}

fn refused(error: impl std::error::Error) -> Fault {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    Fault::new(Outcome::Refused, format!("{error}{cause}"))
}

/// The instance of a component, made anew after a failure, later each time.
pub(super) struct Instance {
    source: ComponentSource,
    clock: Arc<dyn Clock>,
    guest: Option<Guest>,
    backoff: Backoff,
    /// Not before this moment's monotonic time is a new instance made, for this reason.
    waits: Option<(Duration, Fault)>,
}

impl Instance {
    pub(super) fn of(source: ComponentSource, clock: Arc<dyn Clock>) -> Self {
        let backoff = Backoff::new(RESTART_FIRST, RESTART_CAP);
        Self { source, clock, guest: None, backoff, waits: None }
    }

    pub(super) fn digest(&self) -> Hash {
        self.source.program.digest()
    }

    /// Linear memory of the instance; none: there is no instance.
    pub(super) fn memory_bytes(&self) -> Option<usize> {
        self.guest.as_ref().map(Guest::memory_bytes)
    }

    pub(super) fn pace(&self) -> Pace {
        self.source.pace
    }

    /// Makes an instance if there is none. The description comes with a new one.
    pub(super) async fn ready(&mut self) -> Result<Option<Described>, Fault> {
        if self.guest.is_some() {
            return Ok(None);
        }
        if let Some((until, cause)) = &self.waits
            && self.clock.now().monotonic < *until
        {
            let message = format!("waits after {}: {}", cause.outcome.label(), cause.message);
            return Err(Fault::new(Outcome::Delayed, message));
        }
        match make(&self.source).await {
            Ok((guest, described)) => {
                self.guest = Some(guest);
                Ok(Some(described))
            }
            Err(fault) => Err(self.wait_after(fault)),
        }
    }

    /// Calls `get-stats` of the instance that [`Self::ready`] made, and says what was wrong with its counts.
    pub(super) async fn get_stats(&mut self) -> Result<(Vec<RawStat>, Option<String>), Fault> {
        let Some(guest) = &mut self.guest else {
            return Err(Fault::new(Outcome::Delayed, "it has no instance"));
        };
        match guest.get_stats().await {
            Ok(stats) => {
                self.backoff.reset();
                Ok((stats, guest.refused_count()))
            }
            Err(fault) => Err(self.after(fault)),
        }
    }

    /// Calls `sample`, if there is an instance.
    pub(super) async fn sample(&mut self) -> Result<(), Fault> {
        let Some(guest) = &mut self.guest else { return Ok(()) };
        guest.sample().await.map_err(|fault| self.after(fault))
    }

    fn after(&mut self, fault: Fault) -> Fault {
        if fault.poisons() { self.wait_after(fault) } else { fault }
    }

    fn wait_after(&mut self, fault: Fault) -> Fault {
        self.guest = None;
        let now: Moment = self.clock.now();
        self.waits = Some((now.monotonic + self.backoff.delay(), fault.clone()));
        fault
    }
}

async fn make(source: &ComponentSource) -> Result<(Guest, Described), Fault> {
    let ComponentSource { name, host, program, grants, config, counters, bounds, pace: _ } = source;
    let mut guest = Guest::new(host, program, name, grants, counters.clone(), bounds).await?;
    let description = guest.init(&config.read()?, bounds.timeout.max(INIT_TIMEOUT)).await?;
    let described = Described::new(description)?;
    for counter in &described.description.counters {
        let made = counters.count(&counter.name, 0);
        made.map_err(|error| Fault::new(Outcome::Invalid, error.to_string()))?;
    }
    Ok((guest, described))
}
