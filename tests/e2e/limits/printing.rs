//! Who prints too much.

use statsgrid_wire::message::Outcome;

use super::{await_outcomes, bad, beside_a_neighbour};

#[test]
fn lines_beyond_the_limit_are_left_out_of_the_log_and_cost_nothing_else() {
    let bads = [
        // So many lines take a while on a busy machine, so no poll waits for them.
        bad(
            "lines",
            "print",
            ", much = \"100000\"",
            "limits = { log_lines_per_minute = 5 }\nevery = \"1h\"\ntimeout = \"1m\"",
        ),
        bad("long", "print a long line", ", much = \"40000000\"", "every = \"1h\"\ntimeout = \"1m\""),
    ];
    beside_a_neighbour(&bads, |provider, ask| {
        await_outcomes(ask, &[("lines", Outcome::Ok, ""), ("long", Outcome::Ok, "")]);
        let log = provider.stderr();
        let lines = log.lines().filter(|line| line.contains("INFO line ")).count();
        assert_eq!(lines, 5, "{log}");
        assert!(log.lines().all(|line| line.len() < 2_000), "a line is cut");
    });
}
