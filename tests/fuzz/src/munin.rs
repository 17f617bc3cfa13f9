//! The snapshot, as the munin plugin reads it: only what a graph needs, and what it prints of that.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::value::RawValue;
use statsgrid_gatherer::munin::{BUILTIN, Call, Environment, answer};
use statsgrid_gatherer::snapshot::label::is_harmless;
use statsgrid_gatherer::snapshot::{Kind, Names, Series, Snapshot, Wanted, select, select_as_a_whole};

use crate::folder_with;

/// What is wanted.
const NAMES: [&str; 2] = ["a.b", "host.load"];
/// A time at which the records of the corpus are fresh.
const NOW_MS: u64 = 1_795_420_800_000;

/// What the plugin selects is what the whole snapshot says, and its answers are harmless lines about the same fields.
pub fn munin(data: &[u8]) {
    let folder = folder_with("stats.json", data);
    let path = folder.path().join("stats.json");
    selects_what_is_there(&path);
    says_what_the_whole_says(&path, data);
    let environment = Environment { statsfile: Some(path), ..Environment::default() };
    let named = BUILTIN.iter().map(|graph| format!("statsgrid_{}", graph.name));
    let others = ["all", "all_fleet", "all_top10", "a__b", "a__b_fleet", "a__b_top10", "host__load_top10"];
    for program in named.chain(others.map(|name| format!("statsgrid_{name}"))) {
        let ask = |arguments: &[String]| {
            answer(&Call { program: &program, arguments, environment: &environment, now_ms: NOW_MS }).ok()
        };
        match (ask(&[]), ask(&["config".to_owned()])) {
            (Some(values), Some(config)) => assert_eq!(fields(&values, ".value"), fields(&config, ".label")),
            (values, config) => assert_eq!(values.is_some(), config.is_some()),
        }
    }
    let suggest = ["suggest".to_owned()];
    let _ = answer(&Call { program: "statsgrid_", arguments: &suggest, environment: &environment, now_ms: NOW_MS });
}

/// What stands before `attribute` on the lines that have it.
fn fields<'a>(answer: &'a str, attribute: &str) -> BTreeSet<&'a str> {
    assert!(answer.lines().all(|line| line.chars().all(is_harmless)), "{answer:?}");
    answer.lines().filter_map(|line| line.split(' ').next()?.strip_suffix(attribute)).collect()
}

/// What is read line by line, and scanned where that will do, is what the whole file says, as long as it is JSON; and what
/// is wrong with a file is told alike.
fn says_what_the_whole_says(path: &Path, data: &[u8]) {
    let is_json = serde_json::from_slice::<&RawValue>(data).is_ok();
    let is_wanted = |name: &str| name.starts_with('a');
    for names in [Names::Of(&NAMES), Names::Of(&[]), Names::Matching(&is_wanted)] {
        let wanted = Wanted { names, keys: "" };
        match (select(path, wanted, NOW_MS), select_as_a_whole(path, wanted, NOW_MS)) {
            (Ok(selected), Ok(whole)) => assert_eq!(selected, whole),
            (Ok(_), Err(error)) => assert!(!is_json, "{error:?}"),
            (Err(told), whole) => assert_eq!(format!("{told:?}"), format!("{:?}", whole.expect_err("told alike"))),
        }
    }
}

fn selects_what_is_there(path: &Path) {
    let Ok(whole) = Snapshot::read(path) else { return };
    let selection =
        select(path, Wanted { names: Names::Of(&NAMES), keys: "" }, NOW_MS).expect("the whole of it was read");
    for (row, ((key, record), node)) in whole.records.iter().zip(&selection.nodes).enumerate() {
        assert_eq!((node.key, &node.nickname, node.role), (*key, &record.nickname, record.role));
        for name in NAMES {
            for (kind, series) in [(Kind::Counter, Series::Counter(name)), (Kind::Stat, Series::Stat(name))] {
                let value = record.value(series).filter(|_| record.taken(series).is_fresh(NOW_MS));
                let selected = selection.cells(name, kind).and_then(|cells| (*cells.get(row)?)?.value);
                assert_eq!(selected, value, "{name}");
            }
        }
    }
    assert_eq!(selection.nodes.len(), whole.records.len());
}
