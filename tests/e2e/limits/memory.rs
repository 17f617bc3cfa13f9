//! Who takes memory or stack without end, traps or exits.

use statsgrid_tests::{Site, while_asked};
use statsgrid_wire::message::Outcome;

use super::{await_outcomes, bad, beside_a_neighbour, check_gone, check_outcomes, integer, outcome};

#[test]
fn memory_is_there_up_to_the_limit_and_not_past_it() {
    let bads = [
        bad("within", "take", ", much = \"3000000\"", "limits = { memory_bytes = \"8MiB\" }"),
        bad("past", "take", ", much = \"9000000\"", "limits = { memory_bytes = \"8MiB\" }"),
        bad("far", "take", ", much = \"1500000000\"", ""),
        bad("start", "take", "", "limits = { memory_bytes = \"64KiB\" }"),
        bad("tables", "take", "", "limits = { table_elements = 1 }"),
        bad("instances", "take", "", "limits = { instances = 1 }"),
    ];
    beside_a_neighbour(&bads, |_, ask| {
        let sample = ask();
        let denied = "wanted more memory than";
        check_outcomes(
            &sample,
            &[("within", Outcome::Ok, ""), ("past", Outcome::Memory, denied), ("far", Outcome::Memory, denied)],
        );
        let sample = ask();
        check_outcomes(&sample, &[("within", Outcome::Ok, "")]);
        check_gone(&sample, &["past", "far", "start", "tables"], Outcome::Memory);
        assert_eq!(integer(&sample, "within.readings"), Some(2));
        let tables = "it wanted more table elements than the 1 that it may have";
        await_outcomes(
            ask,
            &[("tables", Outcome::Delayed, tables), ("instances", Outcome::Delayed, "resource limit exceeded")],
        );
    });
}

#[test]
fn a_trap_or_an_exit_anywhere_ends_the_instance() {
    let bads = [
        bad("abort", "abort", "", ""),
        bad("panic", "panic", "", ""),
        bad("recurse", "recurse", "", ""),
        bad("exit0", "exit", ", much = \"0\"", ""),
        bad("exit3", "exit", ", much = \"3\"", ""),
        bad("init", "abort", ", at = \"init\"", ""),
        bad("sample", "abort", ", at = \"sample\"", ""),
        bad("init_exit", "exit", ", at = \"init\"", ""),
    ];
    beside_a_neighbour(&bads, |provider, ask| {
        let sample = ask();
        check_outcomes(
            &sample,
            &[
                ("abort", Outcome::Trap, "get-stats: "),
                ("panic", Outcome::Trap, "get-stats: "),
                ("recurse", Outcome::Trap, "get-stats: "),
                ("exit3", Outcome::Exit, "it exited with an error"),
            ],
        );
        assert_eq!(outcome(&sample, "exit0"), (Outcome::Exit, "get-stats: it exited".to_owned()));
        check_gone(&sample, &["init"], Outcome::Trap);
        check_gone(&sample, &["init_exit"], Outcome::Exit);
        // What it said before is in the log.
        provider.await_log("as it was told");
        await_outcomes(ask, &[("sample", Outcome::Delayed, "waits after trap: sample: ")]);
    });
}

#[test]
fn the_depth_of_calls_is_the_providers_to_set() {
    let deep = |stack: &str| {
        let site = Site::new();
        let node = bad("deep", "recurse to", ", much = \"3000\"", "").on(site.node("alpha").set(stack));
        let mut said = None;
        while_asked(&site, node, |_, _, ask| said = Some(outcome(&ask(), "deep")));
        said.unwrap()
    };
    assert_eq!(deep(""), (Outcome::Ok, String::new()));
    let (outcome, message) = deep("stack = \"64KiB\"");
    assert_eq!(outcome, Outcome::Trap);
    assert!(message.contains("call stack exhausted"), "{message}");
}
