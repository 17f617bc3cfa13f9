//! Reads of a snapshot only what is wanted: of each record who it is, and the wanted values with their times.
//!
//! munin calls a plugin for each graph, every five minutes, and a fleet's snapshot is large. So a file that looks as
//! our writer makes it is read line by line, in memory that grows with what is wanted alone, and with names that are
//! known beforehand each record is only scanned. Of what is not wanted there the shape is checked, not that its strings
//! and numbers are JSON: the file comes whole or not at all, and one that is cut off anywhere is noticed. A record that
//! the scan does not know is parsed; with a file that is laid out otherwise, or has anything wrong in it, all of it is,
//! and that says what is wrong. Where only some nodes are wanted, the records of others are not looked into.

use std::path::Path;

use statsgrid_wire::PublicKey;

use super::lines::{Line, Lines, Unlike};
use super::parse;
use super::read::{ReadError, check_schema, read_text};
use super::scan::Scan;
use super::selection::{Collector, Found};
use super::{SCHEMA, Selection, Wanted};

/// Reads what is `wanted` of the snapshot at `path`. `now_ms` is the wall clock, by which values are fresh or old.
pub fn select(path: &Path, wanted: Wanted<'_>, now_ms: u64) -> Result<Selection, ReadError> {
    by_lines(path, wanted, now_ms).or_else(|Unlike| select_as_a_whole(path, wanted, now_ms))
}

/// As [`select()`], of any JSON: what the other way must agree with.
pub fn select_as_a_whole(path: &Path, wanted: Wanted<'_>, now_ms: u64) -> Result<Selection, ReadError> {
    let text = read_text(path)?;
    let read = parse::snapshot(&text, wanted, now_ms);
    let (selection, newest) = read.map_err(|error| ReadError::parsing(path, &text, error))?;
    check_schema(path, newest)?;
    Ok(selection)
}

