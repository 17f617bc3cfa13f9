//! The snapshot, as the munin plugin reads it: only what a graph needs, and what it prints of that.

use std::collections::BTreeSet;
use std::path::Path;

use statsgrid_gatherer::munin::{Call, GRAPHS, answer};
use statsgrid_gatherer::snapshot::label::is_harmless;
use statsgrid_gatherer::snapshot::{Reading, Selected, Series, Snapshot, select};

use crate::folder_with;

/// A time at which the records of the corpus are fresh.
const NOW_MS: u64 = 1_795_420_800_000;

/// What the plugin selects is what the whole snapshot says, and its answers are harmless lines about the same fields.
pub fn munin(data: &[u8]) {
    let folder = folder_with("stats.json", data);
    let path = folder.path().join("stats.json");
    selects_what_is_there(&path);
    for graph in GRAPHS {
        let ask = |arguments: &[String]| {
            answer(&Call { program: graph.name, arguments, statsfile: Some(&path), now_ms: NOW_MS }).ok()
        };
        match (ask(&[]), ask(&["config".to_owned()])) {
            (Some(values), Some(config)) => assert!(fields(&values, ".value").is_subset(&fields(&config, ".label"))),
            (values, config) => assert_eq!(values.is_some(), config.is_some()),
        }
    }
}

/// What stands before `attribute` on the lines that have it.
fn fields<'a>(answer: &'a str, attribute: &str) -> BTreeSet<&'a str> {
    assert!(answer.lines().all(|line| line.chars().all(is_harmless)), "{answer:?}");
    answer.lines().filter_map(|line| line.split(' ').next()?.strip_suffix(attribute)).collect()
}

fn selects_what_is_there(path: &Path) {
    let wanted = [Series::Counter("a.b"), Series::Stat("a.b"), Series::Stat("host.load"), Series::Counter("host.load")];
    let Ok(whole) = Snapshot::read(path) else { return };
    let selected = select(path, &wanted).expect("the whole of it was read");
    let expected = whole.records.into_iter().map(|(key, record)| Selected {
        key,
        role: record.role,
        readings: wanted.map(|series| Reading { value: record.value(series), taken: record.taken(series) }).into(),
        nickname: record.nickname,
    });
    assert_eq!(selected, expected.collect::<Vec<_>>());
}
