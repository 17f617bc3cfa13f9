//! `stats-gatherer run --print`: who comes, who goes and what they say, as the original's stdout gatherer had it.

use statsgrid_tests::{PATIENCE, Site, await_until};

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
