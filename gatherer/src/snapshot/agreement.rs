//! Tests that the ways to read one file agree: what is scanned or read line by line says what the whole of it says.
//!
//! Names and texts are made of what the scan looks for, so that it finds it everywhere but where it belongs.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select as one_of};
use serde::de::IgnoredAny;
use statsgrid_wire::message::{Outcome, RefusalReason};
use statsgrid_wire::{Hash, Hex, Named, Number};

use super::lines::{Line, Lines, Unlike};
use super::samples::{ALPHA, BETA, GAMMA, GATHERER, key};
use super::scan::Scan;
use super::select::{by_lines, select_as_a_whole};
use super::selection::{Collector, Found};
use super::{
    Millis, Names, ProducerRecord, Record, Refused, Role, RoundOutcome, Selection, Stats, Wanted, select,
    write_snapshot,
};

const NOW: u64 = 1_795_358_400_123;
const NAMES: [&str; 8] = [
    "stats.stats",
    "stats",
    "counters.schema",
    "schema.role",
    "producers.taken_at",
    "timestamp.nickname.stats",
    "a-b.c",
    "none.has_it",
];
const PRODUCERS: [&str; 6] = ["stats", "counters", "schema", "producers", "outcome", "a-b"];
/// What strings are made of, and what is put where it does not belong.
const TOKENS: [&str; 26] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\u{0}",
    "ü",
    "x",
    "0",
    "1.5e3",
    "null",
    "\"stats\":{",
    "},\"schema\":1",
    "},\"schema\":2",
    ",\"role\":\"gatherer\"",
    "\"producers\":{",
    "\"stats.stats\":7,",
    "\"stats.stats\"",
    "\"later\":{\"stats\":{}},",
    "\"nickname\":\"\",",
    "}},",
];

fn text() -> impl Strategy<Value = String> {
    vec(one_of(TOKENS.as_slice()), 0..6).prop_map(|parts| parts.concat())
}

fn millis() -> impl Strategy<Value = Millis> {
    one_of(vec![0, 1, NOW - 400_000, NOW - 1, NOW, NOW + 400_000, u64::MAX]).prop_map(Millis::new)
}

fn named<T: std::fmt::Debug>(
    names: &'static [&'static str],
    things: impl Strategy<Value = T>,
) -> impl Strategy<Value = Named<T>> {
    btree_map(one_of(names), things, 0..names.len()).prop_map(|entries| entries.into_iter().collect())
}

fn number() -> impl Strategy<Value = Number> {
    let float = any::<f64>().prop_filter_map("finite", Number::float);
    prop_oneof![any::<i64>().prop_map(Number::Integer), float]
}

fn producer() -> impl Strategy<Value = ProducerRecord> {
    let outcome = one_of(vec![Outcome::Ok, Outcome::Trap, Outcome::Unknown]);
    let hash = || option::of(one_of(vec![Hash::of(b"a"), Hash::of(b"b")]));
    let parts = (outcome, option::of(text()), option::of(millis()), option::of(millis()), hash(), hash());
    parts.prop_map(|(outcome, message, taken_at, pace, digest, description)| ProducerRecord {
        outcome,
        message,
        taken_at,
        pace,
        digest,
        description,
    })
}

fn record() -> impl Strategy<Value = Record> {
    let stats = (named(&NAMES, any::<u64>()), named(&NAMES, number()));
    let ours = (one_of(vec![Role::Provider, Role::Gatherer]), named(&PRODUCERS, producer()));
    let run = (option::of(any::<[u8; 16]>()), any::<u64>(), option::of(millis()), any::<u64>());
    let refused = any::<i64>().prop_map(|clock_ahead_ms| Refused { reason: RefusalReason::Clock, clock_ahead_ms });
    let outcome = one_of(vec![RoundOutcome::Ok, RoundOutcome::TooLarge]);
    let rejected = named(&["duplicate", "malformed"], any::<u64>());
    let fate = (option::of(refused), option::of(outcome), option::of(millis()), rejected);
    let parts = (millis(), text(), stats, ours, run, fate);
    parts.prop_map(|(timestamp, nickname, (counters, stats), (role, producers), run, fate)| {
        let (instance, sequence, started_at, round) = run;
        let (refused, outcome, first_seen, rejected) = fate;
        let (stats, instance) = (Stats { counters, stats }, instance.map(Hex));
        Record {
            timestamp,
            stats,
            role,
            instance,
            sequence,
            started_at,
            round,
            producers,
            refused,
            outcome,
            first_seen,
            rejected,
            ..Record::unanswered(nickname)
        }
    })
}

