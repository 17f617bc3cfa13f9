//! Exit codes: one for each kind of remedy, so that a unit file or a script can tell them apart.

use std::process::{ExitCode, Termination};

use super::Chapter;

/// How a program of ours ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked.
    Success = 0,
    /// It failed in a way that has no code of its own.
    Failure = 1,
    /// The command line is wrong, or names what is not there. clap ends with this code itself.
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
    /// Values are missing: of a single round, of a snapshot, or of several that were merged.
    Incomplete = 9,
    /// A journal holds an entry that is not what it should be.
    Unverified = 10,
}

impl Exit {
    /// All of them, by their codes.
    pub const ALL: [Self; 11] = [
        Self::Success,
        Self::Failure,
        Self::Usage,
        Self::Settings,
        Self::Identity,
        Self::Component,
        Self::Bus,
        Self::Files,
        Self::Locked,
        Self::Incomplete,
        Self::Unverified,
    ];

    /// What happened, for those who read the code.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "it did what it was asked",
            Self::Failure => "it failed in a way that has no code of its own",
            Self::Usage => "the command line is wrong, or names what is not there",
            Self::Settings => "a configuration file or an address is missing, unreadable or wrong",
            Self::Identity => "the seed file is missing, unreadable, readable to others, or no seed",
            Self::Component => "a component would not run",
            Self::Bus => "the bus cannot be used: not reached in time, or the server denies what the role needs",
            Self::Files => "a snapshot or another state file cannot be read or written",
            Self::Locked => "another process holds the lock of a state file",
            Self::Incomplete => {
                "not all providers answered (`run --once`), stats are missing (`status`), or a snapshot is missing or old (`merge`)"
            }
            Self::Unverified => "a journal holds an entry that is not what it should be (`verify`)",
        }
    }

    /// All codes, for a program's manual.
    pub fn chapter() -> Chapter {
        Chapter::new("Exit status", Self::ALL.map(|exit| ((exit as u8).to_string(), exit.meaning())))
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_each_code_with_its_meaning() {
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
        let rows = Exit::ALL.map(|exit| format!("| {} | {} |\n", exit as u8, exit.meaning()));
        assert!(readme.contains(&rows.concat()), "the README's table is to be:\n{}", rows.concat());
    }
}
