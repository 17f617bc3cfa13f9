//! Producers that trap or never return: they cost their neighbours nothing, and the record says what they did.

use statsgrid_gatherer::snapshot::{ProducerRecord, Record};
use statsgrid_tests::{Node, PATIENCE, Site, await_until, while_asked};
use statsgrid_wire::Number;
use statsgrid_wire::message::{Outcome, Sample};

/// Asks `node` as often as `ask` is called.
pub(crate) fn with_node(node: impl Fn(&Site) -> Node, test: impl FnOnce(&mut dyn FnMut() -> Sample)) {
    let site = Site::new();
    while_asked(&site, node(&site), |_, _, ask| test(ask));
}

#[test]
fn a_trap_ends_one_instance_and_its_counters_stay() {
    with_node(
        |site| site.node("alpha").load_monitor().guest("trap", ""),
        |ask| {
            let sample = ask();
            assert_eq!(outcome(&sample, "trap"), (Outcome::Ok, ""));
            assert_eq!(sample.stats.get("trap.readings"), Some(&Number::Integer(1)));

            let sample = ask();
            assert_eq!(outcome(&sample, "trap").0, Outcome::Trap);
            assert!(outcome(&sample, "trap").1.contains("unreachable"), "{sample:?}");
            assert_eq!(
                sample.stats.get("trap.readings"),
                None,
                "no value of an earlier reading is passed off as a new one"
            );
            assert_eq!(sample.counters.get("trap.readings_begun"), Some(&2));
            neighbour_is_well(&sample);

            let sample = ask();
            assert_eq!(outcome(&sample, "trap").0, Outcome::Delayed);
            assert!(outcome(&sample, "trap").1.starts_with("waits after trap: get-stats: "), "{sample:?}");
            assert_eq!(sample.counters.get("trap.readings_begun"), Some(&2));
            neighbour_is_well(&sample);

            let sample = await_until("a fresh instance", PATIENCE, || {
                Some(ask()).filter(|sample| outcome(sample, "trap").0 == Outcome::Ok)
            });
            assert_eq!(sample.stats.get("trap.readings"), Some(&Number::Integer(1)));
            assert_eq!(sample.counters.get("trap.instances"), Some(&2));
            assert_eq!(sample.counters.get("trap.readings_begun"), Some(&3));
        },
    );
}

#[test]
fn a_reading_that_never_returns_is_ended_by_the_clock() {
    let check = |more: &str, cause: Outcome, words: &str| {
        with_node(
            |site| site.node("alpha").load_monitor().guest("loop", &format!("timeout = \"300ms\"\n{more}")),
            |ask| {
                let sample = ask();
                assert_eq!(outcome(&sample, "loop"), (cause, words), "{more}");
                neighbour_is_well(&sample);

                let sample = ask();
                let delayed = format!("waits after {}: {words}", cause.label());
                assert_eq!(outcome(&sample, "loop"), (Outcome::Delayed, delayed.as_str()), "{more}");
                neighbour_is_well(&sample);

                await_until("a fresh instance, as bad", PATIENCE, || {
                    (outcome(&ask(), "loop").0 == cause).then_some(())
                });
            },
        );
    };
    check("", Outcome::Cpu, "get-stats still computed after 300ms");
    check("config = { wait = \"asleep\" }", Outcome::Wall, "get-stats still waited after 300ms");
}

/// The whole way: what the producers did stands in the snapshot, beside their neighbours' values of the same reply.
#[test]
fn the_snapshot_says_what_they_did() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address());
    let missing = node.folder().join("missing.wasm");
    let node = node.load_monitor().guest("trap", "").guest("loop", "timeout = \"300ms\"").runs("lost", &missing, "");
    let _provider = node.start();
    // Rounds that wait long enough for a machine that has other things to do.
    let _gathering = gatherer.start(&["--interval", "4s"]);
    let did = |wanted: [(&'static str, Outcome, &'static str); 3]| {
        let as_wanted = |record: &Record, (name, outcome, words): (&str, Outcome, &str)| {
            let said = |producer: &ProducerRecord| producer.message.clone().unwrap_or_default();
            record.producers.get(name).is_some_and(|held| held.outcome == outcome && said(held).contains(words))
        };
        let record = gatherer.await_record(node.key(), &format!("{wanted:?}"), |record| {
            wanted.iter().all(|wanted| as_wanted(record, *wanted))
        });
        assert!(record.stats.stats.get("load_monitor.avg_load").is_some(), "{record:?}");
        assert_eq!(record.producers.get("load_monitor").unwrap().outcome, Outcome::Ok);
    };
    did([
        ("loop", Outcome::Cpu, "still computed after 300ms"),
        ("trap", Outcome::Ok, ""),
        ("lost", Outcome::Refused, "missing.wasm: cannot be read"),
    ]);
    did([
        ("loop", Outcome::Delayed, "waits after cpu"),
        ("trap", Outcome::Trap, "unreachable"),
        ("lost", Outcome::Refused, "missing.wasm: cannot be read"),
    ]);
}

pub(crate) fn outcome<'a>(sample: &'a Sample, name: &str) -> (Outcome, &'a str) {
    let report = sample.producers.get(name).expect("each producer is in each reply");
    (report.outcome, report.message.as_deref().unwrap_or_default())
}

pub(crate) fn neighbour_is_well(sample: &Sample) {
    assert_eq!(outcome(sample, "load_monitor"), (Outcome::Ok, ""));
    assert!(sample.stats.get("load_monitor.avg_load").is_some());
}
