//! From the sections of provider.toml to sources of stats, at the start and at each reload.
//!
//! Compiling takes a core for a while, so it is done where it holds up neither the bus nor another producer. The sandbox is
//! made when the first component is loaded: a node without any never pays for it.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use statsgrid_wire::message::Outcome;

use crate::call::Fault;
use crate::counters::Counters;
use crate::host::{Host, HostError};
use crate::limits::COMPILE_PATIENCE;
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
        in_thread(COMPILE_PATIENCE, loading).await?
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

/// What `loading` gives, which goes on beyond `patience`, for nothing ends a compiler; but nobody waits for it then.
async fn in_thread<T: Send + 'static>(
    patience: Duration,
    loading: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let refused = |message: String| Fault::new(Outcome::Refused, message);
    match tokio::time::timeout(patience, tokio::task::spawn_blocking(loading)).await {
        Ok(loaded) => loaded.map_err(|panic| refused(panic.to_string())),
        Err(_) => Err(refused(format!(
            "its component still compiles after {}; if that ends, `compile_cache` has it for the next start",
            humantime::format_duration(patience)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_compiles_without_end_holds_up_nobody() {
        let (end, ends) = mpsc::channel::<()>();
        let fault = in_thread(Duration::from_millis(20), move || ends.recv()).await.unwrap_err();
        assert_eq!(fault.outcome, Outcome::Refused);
        assert!(fault.message.starts_with("its component still compiles after 20ms; "), "{}", fault.message);
        assert_eq!(in_thread(Duration::from_secs(20), || 7).await.unwrap(), 7);
        drop(end);
    }
}
