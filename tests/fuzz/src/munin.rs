//! The snapshot, as the munin plugin reads it: only what a graph needs, and what it prints of that.

use std::collections::BTreeSet;
use std::path::Path;

use statsgrid_gatherer::munin::{BUILTIN, Call, Environment, answer};
use statsgrid_gatherer::snapshot::label::is_harmless;
use statsgrid_gatherer::snapshot::{Kind, Names, Series, Snapshot, Wanted, select};

use crate::folder_with;

/// A time at which the records of the corpus are fresh.
const NOW_MS: u64 = 1_795_420_800_000;

/// What the plugin selects is what the whole snapshot says, and its answers are harmless lines about the same fields.
pub fn munin(data: &[u8]) {
    let folder = folder_with("stats.json", data);
    let path = folder.path().join("stats.json");
    selects_what_is_there(&path);
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

fn selects_what_is_there(path: &Path) {
    const NAMES: [&str; 2] = ["a.b", "host.load"];
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
