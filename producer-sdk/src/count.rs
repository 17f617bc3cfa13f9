//! Counting into the counters that the provider keeps.
//!
//! Natively there is no provider: the thread keeps the counts, and [`testing::counted`](crate::testing::counted)
//! reads them.

/// Adds `delta` to the counter `name`, which the provider keeps under the prefix of the producer's section. It outlives
/// the instance. A counter that would pass 2^64-1 stays there.
///
/// Name it in the description with [`counts`](crate::Description::counts), so that it is there, at 0, before it is
/// first counted.
pub fn count(name: &str, delta: u64) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::statsgrid::producer::counters::count(name, delta);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::record(name, delta);
}
