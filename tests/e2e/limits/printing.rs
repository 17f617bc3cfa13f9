//! Who prints too much.

use std::fs;

use rustix::process::Signal;
use statsgrid_wire::message::Outcome;

use super::{await_outcomes, bad, beside};

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
    beside(&bads, |node, provider, ask| {
        await_outcomes(ask, &[("lines", Outcome::Ok, ""), ("long", Outcome::Ok, "")]);
        let lines = provider.stderr().lines().filter(|line| line.contains("INFO line ")).count();
        assert_eq!(lines, 5);

        // They leave: what they said last, and how much of it was left out, is told.
        let path = node.folder().join("provider.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.split("[producers.lines]").next().unwrap()).unwrap();
        provider.signal(Signal::HUP);
        provider.await_log("99995 more lines were not logged");
        provider.await_log(&"x".repeat(1024));
        assert!(!provider.stderr().contains(&"x".repeat(1025)), "a line is cut");
        await_outcomes(ask, &[("slow", Outcome::Ok, "")]);
    });
}
