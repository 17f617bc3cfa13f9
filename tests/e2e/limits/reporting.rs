//! Who reports too much, or what is no stat.

use statsgrid_tests::{Site, while_asked};
use statsgrid_wire::message::Outcome;

use super::{bad, beside_a_neighbour, check_gone, check_outcomes, integer, outcome};

#[test]
fn too_many_stats_are_cut_and_too_many_bytes_cost_the_instance() {
    let bads = [
        bad("few", "report", ", much = \"20\"", "limits = { stats = 5 }"),
        bad("many", "report", ", much = \"2000\"", ""),
        bad("flood", "report", ", much = \"10000000\"", ""),
        bad("heap", "report", ", much = \"200000\"", ""),
        bad("long", "report a long name", ", much = \"100000000\"", "limits = { memory_bytes = \"512MiB\" }"),
        bad("bytes", "report a long name", ", much = \"70000\"", "limits = { result_bytes = \"64KiB\" }"),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        for readings in 1..=2 {
            let sample = ask();
            let cut =
                [("few", Outcome::Output, "21 stats; the first 5 are kept"), ("many", Outcome::Output, "2001 stats")];
            check_outcomes(&sample, &cut);
            let few = sample.stats.iter().filter(|(name, _)| name.starts_with("few.")).count();
            assert_eq!((few, integer(&sample, "few.readings")), (5, Some(readings)));
            let costly = ["long", "heap", "bytes"];
            if readings == 1 {
                check_outcomes(&sample, &costly.map(|name| (name, Outcome::Output, "handed over more than")));
                // Ten million find no room in the guest.
                check_outcomes(&sample, &[("flood", Outcome::Memory, "wanted more memory than the 64MiB")]);
            } else {
                check_gone(&sample, &costly, Outcome::Output);
                check_gone(&sample, &["flood"], Outcome::Memory);
            }
        }
    });
}

#[test]
fn what_is_no_stat_is_dropped_and_the_rest_is_kept() {
    let bads = [
        bad("names", "report bad names", "", ""),
        bad("numbers", "report no numbers", "", ""),
        bad("long", "report a long name", ", much = \"100\"", "limits = { name_bytes = 40 }"),
        bad("fails", "err", "", ""),
        bad("helps", "help", ", much = \"600\"", ""),
        bad("helps_less", "help", ", much = \"30\"", "limits = { help_bytes = 20 }"),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        for readings in 1..=2 {
            let sample = ask();
            check_outcomes(
                &sample,
                &[
                    ("names", Outcome::Invalid, "stat \"nul\\0\": "),
                    ("numbers", Outcome::Invalid, "stat \"nan\": the value is not finite"),
                    ("long", Outcome::Invalid, "its full name has more than 40 bytes"),
                    ("fails", Outcome::Error, "it was told to fail"),
                ],
            );
            check_gone(&sample, &["helps", "helps_less"], Outcome::Invalid);
            for name in ["names", "numbers", "long"] {
                assert_eq!(integer(&sample, &format!("{name}.readings")), Some(readings), "{name} was made anew");
            }
            let told = |name: &str| sample.stats.iter().filter(|(stat, _)| stat.starts_with(name)).count();
            assert_eq!((told("names."), told("numbers."), told("long."), told("fails.")), (1, 2, 1, 0));
        }
    });
}

#[test]
fn a_name_that_is_no_text_costs_its_own_producer() {
    let site = Site::new();
    while_asked(&site, site.node("alpha").load_monitor().guest("bad_names", ""), |_, _, ask| {
        let sample = ask();
        let (outcome, message) = outcome(&sample, "bad_names");
        assert_eq!(outcome, Outcome::Invalid, "{message}");
        assert!(message.contains("not UTF-8"), "{message}");
        assert!(sample.stats.get("load_monitor.avg_load").is_some(), "{sample:?}");
        // The engine broke off in the middle of its call.
        let sample = ask();
        check_gone(&sample, &["bad_names"], Outcome::Invalid);
        check_outcomes(&sample, &[("load_monitor", Outcome::Ok, "")]);
    });
}
