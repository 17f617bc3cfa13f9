//! The command line of stats-gatherer as its users see it: what they type, what they read, the exit code.
//!
//! Each case is a text that looks like a terminal. `SNAPSHOTS=overwrite cargo test` writes the texts anew; read the
//! difference before you believe it. What needs a bus is tested in the package `statsgrid-tests`.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has failed, in its helpers too")]

mod files;
mod help;
mod journal;
mod merge;
mod settings;
mod show;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

/// A folder that commands run in.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a file in it.
    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    /// With a folder in it.
    fn with_folder(self, name: &str) -> Self {
        fs::create_dir(self.folder.path().join(name)).unwrap();
        self
    }

    /// With another mode of a file in it.
    fn with_mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.folder.path().join(name), Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Runs stats-gatherer with these arguments; gives what stands in the terminal then.
    fn run(&self, arguments: &str) -> String {
        self.run_with(arguments, &[])
    }

    /// The same, with variables of the environment.
    fn run_with(&self, arguments: &str, variables: &[(&str, &str)]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stats-gatherer"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STATSGRID_")) {
            command.env_remove(name);
        }
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        let code = output.status.code().expect("no signal ended it");
        format!("$ stats-gatherer {}\n{stdout}{stderr}exit {code}\n", arguments.trim_end())
    }
}

/// A terminal in a folder with this configuration.
fn configured(text: &str) -> Terminal {
    Terminal::new().with("gatherer.toml", text)
}
