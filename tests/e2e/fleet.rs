//! The simulated fleet: what a gatherer makes of some hundred nodes with every fault, and that the simulator would tell if it
//! were wrong. They are so many that their signatures are checked together.

use std::ffi::OsStr;

use statsgrid_tests::{Ended, Process, command, programs};

/// A run of the simulator with 400 providers, whose files are named after it.
fn run<S: AsRef<OsStr>>(flags: &[S]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let mut fleet = command(programs().fleet());
    fleet.args(["run", "--providers", "400"]).arg("--folder").arg(folder.path());
    fleet.arg("--gatherer").arg(programs().gatherer()).arg("--nats-server").arg(programs().nats_server());
    Process::start("fleet", folder.path(), {
        fleet.args(flags);
        fleet
    })
    .ended()
}

#[test]
fn every_honest_reply_is_in_and_no_other() {
    // One in three has a fault in each round, five seconds of which are enough for a busy machine.
    let faults = ["silent", "late", "forged", "replayed", "oversized", "doubled", "leaving"];
    let faults = faults.iter().flat_map(|fault| [format!("--{fault}"), "5".to_owned()]);
    let pace = ["--rounds", "2", "--interval", "8s", "--deadline", "5s"].map(str::to_owned);
    let ended = run(&faults.chain(pace).collect::<Vec<_>>());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("All is as it should be."), "{}", ended.stdout);
    assert!(ended.stdout.contains("late ones, signatures checked again"), "{}", ended.stdout);
}

#[test]
fn what_is_not_as_it_should_be_is_told() {
    let nobody = tempfile::NamedTempFile::new().unwrap();
    let trust = nobody.path().to_str().unwrap();
    // A gatherer that trusts none of them has no record of them.
    let ended = run(&["--rounds", "0", "--interval", "2s", "--", "--trust", trust]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("WRONG: round 0: node-0000"), "{}", ended.stdout);
    assert!(ended.stdout.contains("WRONG: and "), "{}", ended.stdout);
}
