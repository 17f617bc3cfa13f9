//! The one trait that a producer implements.

use crate::{Config, Description, Error, Stats};

/// A producer of stats, made ready by [`export!`](crate::export!) to be a component.
///
/// Calls come one at a time and in this order: `init` once, `describe` once, then `get_stats` at each poll, with
/// `sample` in between where the description asks for it. Each has a deadline that the provider sets; a call that
/// overruns it, or panics, ends the instance, and a fresh one begins with `init` again.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a producer",
    note = "implement `statsgrid_producer::Producer` for `{Self}`: `init`, `describe` and `get_stats`"
)]
pub trait Producer: Sized + 'static {
    /// Makes the producer from its configuration. An error is logged, and a fresh instance is tried later.
    fn init(config: &Config) -> Result<Self, Error>;

    /// What this producer will report and count. It is asked once, after `init`, so it may depend on the configuration.
    fn describe(&self) -> Description;

    /// The stats of this moment, for a poll. An error is this poll's outcome; the producer lives on, and is asked
    /// again.
    fn get_stats(&mut self) -> Result<Stats, Error>;

    /// Takes one sample, for a producer that averages; called at the interval of [`Description::sample_every`].
    fn sample(&mut self) {}
}
