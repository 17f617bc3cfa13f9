//! The programs under test, built once a test process, so that none is ever stale.
//!
//! cargo has given its lock back when it runs tests, and finds nothing to do where all is built. It is kept off the
//! network: what is missing then is an error that says so.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, OnceLock};

/// Where the built programs and components lie.
#[derive(Debug)]
pub struct Programs {
    target: PathBuf,
}

/// The programs, built if they were not.
pub fn programs() -> &'static Programs {
    static BUILT: OnceLock<Result<Programs, String>> = OnceLock::new();
    match BUILT.get_or_init(Programs::build) {
        Ok(programs) => programs,
        Err(failure) => panic!("{failure}"),
    }
}

/// The folder of the project, as cargo names it to whom it runs: where this was compiled may be another copy with the same
/// build folder, as the one in which the README is tried.
pub fn workspace() -> &'static Path {
    static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| {
        let named = std::env::var_os("CARGO_MANIFEST_DIR");
        named.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
    });
    PACKAGE.parent().expect("the package lies in the workspace")
}

impl Programs {
    fn build() -> Result<Self, String> {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let programs = Self { target: workspace().join(target) };
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // With --examples the dependencies get the features that `cargo test` gives them: nothing is built twice.
        programs.run(cargo.args([
            "build",
            "--workspace",
            "--bins",
            "--examples",
            "--locked",
            "--offline",
            "--quiet",
        ]))?;
        programs.run(Command::new("tests/tools/build-producers").arg("--guests"))?;
        Ok(programs)
    }

    fn run(&self, command: &mut Command) -> Result<(), String> {
        command.current_dir(workspace()).env("CARGO_TARGET_DIR", &self.target).env("CARGO_NET_OFFLINE", "true");
        // What cargo says of this package to its tests is not for the cargo in them: ring, for one, is built anew when
        // it finds another package's name there, and once more at the next test.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}\n{said}", output.status)) }
    }

    /// stats-provider.
    pub fn provider(&self) -> PathBuf {
        self.target.join("debug/stats-provider")
    }

    /// stats-gatherer.
    pub fn gatherer(&self) -> PathBuf {
        self.target.join("debug/stats-gatherer")
    }

    /// statsgrid-fleet, the simulator.
    pub fn fleet(&self) -> PathBuf {
        self.target.join("debug/statsgrid-fleet")
    }

    /// statsgrid_, the munin plugin.
    pub fn munin_plugin(&self) -> PathBuf {
        self.target.join("debug/statsgrid_")
    }

    /// The example of a node that embeds the provider.
    pub fn embedding_node(&self) -> PathBuf {
        self.target.join("debug/examples/node")
    }

    /// The component of an example producer.
    pub fn producer(&self, name: &str) -> PathBuf {
        self.target.join("wasm32-wasip2/producer").join(name).with_extension("wasm")
    }

    /// The component of a guest from tests/guests.
    pub fn guest(&self, name: &str) -> PathBuf {
        self.target.join("wasm32-wasip2/producer/guests").join(format!("guest_{name}.wasm"))
    }

    /// nats-server: the one that `$STATSGRID_NATS_SERVER` names, else the one on PATH, else the one in the build folder.
    /// It is not fetched here, for tests stay off the internet.
    pub fn nats_server(&self) -> PathBuf {
        let named = std::env::var_os("STATSGRID_NATS_SERVER").map(PathBuf::from);
        let found = named.or_else(on_path).or_else(|| self.fetched());
        found.filter(|path| path.is_file()).unwrap_or_else(|| {
            panic!(
                "there is no nats-server: run tests/tools/fetch-tool nats-server, or name one in STATSGRID_NATS_SERVER"
            )
        })
    }

    fn fetched(&self) -> Option<PathBuf> {
        let tools = self.target.join("tools").read_dir().ok()?;
        let servers = tools.flatten().map(|entry| entry.path().join("bin/nats-server"));
        servers.filter(|server| server.is_file()).max()
    }
}

fn on_path() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join("nats-server")).find(|server| server.is_file())
}

/// A command that no variable of ours in the tester's environment reaches.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| name.starts_with("STATSGRID_"));
        if ours
            || name == "NOTIFY_SOCKET"
            || name == "RUNTIME_DIRECTORY"
            || name == "CACHE_DIRECTORY"
            || name == "statsfile"
        {
            command.env_remove(name);
        }
    }
    command
}