/// As [`select()`], of what our writer makes and this version knows.
pub(super) fn by_lines(path: &Path, wanted: Wanted<'_>, now_ms: u64) -> Result<Selection, Unlike> {
    let mut collector = Collector::new(wanted, now_ms);
    let mut scan = Scan::new(&mut collector);
    let mut lines = Lines::open(path)?;
    let mut found = Found::default();
    while let Some(Line { key, record }) = lines.next()? {
        let key = PublicKey::try_from(key).map_err(|_| Unlike)?;
        if !key.as_str().starts_with(wanted.keys) {
            continue;
        }
        let scanned = scan.as_mut().is_some_and(|scan| scan.record(record, &mut collector, &mut found).is_ok());
        if !scanned {
            let text = str::from_utf8(record).map_err(|_| Unlike)?;
            found = parse::record(text, &mut collector).map_err(|_| Unlike)?;
        }
        if found.schema > Some(SCHEMA) {
            return Err(Unlike);
        }
        collector.add(key, &mut found);
    }
    collector.finish().map_err(|_| Unlike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{
        Cell, Kind, Millis, Names, ProducerRecord, Record, Role, Snapshot, Stats, Value, write_snapshot,
    };
    use statsgrid_wire::message::Outcome;
    use statsgrid_wire::{Hash, Identity, Number};
    use std::collections::BTreeMap;

    const NOW: u64 = 1_795_358_400_123;
    const WANTED: [&str; 4] = ["disk.used", "load_monitor.avg_load", "disk.free", "nowhere.at_all"];

    fn of(names: &'static [&'static str]) -> Wanted<'static> {
        Wanted { names: Names::Of(names), keys: "" }
    }

    /// Records with everything in them, wanted or not.
    fn records() -> BTreeMap<PublicKey, Record> {
        let disk = ProducerRecord {
            outcome: Outcome::Error,
            message: Some("a \"quoted\" \n text".to_owned()),
            taken_at: Some(Millis::new(NOW - 400_000)),
            pace: Some(Millis::new(600_000)),
            digest: Some(Hash::of(b"disk")),
            description: Some(Hash::of(b"description")),
        };
        let load = ProducerRecord { taken_at: Some(Millis::new(NOW - 301_000)), pace: None, ..disk.clone() };
        let full = Record {
            timestamp: Millis::new(NOW),
            stats: Stats {
                counters: [("disk.used", u64::MAX), ("other", 1)].into_iter().collect(),
                stats: [("disk.used", Number::Integer(-5)), ("load_monitor.avg_load", Number::Float(0.25))]
                    .into_iter()
                    .collect(),
            },
            role: Role::Gatherer,
            producers: [("disk", disk), ("load_monitor", load)].into_iter().collect(),
            ..Record::unanswered("quo\"ted")
        };
        let key = || Identity::generate().unwrap().public_key();
        let other = Record { timestamp: Millis::new(NOW), ..Record::unanswered("gamma") };
        [(key(), full), (key(), Record::unanswered("beta")), (key(), other)].into_iter().collect()
    }

    #[test]
    fn selects_what_the_whole_snapshot_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let records = records();
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        let selection = select(&path, of(&WANTED), NOW).unwrap();
        let all =
            select(&path, Wanted { names: Names::Matching(&|name| WANTED.contains(&name)), keys: "" }, NOW).unwrap();
        let records = Snapshot::read(&path).unwrap().records;
        assert!(selection.nodes.iter().map(|node| node.key).eq(records.keys().copied()));
        let at = |nickname: &str| selection.nodes.iter().position(|node| node.nickname == nickname).unwrap();
        let cell = |name: &str, kind, nickname: &str| selection.cells(name, kind).unwrap()[at(nickname)];
        let full = |name: &str, kind| cell(name, kind, "quo\"ted");
        let was = |value, ago| Some(Cell { value, at: Millis::new(NOW - ago) });
        assert_eq!(full("disk.used", Kind::Counter), was(Some(Value::Count(u64::MAX)), 0));
        assert_eq!(full("disk.used", Kind::Stat), was(Some(Value::Number(Number::Integer(-5))), 400_000));
        assert_eq!(full("load_monitor.avg_load", Kind::Stat), was(None, 301_000));
        let empty = Some(Cell { value: None, at: Millis::default() });
        assert_eq!(full("disk.free", Kind::Stat), empty, "its producer runs there");
        assert_eq!(full("nowhere.at_all", Kind::Stat), None);
        assert_eq!(cell("nowhere.at_all", Kind::Stat, "beta"), empty, "it may run there");
        assert_eq!(cell("disk.used", Kind::Counter, "beta"), empty);
        assert_eq!(cell("disk.used", Kind::Counter, "gamma"), None, "it runs no producer");
        assert!(selection.descriptions("disk").eq([Hash::of(b"description")]));
        assert_eq!(selection.all_descriptions(), [Hash::of(b"description")].into());
        for name in ["disk.used", "load_monitor.avg_load"] {
            assert_eq!(all.cells(name, Kind::Stat), selection.cells(name, Kind::Stat));
        }
        assert_eq!(all.names().collect::<Vec<_>>(), ["disk.used", "load_monitor.avg_load"]);
    }

    #[test]
    fn one_node_can_be_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let records = records();
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        let (key, _) = records.iter().nth(1).unwrap();
        let wanted = Wanted { names: Names::Of(&WANTED), keys: &key.as_str()[..20] };
        let selection = select(&path, wanted, NOW).unwrap();
        assert_eq!(selection.nodes.iter().map(|node| node.key).collect::<Vec<_>>(), [*key]);
    }

    #[test]
    fn most_nodes_decide_what_a_name_is() {
        let node = |kind: &str, description: &str| {
            let key = Identity::generate().unwrap().public_key();
            let hash = Hash::of(description.as_bytes());
            format!(
                r#""{key}":{{"timestamp":3,"nickname":"","stats":{{"{kind}":{{"a.b":7}}}},
                "producers":{{"a":{{"description":"{hash}"}}}}}}"#
            )
        };
        let nodes = [node("stats", "x"), node("counters", "y"), node("counters", "y"), node("stats", "z")];
        let read = |nodes: &[String]| {
            let text = format!("{{{}}}", nodes.join(","));
            let selection = parse::snapshot(&text, of(&["a.b"]), NOW).unwrap().0;
            (selection.kind("a.b"), selection.descriptions("a").next())
        };
        assert_eq!(read(&nodes[..3]), (Some(Kind::Counter), Some(Hash::of(b"y"))));
        assert_eq!(read(&nodes[..1]), (Some(Kind::Stat), Some(Hash::of(b"x"))));
        assert_eq!(read(&nodes).0, Some(Kind::Stat), "what is no counter everywhere is drawn as it is");
        assert_eq!(read(&[]), (Some(Kind::Stat), None));
    }

    #[test]
    fn fields_and_records_come_in_any_order_and_unknown_ones_are_skipped() {
        let mut keys: Vec<_> = (0..2).map(|_| Identity::generate().unwrap().public_key()).collect();
        keys.sort();
        let text = format!(
            r#"{{"{}":{{"timestamp":1,"nickname":"","stats":{{}}}},
            "{}":{{"later":[{{}}],"producers":{{"disk":{{"later":0,"taken_at":2.5}}}},"schema":1,
            "stats":{{"later":{{}},"stats":{{"disk.free":7}}}},"nickname":"n","timestamp":3}}}}"#,
            keys[1], keys[0]
        );
        let (selection, newest) = parse::snapshot(&text, of(&WANTED), 3000).unwrap();
        assert_eq!(newest, Some(1));
        assert_eq!(selection.nodes.iter().map(|node| node.key).collect::<Vec<_>>(), keys);
        let seven = Cell { value: Some(Value::Number(Number::Integer(7))), at: Millis::new(2_500) };
        let empty = Cell { value: None, at: Millis::default() };
        assert_eq!(selection.cells("disk.free", Kind::Stat), Some([Some(seven), Some(empty)].as_slice()));
    }
}
