//! What a producer uses of each limit is told, unless nobody wants to know.

use statsgrid_tests::{PATIENCE, Site, await_until, while_asked};
use statsgrid_wire::Number;

use super::integer;

/// What is told of each producer.
const TOLD: [&str; 14] = [
    "busy_seconds",
    "call_seconds",
    "counters",
    "counts",
    "help_bytes",
    "instances_made",
    "log_lines",
    "memory_bytes",
    "name_bytes",
    "result_bytes",
    "stats",
    "stuck_threads",
    "table_elements",
    "tables",
];

#[test]
fn each_limit_has_a_stat_that_shows_its_use() {
    let site = Site::new();
    while_asked(&site, site.node("alpha").guest("slow", "").guest("trap", ""), |_, _, ask| {
        let sample = ask();
        for producer in ["slow", "trap"] {
            let prefix = format!("statsgrid.sandbox.{producer}.");
            let told: Vec<&str> = sample.stats.iter().filter_map(|(name, _)| name.strip_prefix(&prefix)).collect();
            assert_eq!(told, TOLD);
        }
        let used = |what: &str| integer(&sample, &format!("statsgrid.sandbox.slow.{what}")).unwrap();
        assert!((64 << 10..64 << 20).contains(&used("memory_bytes")), "{}", used("memory_bytes"));
        assert!(used("table_elements") > 0 && used("tables") > 0);
        assert_eq!((used("stats"), used("counters"), used("counts")), (2, 1, 1));
        assert_eq!(used("name_bytes"), "slow.readings".len() as i64);
        assert_eq!(used("result_bytes"), ("readings".len() + "samples".len() + 2 * 24) as i64);
        assert_eq!(used("help_bytes"), "Readings of all instances.".len() as i64);
        assert_eq!((used("instances_made"), used("stuck_threads")), (1, 0));
        await_until("another instance of the one that traps", PATIENCE, || {
            (integer(&ask(), "statsgrid.sandbox.trap.instances_made")? > 1).then_some(())
        });
        for what in ["busy_seconds", "call_seconds"] {
            let told = sample.stats.get(&format!("statsgrid.sandbox.slow.{what}"));
            assert!(matches!(told, Some(Number::Float(seconds)) if *seconds > 0.0), "{what}: {told:?}");
        }
    });
}

#[test]
fn who_does_not_want_it_has_it_left_out() {
    let site = Site::new();
    while_asked(&site, site.node("alpha").set("usage = false").guest("slow", ""), |_, _, ask| {
        let sample = ask();
        assert!(!sample.stats.iter().any(|(name, _)| name.starts_with("statsgrid.sandbox.")), "{sample:?}");
        assert!(sample.stats.get("slow.readings").is_some());
    });
}
