//! Who computes and who waits past the limit of time.

use statsgrid_wire::message::Outcome;

use super::{await_outcomes, bad, beside_a_neighbour, check_gone, check_outcomes};

#[test]
fn whoever_computes_without_end_is_ended_by_its_cause() {
    let quick = "timeout = \"300ms\"";
    let bads = [
        bad("spins", "loop", "", quick),
        bad("floats", "loop on floats", "", quick),
        bad("clock", "loop on the clock", "", quick),
        bad("counts", "loop on counts", "", quick),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        let ended = "get-stats still computed after 300ms";
        let sample = ask();
        check_outcomes(&sample, &["spins", "floats", "clock", "counts"].map(|name| (name, Outcome::Cpu, ended)));
        check_gone(&ask(), &["spins", "floats", "clock", "counts"], Outcome::Cpu);
        await_outcomes(ask, &[("spins", Outcome::Delayed, "waits after cpu: get-stats still computed after 300ms")]);
    });
}

#[test]
fn whoever_waits_past_its_limit_is_told_that_it_waited() {
    let bads = [bad("sleeps", "sleep", ", much = \"60000\"", "timeout = \"300ms\"")];
    beside_a_neighbour(&bads, |_, ask| {
        check_outcomes(&ask(), &[("sleeps", Outcome::Wall, "get-stats still waited after 300ms")]);
        check_gone(&ask(), &["sleeps"], Outcome::Wall);
        await_outcomes(ask, &[("sleeps", Outcome::Delayed, "waits after wall: get-stats still waited after 300ms")]);
    });
}

#[test]
fn the_limit_holds_in_init_and_in_sample_too() {
    let bads = [
        bad("init", "loop", ", at = \"init\"", "timeout = \"300ms\""),
        bad("sample", "loop", ", at = \"sample\"", "timeout = \"300ms\""),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        // The start has waited for its end.
        await_outcomes(ask, &[("init", Outcome::Delayed, "waits after cpu: init still computed after 5s")]);
        let sample = "sample still computed after 300ms";
        await_outcomes(ask, &[("sample", Outcome::Delayed, sample)]);
    });
}