/// A snapshot's file, as the gatherer writes it.
fn file() -> impl Strategy<Value = String> {
    let keys = vec![key(ALPHA), key(BETA), key(GAMMA), key(GATHERER)];
    btree_map(one_of(keys), record(), 1..4).prop_map(|records| {
        let path = in_folder("written.json");
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        fs::read_to_string(path).unwrap()
    })
}

/// A file in this thread's own folder.
fn in_folder(name: &str) -> PathBuf {
    thread_local! {
        static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().unwrap());
    }
    FOLDER.with_borrow(|folder| folder.path().join(name))
}

fn written(bytes: &[u8]) -> PathBuf {
    let path = in_folder("stats.json");
    fs::write(&path, bytes).unwrap();
    path
}

/// Calls `check` with all kinds of what may be wanted.
fn for_each_wanted(mut check: impl FnMut(Wanted<'_>)) {
    let some = |name: &str| name.starts_with("stats") || name == "a-b.c";
    let no_name = ["a b.c", "stats.stats"];
    let names =
        [Names::Of(&NAMES), Names::Of(&NAMES[..1]), Names::Of(&[]), Names::Of(&no_name), Names::Matching(&some)];
    for names in names {
        for keys in ["", "UA", BETA, "X"] {
            check(Wanted { names, keys });
        }
    }
}

/// Whether each record is scanned, and none parsed.
fn is_scanned(path: &Path) -> Result<bool, Unlike> {
    let mut collector = Collector::new(Wanted { names: Names::Of(&NAMES), keys: "" }, NOW);
    let mut scan = Scan::new(&mut collector).unwrap();
    let mut lines = Lines::open(path)?;
    while let Some(Line { record, .. }) = lines.next()? {
        if scan.record(record, &mut collector, &mut Found::default()).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

proptest! {
    #[test]
    fn what_the_gatherer_wrote_is_scanned_and_says_the_same(file in file()) {
        let path = written(file.as_bytes());
        prop_assert_eq!(is_scanned(&path), Ok(true));
        for_each_wanted(|wanted| {
            let whole = select_as_a_whole(&path, wanted, NOW).unwrap();
            assert_eq!(by_lines(&path, wanted, NOW).as_ref(), Ok(&whole));
            assert_eq!(select(&path, wanted, NOW).unwrap(), whole);
        });
    }

    /// As long as it is JSON. Of the rest, what is noticed is told as by who reads the whole.
    #[test]
    fn what_was_changed_says_the_same(
        file in file(),
        changes in vec((any::<Index>(), 0..3usize, one_of(TOKENS.as_slice())), 1..4),
    ) {
        let mut file = file.into_bytes();
        for (place, removed, token) in changes {
            let place = place.index(file.len());
            let end = file.len().min(place + removed);
            file.splice(place..end, token.bytes());
        }
        agree(&file);
    }
}

fn agree(file: &[u8]) {
    let path = written(file);
    let is_json = str::from_utf8(file).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    for_each_wanted(|wanted| {
        let whole = select_as_a_whole(&path, wanted, NOW);
        let lines = by_lines(&path, wanted, NOW);
        // Where some nodes' records alone are wanted, the lines of the others are not looked into.
        let is_unseen = !wanted.keys.is_empty() && whole.is_err();
        let whole = shown(whole);
        if lines.is_err() || is_json && !is_unseen {
            assert_eq!(shown(select(&path, wanted, NOW)), whole, "{}", String::from_utf8_lossy(file));
        }
    });
}

fn shown(selected: Result<Selection, super::ReadError>) -> String {
    selected.map_or_else(|error| format!("{error:?}"), |selection| format!("{selection:?}"))
}

/// Unusual files that are JSON, each with what is to be read of the first record's stat.
#[test]
fn traps() {
    let rest = r#","schema":1,"role":"provider","sequence":1,"round":1,"producers":{}"#;
    let check = |stats: &str, rest: &str| {
        let record = format!(r#"{{"timestamp":1795358400.1,"nickname":"n","stats":{stats}{rest}}}"#);
        let last = r#"{"timestamp":0.0,"nickname":"","stats":{"counters":{},"stats":{}},"schema":1,"role":"provider"}"#;
        let file = format!("{{\n\"{ALPHA}\":{record},\n\"{BETA}\":{last}\n}}\n");
        serde_json::from_str::<IgnoredAny>(&file).unwrap();
        agree(file.as_bytes());
    };
    for stats in [
        r#"{"counters":{},"stats":{"stats.stats":1,"stats.stats":2}}"#,
        r#"{"counters":{},"stats":{"stats.stats":"stats.stats"}}"#,
        r#"{"counters":{},"stats":{"other":"stats.stats"}}"#,
        r#"{"counters":{},"stats":{"other":["stats.stats",1]}}"#,
        r#"{"counters":{},"stats":{"stats\u002estats":1}}"#,
        r#"{"counters":{},"stats":{"stats.stats" :1,"a-b.c": 2}}"#,
        r#"{"counters":{},"stats":{"x\"stats.stats":1}}"#,
        r#"{"counters":{},"stats":{"x}},":1,"stats.stats":2}}"#,
        r#"{"counters":{"x},":1},"stats":{"stats.stats":2}}"#,
        r#"{"counters":{"x":{},"stats":{"stats.stats":1}},"stats":{"stats.stats":2}}"#,
        r#"{"counters":{},"stats":{"stats.stats":2},"counters":{"stats.stats":3}}"#,
        r#"{"stats":{"stats.stats":2},"counters":{"stats.stats":3}}"#,
        r#"{"counters":{"stats.stats":1.0},"stats":{}}"#,
        r#"{"counters":{},"stats":{"stats.stats":1e400}}"#,
        r#"{"counters":{},"stats":{"stats.stats":-0,"a-b.c":18446744073709551616}}"#,
    ] {
        check(stats, rest);
    }
    let stats = r#"{"counters":{},"stats":{"stats.stats":1}}"#;
    for rest in [
        r#","schema":2,"role":"provider","sequence":1,"round":1,"producers":{}"#,
        r#","schema":1,"role":"somebody","sequence":1,"round":1,"producers":{}"#,
        r#","schema":1,"role":"provider""#,
        r#","schema":1,"role":"provider","producers":{},"timestamp":0.0"#,
        r#","schema":1,"role":"provider","producers":{},"later":{"producers":{"stats":{"outcome":"ok"}}}"#,
        r#","schema":1,"role":"provider","round":{"x":1,"producers":{"stats":{}}},"producers":{}"#,
        r#","schema":1,"role":"provider","producers":{"stats":{"outcome":"ok","taken_at":null}}"#,
        r#","schema":1,"role":"provider","producers":{"stats":{"outcome":"ok","taken_at":1.0,"taken_at":2.0}}"#,
        r#","schema":1,"role":"provider","producers":{"stats":{"outcome":"ok"},"stats":{"outcome":"ok","taken_at":2.0}}"#,
        r#","schema":1,"role":"provider","producers":{"st\u0061ts":{"outcome":"ok","taken_at":2.0}}"#,
        r#","schema":1,"role":"provider","producers":{"stats":{"outcome":"ok","message":"\\\"}}","taken_at":2.0}}"#,
        r#","schema":1,"role":"provider","producers":{"stats":{"outcome":"ok","description":"ab"}}"#,
        r#","schema":1,"role":"provider","producers":{},"rejected":{"x}}":1,"timestamp":0}"#,
        r#","schema":1,"role":"provider","producers":{},"rejected":{"x":{}},"timestamp":0.0"#,
    ] {
        check(stats, rest);
    }
}

#[test]
fn what_is_cut_off_anywhere_is_told_as_by_who_reads_the_whole() {
    let record = Record { timestamp: Millis::new(NOW), ..Record::unanswered("a \"}},\n") };
    let path = in_folder("cut.json");
    write_snapshot(&path, [(key(ALPHA), &record), (key(BETA), &record)]).unwrap();
    let file = fs::read(&path).unwrap();
    for end in 0..file.len() {
        let path = written(&file[..end]);
        // Without the last line end the object is whole.
        assert_eq!(select(&path, Wanted::NODES, NOW).is_ok(), end == file.len() - 1, "{end}");
        agree(&file[..end]);
    }
}

#[test]
fn two_records_of_one_key_are_refused_by_all() {
    let path = in_folder("twins.json");
    let record = Record::unanswered("n");
    write_snapshot(&path, [(key(ALPHA), &record)]).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().nth(1).unwrap();
    let file = text.replace(line, &format!("{line},\n{line}"));
    agree(file.as_bytes());
    let error = select(&written(file.as_bytes()), Wanted::NODES, NOW).unwrap_err();
    assert!(matches!(error, super::ReadError::Shape { .. }), "{error}");
}
