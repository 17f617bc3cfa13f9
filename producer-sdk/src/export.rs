//! The one macro: it makes a producer the exports of a component.
//!
//! The exports are made for WASM only, for a native linker refuses their names (`statsgrid:producer/...#init`).
//! Natively the macro checks that the type is a producer, and no more: the same crate then builds and is tested on
//! both.

use crate::Producer;

/// Exports a producer from this component. Call it once, at the top level of the library.
///
/// ```
/// # use statsgrid_producer::{Config, Description, Error, Producer, Stats};
/// # struct Uptime;
/// # impl Producer for Uptime {
/// #     fn init(_: &Config) -> Result<Self, Error> { Ok(Self) }
/// #     fn describe(&self) -> Description { Description::new("1.0.0") }
/// #     fn get_stats(&mut self) -> Result<Stats, Error> { Ok(Stats::new()) }
/// # }
/// statsgrid_producer::export!(Uptime);
/// ```
///
/// A type that is no producer is an error when it is compiled, natively too:
///
/// ```compile_fail,E0277
/// struct Uptime;
/// statsgrid_producer::export!(Uptime);
/// ```
#[macro_export]
macro_rules! export {
    ($producer:ty) => {
        const _: () = {
            $crate::__private::assert_producer::<$producer>();

            #[cfg(target_arch = "wasm32")]
            type Component = $crate::__private::Component<$producer>;
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::export!(Component);
        };
    };
}

/// Compiles for a producer only.
pub const fn assert_producer<P: Producer>() {}
