//! How the engine is set up, each setting with its reason. A change here makes all entries of compile caches useless once.

use wasmtime::Config;

use crate::limits::HOST_STACK;

/// The settings of the one engine of a provider.
pub(super) fn config(stack: usize) -> Config {
    let mut config = Config::new();
    // A guest that loops gives way at a tick: its deadline can end it.
    config.epoch_interruption(true);
    // All compilations would share one pool of threads, where one that takes hours keeps others from theirs. A start compiles
    // components side by side instead.
    config.parallel_compilation(false);
    // Beside the guest's the host's own calls need some, and the engine refuses a whole that is less than its part.
    config.max_wasm_stack(stack).async_stack_size(stack + HOST_STACK);
    // Where in its code a producer trapped is for its author, who has tools for that; maps of addresses and tables for
    // unwinding are a quarter of the native code, and read and kept for each component.
    config.generate_address_map(false).native_unwind_info(false).wasm_backtrace_max_frames(None);
    config
}
