//! What people watch: `stats-gatherer run --print`, as the original's stdout gatherer had it, and `show --watch`.

use statsgrid_tests::{PATIENCE, Process, Site, await_until, command, programs};

#[test]
fn who_comes_who_goes_and_what_they_say() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let provider = node.start();
    let gathering = gatherer.start(&["--print"]);
    let key = node.key();
    let await_line = |start: &str| {
        await_until(start, PATIENCE, || {
            gathering.stdout().lines().find(|line| line.starts_with(start)).map(str::to_owned)
        })
    };
    await_line(&format!("connected {key} alpha"));
    let stats = await_line(&format!("stats {key} alpha "));
    let stats = stats.split_once(" alpha ").unwrap().1;
    let stats: serde_json::Value = serde_json::from_str(stats).unwrap();
    assert!(stats["stats"]["load_monitor.avg_load"].is_f64(), "{stats}");
    provider.terminate().succeeded();
    await_line(&format!("disconnected {key} alpha"));
    assert_eq!(gathering.stdout().lines().next(), Some(format!("address {}", gatherer.address()).as_str()));
}

#[test]
fn a_watched_snapshot_is_shown_after_each_round() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let _provider = node.start();
    let _gathering = gatherer.start(&[]);
    // Before the first round there is nothing to show, and it waits.
    let mut watch = command(programs().gatherer());
    watch.arg("show").arg(gatherer.snapshot_path()).args(["--watch", "--rounds", "3"]);
    let shown = Process::start("watch", gatherer.folder(), watch).ended().succeeded().stdout;
    assert_eq!(shown.matches("NODE ").count(), 3, "{shown}");
    let last = shown.rsplit("NODE ").next().unwrap();
    assert!(last.contains("alpha") && last.contains("load_monitor.avg_load"), "{shown}");
}
