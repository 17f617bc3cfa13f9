//! Who counts too often, or too much.

use statsgrid_wire::message::Outcome;

use super::{await_outcomes, bad, beside_a_neighbour, check_outcomes, integer};

#[test]
fn counts_beyond_the_limit_are_not_taken_and_the_instance_stays() {
    let bads = [
        bad("often", "count", ", much = \"250\"", "limits = { counts_per_minute = 100 }"),
        bad("names", "count many", ", much = \"50\"", "limits = { counters = 7 }"),
        bad("top", "count to the top", "", ""),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        for readings in 1..=2 {
            let sample = ask();
            let counted = |name: &str| sample.counters.get(name).copied();
            let of = |name: &str| sample.counters.iter().filter(|(counter, _)| counter.starts_with(name)).count();
            check_outcomes(
                &sample,
                &[
                    ("often", Outcome::Invalid, "100 counts in a minute are the limit"),
                    ("names", Outcome::Invalid, "7 counters under one prefix are the limit"),
                    ("top", Outcome::Ok, ""),
                ],
            );
            assert_eq!(counted("often.hits"), Some(100));
            assert_eq!((of("names."), counted("names.counter_0")), (7, Some(readings)));
            assert_eq!(counted("top.top"), Some(u64::MAX));
            for name in ["often", "names", "top"] {
                assert_eq!(integer(&sample, &format!("{name}.readings")), i64::try_from(readings).ok(), "{name}");
            }
        }
    });
}

/// By default, too. A million calls take a while on a busy machine, so no poll waits for them.
#[test]
fn a_million_counts_and_a_million_counters_are_bounded() {
    let beside = "every = \"1h\"\ntimeout = \"1m\"";
    let bads = [
        bad("million", "count", ", much = \"1000000\"", beside),
        bad("all", "count many", ", much = \"1000000\"", beside),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        let limits = [
            ("million", Outcome::Invalid, "60000 counts in a minute are the limit"),
            ("all", Outcome::Invalid, "1000 counters under one prefix are the limit"),
        ];
        let sample = await_outcomes(ask, &limits);
        assert_eq!(sample.counters.get("million.hits"), Some(&60_000));
        assert_eq!(sample.counters.iter().filter(|(name, _)| name.starts_with("all.")).count(), 1_000);
    });
}
