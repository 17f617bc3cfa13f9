//! One call of the plugin: all that it is given.

use std::path::Path;

use super::environment::Environment;
use super::error::MuninError;

/// One call, as munin makes it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What the plugin was called as: the name of its link, with or without a path.
    pub program: &'a str,
    /// What follows. All but the first is tolerated and means nothing: newer nodes call `config cap`.
    pub arguments: &'a [String],
    /// What munin's administrator set, and munin-node itself.
    pub environment: &'a Environment,
    /// The wall clock, in Unix milliseconds.
    pub now_ms: u64,
}

impl<'a> Call<'a> {
    /// The snapshot.
    pub fn statsfile(&self) -> Result<&'a Path, MuninError> {
        self.environment.statsfile.as_deref().ok_or(MuninError::NoStatsfile)
    }
}
