//! How the engine is set up, each setting with its reason. A change here makes all entries of compile caches useless once.

use wasmtime::Config;

/// The settings of the one engine of a provider.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    // A guest that loops gives way at a tick: its deadline can end it.
    config.epoch_interruption(true);
    config
}
