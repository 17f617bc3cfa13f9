//! `stats-provider check` and `once` on real components.

use std::path::Path;

use serde_json::Value;
use statsgrid_tests::{Ended, Process, Site, command, programs};
use statsgrid_wire::Hash;

#[test]
fn check_says_what_a_component_is_gets_and_gives() {
    let site = Site::new();
    let node = site.node("alpha").host();
    let component = programs().producer("host");
    let checked = check(&component, Some(&node.configure()), site.path()).succeeded().stdout;
    let digest = Hash::of(&std::fs::read(&component).unwrap());
    for line in [
        format!("sha256       {digest}"),
        "granted      /proc/loadavg".to_owned(),
        "reports      memory.total (gauge, bytes): Memory that the kernel can use.".to_owned(),
        "outcome      ok".to_owned(),
    ] {
        assert!(checked.lines().any(|held| held == line), "{line:?} is not in\n{checked}");
    }
    assert!(checked.contains("\nimports      wasi:filesystem/preopens@0.2."), "{checked}");
    let memory = checked.lines().find_map(|line| line.strip_prefix("stat         host.memory.total "));
    assert!(memory.unwrap().parse::<u64>().unwrap() > 0, "{checked}");
    assert!(checked.lines().last().unwrap().starts_with("read in      "), "{checked}");
}

/// Without a section nothing is granted, and a reading that is not clean is an error.
#[test]
fn check_fails_where_the_reading_is_not_clean() {
    let site = Site::new();
    let check = |component: &Path, expected: &str| {
        let checked = check(component, None, site.path());
        assert_eq!(checked.code, Some(5), "{}", checked.stderr);
        assert!(checked.stdout.contains(expected), "{expected:?} is not in\n{}", checked.stdout);
        assert!(checked.stderr.contains("it did not give a clean reading"), "{}", checked.stderr);
    };
    check(&programs().producer("host"), "outcome      error: cannot read /proc/loadavg: ");
    check(
        &programs().producer("storage_server"),
        "outcome      delayed: waits after error: config key `root` is missing",
    );
    check(&programs().guest("loop"), "outcome      wall: get-stats did not return within 3s");
}

#[test]
fn once_prints_the_reply_that_a_poll_would_get() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor().storage_server().host();
    std::fs::write(node.storage().join("share"), [7; 321]).unwrap();
    let once = Process::start("once", site.path(), node.command("once")).ended().succeeded();
    let reply: Value = serde_json::from_str(&once.stdout).unwrap();
    let sample = &reply["answer"]["sample"];
    assert_eq!((reply["nickname"].as_str(), sample["sequence"].as_u64()), (Some("alpha"), Some(1)));
    assert_eq!(sample["stats"]["storage_server.consumed"], 321);
    assert_eq!(sample["counters"]["storage_server.bytes_added"], 0);
    assert!(sample["stats"]["host.uptime"].as_f64() > Some(0.0), "{sample}");
    for producer in ["load_monitor", "storage_server", "host"] {
        assert_eq!(sample["producers"][producer]["outcome"], "ok");
    }
}

fn check(component: &Path, config: Option<&Path>, folder: &Path) -> Ended {
    let mut check = command(programs().provider());
    check.arg("check").arg(component);
    if let Some(config) = config {
        check.arg("--config").arg(config);
    }
    Process::start("check", folder, check).ended()
}
