//! The files that are installed beside the programs: they are what the programs take. What the NATS server's example
//! lets each role do is in `roles.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use statsgrid_tests::{Authority, Operator, PlayedGatherer, Process, command, programs, workspace};

use crate::logins::Guarded;

#[test]
fn configurations_are_taken() {
    let check = |program: PathBuf, file: &str, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut checked = command(program);
        checked.args(["run", "--check-config", "--config"]).arg(workspace().join(file));
        let checked = Process::start("check", folder.path(), checked).ended().succeeded();
        assert!(checked.stdout.contains(expected), "{}", checked.stdout);
    };
    check(programs().provider(), "provider/pkg/provider.toml", ": 2 producers, 0 gatherers");
    check(programs().gatherer(), "gatherer/pkg/gatherer.toml", "into /var/lib/stats-gatherer/stats.json");
}

/// Every key is in the file: what stands in a comment is an example that is taken too.
#[test]
fn what_is_commented_out_is_taken_too() {
    let check = |program: PathBuf, file: &str, name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(workspace().join(file)).unwrap();
        let address = PlayedGatherer::new().key().to_string();
        let uncommented = text.lines().map(uncomment).collect::<Vec<_>>().join("\n");
        let uncommented = uncommented.replace("UAGATHERERSPUBLICKEY...", &address);
        let path = folder.path().join("all.toml");
        fs::write(&path, uncommented.replace("/etc/statsgrid", &deploy(folder.path(), name))).unwrap();
        let mut checked = command(program);
        checked.args(["run", "--check-config", "--config"]).arg(path);
        Process::start("check", folder.path(), checked).ended().succeeded();
    };
    check(programs().provider(), "provider/pkg/provider.toml", "node");
    check(programs().gatherer(), "gatherer/pkg/gatherer.toml", "gatherer");
}

/// The files that the examples name in /etc/statsgrid, in `folder`.
fn deploy(folder: &Path, name: &str) -> String {
    Authority::new(folder, "ca").client(name);
    Operator::new().user(&folder.join(format!("{name}.creds")), &[], &[]);
    folder.to_string_lossy().into_owned()
}

/// `#key = …` is a key that is switched off; `# Words` is a comment.
fn uncomment(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[')).unwrap_or(line)
}

#[test]
fn the_nats_server_takes_its_configuration() {
    let guarded = Guarded::new();
    let mut server = Command::new(programs().nats_server());
    server.arg("-t").arg("--config").arg(guarded.site.path().join("nats-server/nats-server.conf"));
    Process::start("check", guarded.site.path(), server).ended().succeeded();
}
