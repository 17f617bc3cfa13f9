//! From the sections of provider.toml to sources of stats, at the start and at each reload.
//!
//! Compiling takes a core for a while, so it is done where it holds up neither the bus nor another producer. The sandbox is
//! made when the first component is loaded: a node without any never pays for it.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use statsgrid_wire::message::Outcome;

use crate::call::Fault;
use crate::counters::Counters;
use crate::host::{Host, HostError};
use crate::producers::{ComponentSource, Source};
use crate::settings::{ProducerSettings, Settings};

/// What loading takes.
#[derive(Clone)]
pub(crate) struct Loader {
    settings: Arc<Settings>,
    counters: Counters,
    host: Option<Arc<Host>>,
}

impl Loader {
    pub(crate) fn of(settings: Settings, counters: Counters) -> Self {
        Self { settings: Arc::new(settings), counters, host: None }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// From now on these are the sections; gives those before.
    pub(crate) fn take_sections(
        &mut self,
        producers: BTreeMap<String, ProducerSettings>,
    ) -> BTreeMap<String, ProducerSettings> {
        std::mem::replace(&mut Arc::make_mut(&mut self.settings).producers, producers)
    }

    /// Loads all sections, as many side by side as there are cores. One that cannot be loaded is a source too: it says why.
    pub(crate) async fn load_all(&mut self) -> Result<Vec<(String, Source)>, HostError> {
        if !self.settings.producers.is_empty() {
            self.host()?;
        }
        let names: Vec<String> = self.settings.producers.keys().cloned().collect();
        let load = |name: String| {
            let mut loader = self.clone();
            async move {
                let source = loader.load(&name).await;
                (name, source.map_or_else(Source::Refused, |source| Source::Component(Box::new(source))))
            }
        };
        // More at once would take each the memory of a compiler, and none would be done sooner.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(stream::iter(names).map(load).buffered(cores).collect().await)
    }

    /// Loads one section.
    pub(crate) async fn load(&mut self, name: &str) -> Result<ComponentSource, Fault> {
        let refused = |message: &str| Fault::new(Outcome::Refused, message);
        let host = self.host().map_err(|error| refused(&error.to_string()))?;
        let section = self.settings.producers.get(name).ok_or_else(|| refused("it has no section"))?.clone();
        let (settings, counters, name) = (self.settings.clone(), self.counters.clone(), name.to_owned());
        let loading = move || ComponentSource::load(&host, &settings, &name, &section, &counters);
        tokio::task::spawn_blocking(loading).await.map_err(|panic| refused(&panic.to_string()))?
    }

    fn host(&mut self) -> Result<Arc<Host>, HostError> {
        match &self.host {
            Some(host) => Ok(host.clone()),
            None => {
                let mut host = Host::new(self.settings.stack_bytes())?;
                if let Some(folder) = self.settings.compile_cache_path() {
                    host = host.with_cache(&folder);
                }
                Ok(self.host.insert(Arc::new(host)).clone())
            }
        }
    }
}
