//! Exit codes: one for each kind of remedy, so that a unit file or a script can tell them apart.

use std::process::{ExitCode, Termination};

/// How a program of ours ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked.
    Success = 0,
    /// It failed in a way that has no code of its own.
    Failure = 1,
    /// The command line is wrong. clap ends with this code itself.
    Usage = 2,
    /// A configuration file or an address is missing, unreadable or wrong.
    Settings = 3,
    /// The seed file is missing, unreadable, readable to others, or no seed.
    Identity = 4,
    /// A component would not run.
    Component = 5,
    /// The bus cannot be used: not reached in time, or a permission of the role is denied.
    Bus = 6,
    /// A snapshot or another state file cannot be read or written.
    Files = 7,
    /// Another process holds the lock of a state file: the snapshot's, for one.
    Locked = 8,
    /// A single round ended and not all providers had answered.
    Incomplete = 9,
    /// A journal holds an entry that is not what it should be.
    Unverified = 10,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}
