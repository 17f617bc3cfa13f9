//! How the engine is set up, each setting with its reason. A change here makes all entries of compile caches useless once.

use wasmtime::Config;

use crate::limits::HOST_STACK;

/// The settings of the one engine of a provider.
pub(super) fn config(stack: usize) -> Config {
    let mut config = Config::new();
    // A guest that loops gives way at a tick: its deadline can end it.
    config.epoch_interruption(true);
    // Beside the guest's the host's own calls need some, and the engine refuses a whole that is less than its part.
    config.max_wasm_stack(stack).async_stack_size(stack + HOST_STACK);
    config
}
