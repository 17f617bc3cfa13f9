//! `stats-gatherer merge`.

use statsgrid_gatherer::merge::{self, MergeError};
use statsgrid_wire::daemon::{Exit, LockError};
use statsgrid_wire::{Clock, SystemClock};

use super::Failure;
use crate::cli::MergeOptions;

pub fn merge(options: &MergeOptions) -> Result<Exit, Failure> {
    let now_ms = SystemClock::start().now().wall_ms;
    let mut exit = Exit::Success;
    merge::merge(&options.out, &options.snapshots, now_ms, |trouble| {
        eprintln!("stats-gatherer: {trouble}");
        exit = Exit::Incomplete;
    })?;
    Ok(exit)
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        let exit = match &error {
            MergeError::SameFile(_) => Exit::Usage,
            MergeError::Lock(LockError::Held { .. }) => Exit::Locked,
            MergeError::Lock(_) | MergeError::Nothing(_) | MergeError::Write(_) => Exit::Files,
        };
        Self { exit, error: error.into() }
    }
}
