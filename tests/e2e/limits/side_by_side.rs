//! Fifty that misbehave at once, of all kinds, and one that does not.

use statsgrid_wire::message::Outcome;

use super::{Bad, bad, beside_a_neighbour, outcome};

#[test]
fn fifty_of_all_kinds_cost_their_neighbour_nothing() {
    let kinds = [
        ("loop", "", "timeout = \"200ms\""),
        ("loop on the clock", "", "timeout = \"200ms\""),
        ("sleep", ", much = \"60000\"", "timeout = \"200ms\""),
        ("take", ", much = \"1500000000\"", ""),
        ("recurse", "", ""),
        ("abort", "", ""),
        ("exit", "", ""),
        ("err", "", ""),
        ("report bad names", "", ""),
        ("print", ", much = \"200\"", "limits = { log_lines_per_minute = 1 }\ntimeout = \"8s\""),
    ];
    let names: Vec<&'static str> = (0..50).map(|number| &*format!("bad_{number}").leak()).collect();
    let bads: Vec<Bad> = names
        .iter()
        .zip(kinds.iter().cycle())
        .map(|(name, (does, config, keys))| bad(name, does, config, keys))
        .collect();
    beside_a_neighbour(&bads, |_, ask| {
        for _ in 0..3 {
            let sample = ask();
            let well = names.iter().filter(|name| outcome(&sample, name).0 == Outcome::Ok).count();
            assert_eq!((sample.producers.len(), well), (51, 5), "those that print, and nobody else of them");
        }
    });
}
