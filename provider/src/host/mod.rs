//! The sandbox: components run here, and nowhere else is wasmtime named.
//!
//! One engine for the provider, one store for each producer: a trap poisons a whole store, and memory comes back only
//! with it. Guests run on the async runtime and give way at every epoch tick, so that a deadline ends a loop as well as
//! a blocked call. Left out on purpose: sockets, stdin and writable files, which no producer of stats needs.

mod bindings;
mod cache;
mod engine;
mod fault;
mod filesystem;
mod grants;
mod guest;
mod listings;
mod load;
mod programs;
mod state;
mod stdio;
mod ticker;
mod timed;
mod wants;

pub use grants::{GrantError, Grants};
pub use guest::{Guest, World};
pub use load::{LoadError, Program};
pub use state::Holds;
pub use stdio::LogStream;
pub use timed::Took;
pub use wants::{Want, told};

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use cache::Cache;
use programs::Programs;
use state::State;
use ticker::Ticker;

/// The engine and what guests may import.
pub struct Host {
    engine: Engine,
    linker: Linker<State>,
    ticker: Ticker,
    /// Where native code is kept; none: components are compiled at each start.
    cache: Option<Cache>,
    programs: Programs,
}

/// The sandbox could not be set up at all.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {0}")]
pub struct HostError(String);

impl Host {
    /// Sets the sandbox up. Each guest has `stack` bytes of stack.
    pub fn new(stack: usize) -> Result<Self, HostError> {
        // wasmtime's error is no std error, so its text goes on.
        let failed = |error: wasmtime::Error| HostError(format!("{error:#}"));
        let engine = Engine::new(&engine::config(stack)).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        // All of WASI 0.2 is linked, so that any toolchain's component loads; what was not granted denies when called.
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(failed)?;
        filesystem::add_to_linker(&mut linker).map_err(failed)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker).map_err(failed)?;
        bindings::add_counters::<State, HasSelf<State>>(&mut linker, |state| state).map_err(failed)?;
        let ticker = Ticker::start(&engine).map_err(|error| HostError(error.to_string()))?;
        Ok(Self { engine, linker, ticker, cache: None, programs: Programs::default() })
    }

    /// Keeps native code in `folder`, and takes it from there. A folder that is not safe to use is named in the log, and
    /// gone without.
    pub fn with_cache(mut self, folder: &Path) -> Self {
        self.cache = match Cache::open(folder, &self.engine) {
            Ok(cache) => Some(cache),
            Err(error) => {
                tracing::warn!("{error}; until then components are compiled at each start");
                None
            }
        };
        self
    }
}
