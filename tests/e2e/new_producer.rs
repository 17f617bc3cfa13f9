//! `stats-provider new`: what it writes builds, passes its own tests, and runs in the sandbox, from the first minute on.

use std::path::{Path, PathBuf};
use std::process::Command;

use statsgrid_tests::{Ended, Process, command, programs, workspace};

/// As a user has it in a shell, but for the network, which tests stay off.
fn cargo(arguments: &str, package: &Path) -> Ended {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    unnamed(&mut cargo).args(arguments.split_whitespace()).args(["--offline", "--quiet"]).current_dir(package);
    // In the build folder, so that the second run of this test has little to build.
    cargo.env("CARGO_TARGET_DIR", target()).env("CARGO_NET_OFFLINE", "true");
    let name = arguments.split_whitespace().next().unwrap();
    Process::start(name, package.parent().unwrap(), cargo).ended()
}

/// What cargo says of this package to its tests is not for the cargo in them.
fn unnamed(cargo: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    cargo
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace().join(target).join("new-producer")
}

fn new(folder: &Path, arguments: &[&str]) -> Ended {
    let mut new = command(programs().provider());
    new.arg("new").args(arguments).current_dir(folder);
    Process::start("new", folder, new).ended()
}

#[test]
fn what_is_written_builds_is_tested_and_passes_check() {
    let folder = tempfile::tempdir().unwrap();
    let sdk = workspace().join("producer-sdk");
    let written = new(folder.path(), &["my-first", "--sdk-path", sdk.to_str().unwrap()]).succeeded();
    let package = folder.path().join("my-first");
    // Offline there are the versions that the workspace has.
    std::fs::copy(workspace().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();

    cargo("test", &package).succeeded();
    cargo("build --release --target wasm32-wasip2", &package).succeeded();
    cargo("clippy --all-targets -- -D warnings", &package).succeeded();

    // The last command that it prints, run where it says, but for the watching.
    let printed = written.stdout.lines().last().unwrap().trim();
    let component = printed.strip_prefix("stats-provider check --watch target/").unwrap();
    let mut check = command(programs().provider());
    check.arg("check").arg(target().join(component)).current_dir(&package);
    check.args(["--grant-file", "/proc/uptime", "--config-value", "file=/proc/uptime"]);
    let checked = Process::start("check", folder.path(), check).ended().succeeded().stdout;
    for line in ["counter      my_first.polls 2", "result       it runs", "granted      config file"] {
        assert!(checked.lines().any(|held| held == line), "{line:?} is not in\n{checked}");
    }
}

#[test]
fn from_the_registry_it_takes_the_version_that_goes_with_the_program() {
    let folder = tempfile::tempdir().unwrap();
    new(folder.path(), &["spool"]).succeeded();
    let package = folder.path().join("spool");
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let minor = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0;
    assert!(manifest.contains(&format!("statsgrid-producer = \"{minor}\"\n")), "{manifest}");
    for file in ["Cargo.toml", "README.md", ".gitignore", "src/lib.rs"] {
        let text = std::fs::read_to_string(package.join(file)).unwrap();
        assert!(!text.contains("{{") && !text.is_empty(), "{file}: {text}");
    }
}
