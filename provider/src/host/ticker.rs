//! The epoch's clock: a thread that ticks only while guests run, so that a provider at rest does not wake.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use wasmtime::Engine;

use crate::limits::EPOCH_TICK;

/// Advances the engine's epoch while at least one [`Running`] lives.
pub(super) struct Ticker {
    shared: Arc<Shared>,
}

/// A guest runs.
pub(super) struct Running {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    running: usize,
    /// Nobody ran when the thread looked last, and it waits to be told.
    waiting: bool,
    stopped: bool,
}

impl Ticker {
    pub(super) fn start(engine: &Engine) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (engine, ticking) = (engine.clone(), shared.clone());
        std::thread::Builder::new().name("epoch".to_owned()).spawn(move || tick(&engine, &ticking))?;
        Ok(Self { shared })
    }

    pub(super) fn running(&self) -> Running {
        let mut state = self.shared.lock();
        state.running += 1;
        // While it ticks it looks by itself, and to wake it costs more than a call of a guest.
        if std::mem::take(&mut state.waiting) {
            self.shared.changed.notify_one();
        }
        drop(state);
        Running { shared: self.shared.clone() }
    }
}

fn tick(engine: &Engine, shared: &Shared) {
    loop {
        let idle = |state: &mut State| {
            state.waiting = state.running == 0 && !state.stopped;
            state.waiting
        };
        let state = shared.changed.wait_while(shared.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return;
        }
        drop(state);
        std::thread::sleep(EPOCH_TICK);
        engine.increment_epoch();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.lock().running -= 1;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_one();
    }
}
