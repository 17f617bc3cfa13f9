//! The producers of a provider: each in a task of its own, asked side by side, each under its own deadline.
//!
//! One that fails is named in the reply and costs the others nothing. While the provider runs, one may take another's
//! place: who asks sees either the old one or the new one.

mod component;
mod config;
mod handle;
mod native;
mod reading;
mod restart;
mod rhythm;
mod runner;
mod trial;
mod usage;

pub use component::{ComponentSource, Pace};
pub use config::ConfigSource;
pub(crate) use handle::Handle;
pub use native::Producer;
pub use reading::{Described, Reading};
pub use runner::Source;
pub use trial::{Call, Trial};
pub(crate) use usage::SANDBOX;
pub use usage::Usage;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use statsgrid_wire::{Clock, Number};

/// All producers of a provider, running.
pub struct Producers {
    handles: RwLock<Vec<Arc<Handle>>>,
    clock: Arc<dyn Clock>,
}

impl Producers {
    /// Starts each source under its name, side by side, and returns when all have been initialised or have failed.
    pub async fn start(sources: Vec<(String, Source)>, clock: Arc<dyn Clock>) -> Self {
        let start = |(name, source): (String, Source)| {
            let clock = clock.clone();
            async move {
                let (handle, fault) = Handle::start(name.clone(), source, clock).await;
                if let Some(fault) = fault {
                    tracing::error!(producer = %name, "{}: {}", fault.outcome.label(), fault.message);
                }
                Arc::new(handle)
            }
        };
        let handles = join_all(sources.into_iter().map(start)).await;
        Self { handles: RwLock::new(handles), clock }
    }

    /// Asks all of them, and waits for each no longer than `patience`.
    pub async fn read(&self, patience: Duration) -> Vec<Reading> {
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner).clone();
        join_all(handles.iter().map(|handle| handle.read(patience))).await
    }

    /// What each in the sandbox uses of its limits, as stats of the node's own.
    pub(crate) fn usage(&self) -> Vec<(String, Number)> {
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.iter().flat_map(|handle| handle.usage()).collect()
    }

    /// Starts `source` beside what runs under its name, and takes nothing's place yet.
    pub(crate) async fn prepare(&self, name: &str, source: Source) -> (Handle, Option<crate::call::Fault>) {
        Handle::start(name.to_owned(), source, self.clock.clone()).await
    }

    /// What runs under `name`.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Handle>> {
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.iter().find(|held| held.name() == name).cloned()
    }

    /// Puts `handle` in the place of what runs under its name. Who has asked that one still hears it out.
    pub(crate) fn put(&self, handle: Handle) {
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        handles.retain(|held| held.name() != handle.name());
        handles.push(Arc::new(handle));
    }

    /// Ends what runs under `name`.
    pub(crate) fn remove(&self, name: &str) {
        self.handles.write().unwrap_or_else(PoisonError::into_inner).retain(|held| held.name() != name);
    }
}
