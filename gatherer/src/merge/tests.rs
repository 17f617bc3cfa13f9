//! What becomes of good snapshots, of those that are not, and of a node that stands in two.

use std::fs;

use statsgrid_wire::{Id, Identity};
use tempfile::TempDir;

use super::*;
use crate::snapshot::{Millis, Role, Snapshot, write_snapshot};

const NOW: u64 = 1_795_358_400_000;

/// A folder of snapshots, written by one gatherer.
struct Shards {
    folder: TempDir,
    gatherer: PublicKey,
}

fn key() -> PublicKey {
    Identity::generate().unwrap().public_key()
}

fn node(timestamp: u64) -> Record {
    Record { timestamp: Millis::new(timestamp), ..Record::unanswered("node") }
}

impl Shards {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), gatherer: key() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a snapshot of these records beside its gatherer's own, which is so old.
    fn write(&self, name: &str, age_ms: u64, nodes: &[(PublicKey, Record)]) -> PathBuf {
        let mut own = Record { role: Role::Gatherer, round: NOW - age_ms, ..node(NOW - age_ms) };
        (own.instance, own.started_at) = (Some(Id::random().unwrap()), Some(Millis::new(NOW - age_ms)));
        own.stats.counters = [("statsgrid.replies", nodes.len() as u64)].into_iter().collect();
        let float = statsgrid_wire::Number::Float;
        let stats = [
            ("statsgrid.providers", statsgrid_wire::Number::Integer(nodes.len() as i64)),
            ("statsgrid.interval_seconds", float(60.0)),
            ("statsgrid.round_seconds", float(age_ms as f64)),
        ];
        own.stats.stats = stats.into_iter().collect();
        let mut records: BTreeMap<_, _> = nodes.iter().cloned().collect();
        records.insert(self.gatherer, own);
        let path = self.path(name);
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
        path
    }

    /// What is told, and the snapshot that comes of it.
    fn merge(&self, paths: &[PathBuf]) -> (Vec<String>, Result<Snapshot, MergeError>) {
        let (out, mut told) = (self.path("all.json"), Vec::new());
        let folder = format!("{}/", self.folder.path().display());
        let merged = merge(&out, paths, NOW, |trouble| told.push(trouble.to_string().replace(&folder, "")));
        (told, merged.map(|()| Snapshot::read(&out).unwrap()))
    }
}

#[test]
fn each_node_is_there_once_with_its_newest_record_and_the_gatherer_as_one() {
    let shards = Shards::new();
    let mut nodes: Vec<_> = (0..50).map(|number| (key(), node(NOW - number))).collect();
    let newer = (nodes[0].0, node(NOW + 1));
    let one = shards.write("1.json", 1_000, &nodes[..30]);
    let two = shards.write("2.json", 3_000, &[&nodes[30..], std::slice::from_ref(&newer)].concat());
    nodes[0] = newer;
    for paths in [[one.clone(), two.clone()], [two, one]] {
        let (told, merged) = shards.merge(&paths);
        assert_eq!(told, [""; 0]);
        let mut records = merged.unwrap().records;
        let own = records.remove(&shards.gatherer).unwrap();
        assert_eq!(records, nodes.iter().cloned().collect());
        assert_eq!(own.stats.counters.get("statsgrid.replies"), Some(&51));
        let stat = |name| own.stats.stats.get(name).map(|number| number.as_f64());
        assert_eq!(stat("statsgrid.providers"), Some(51.0));
        assert_eq!((stat("statsgrid.interval_seconds"), stat("statsgrid.round_seconds")), (Some(60.0), Some(3_000.0)));
        assert_eq!((own.timestamp.get(), own.round, own.instance), (NOW - 3_000, NOW - 3_000, None));
        assert_eq!(own.started_at, Some(Millis::new(NOW - 1_000)));
    }
}

#[test]
fn what_is_no_good_is_named_and_the_rest_is_joined() {
    let shards = Shards::new();
    let held = (key(), node(NOW));
    let good = shards.write("good.json", 0, std::slice::from_ref(&held));
    let text = fs::read_to_string(shards.write("half.json", 0, &[(key(), node(NOW))])).unwrap();
    fs::write(shards.path("half.json"), &text[..text.len() - 2]).unwrap();
    fs::write(shards.path("later.json"), text.replace("\"schema\":1", "\"schema\":2")).unwrap();
    fs::write(shards.path("bad.json"), text.replace("\"timestamp\":", "\"timestamp\":x")).unwrap();
    let mut lines: Vec<&str> = text.trim_end().lines().collect();
    lines.swap(1, 2);
    let swapped = lines.join("\n").replace("}}\n\"", "}},\n\"").replace("},\n}", "}\n}") + "\n";
    fs::write(shards.path("swapped.json"), swapped).unwrap();
    shards.write("old.json", VALID_MS + 5_000, &[]);
    let names = ["missing.json", "half.json", "later.json", "bad.json", "swapped.json", "old.json"];
    let paths: Vec<PathBuf> = names.into_iter().map(|name| shards.path(name)).chain([good]).collect();
    let (told, merged) = shards.merge(&paths);
    let unlike = |name| format!("{name} is no snapshot as a gatherer writes it, or not a whole one");
    let expected = [
        "no snapshot at missing.json: give its path, or wait for the end of its gatherer's first round".to_owned(),
        unlike("half.json"),
        "the snapshot later.json has schema 2, and this version reads 1 at most: update it".to_owned(),
        unlike("bad.json"),
        unlike("swapped.json"),
    ];
    let mut expected = expected.map(|line| line + "; its values are left out").to_vec();
    expected.push("old.json was written 305 s ago: see whether its gatherer runs".to_owned());
    assert_eq!(told, expected);
    let records = merged.unwrap().records;
    assert_eq!((records.len(), records.get(&held.0)), (2, Some(&held.1)));

    // Where nothing is good, what was merged before stays.
    let before = fs::read(shards.path("all.json")).unwrap();
    let (told, merged) = shards.merge(&paths[..5]);
    assert!(told.len() == 5 && matches!(merged, Err(MergeError::Nothing(_))));
    assert_eq!(fs::read(shards.path("all.json")).unwrap(), before);
}

#[test]
fn a_part_is_not_written_over_nor_what_a_gatherer_writes() {
    let shards = Shards::new();
    let part = shards.write("all.json", 0, &[]);
    let (_, merged) = shards.merge(&[part]);
    assert!(matches!(merged, Err(MergeError::SameFile(_))));
    let part = shards.write("part.json", 0, &[]);
    let _held = Lock::take(&shards.path("all.json.lock"), "gatherer", "").unwrap();
    let (_, merged) = shards.merge(&[part]);
    assert!(matches!(merged, Err(MergeError::Lock(LockError::Held { .. }))));
}

/// Writes `nodes` as the snapshot of a gatherer that asks this shard.
fn write_shard(shards: &Shards, (index, count): (u32, u32), nodes: &[(PublicKey, Record)]) -> PathBuf {
    let path = shards.write(&format!("{index}.json"), 0, nodes);
    let mut records = Snapshot::read(&path).unwrap().records;
    let own = records.get_mut(&shards.gatherer).unwrap();
    let number = |number: u32| statsgrid_wire::Number::Integer(number.into());
    let mut stats: Vec<_> = own.stats.stats.iter().map(|(name, number)| (name.to_owned(), *number)).collect();
    stats.extend([("statsgrid.shard".to_owned(), number(index)), ("statsgrid.shards".to_owned(), number(count))]);
    own.stats.stats = stats.into_iter().collect();
    write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
    path
}

/// A node of this shard.
fn node_of(shard: (u32, u32), timestamp: u64) -> (PublicKey, Record) {
    let shard = Shard::new(shard.0, shard.1).unwrap();
    (std::iter::repeat_with(key).find(|key| shard.holds(key)).unwrap(), node(timestamp))
}

#[test]
fn the_nodes_of_a_shard_that_is_away_keep_their_records_and_no_others_do() {
    let shards = Shards::new();
    let [first, second, gone] = [(1, 2), (2, 2), (1, 2)].map(|shard| node_of(shard, NOW - 1));
    let one = write_shard(&shards, (1, 2), &[first.clone(), gone.clone()]);
    let two = write_shard(&shards, (2, 2), std::slice::from_ref(&second));
    let paths = [one, two.clone()];
    let (told, merged) = shards.merge(&paths);
    assert_eq!((told, merged.unwrap().records.len()), (vec![], 4));

    // One is away; of the other one a node has left, and another has a newer record.
    fs::remove_file(&two).unwrap();
    let newer = (first.0, node(NOW));
    write_shard(&shards, (1, 2), std::slice::from_ref(&newer));
    for _ in 0..2 {
        let (told, merged) = shards.merge(&paths);
        let missing = "no snapshot at 2.json: give its path, or wait for the end of its gatherer's first round";
        assert_eq!(told, [format!("{missing}; its nodes keep the values of the last merge")]);
        let mut records = merged.unwrap().records;
        let own = records.remove(&shards.gatherer).unwrap();
        assert_eq!(own.stats.counters.get("statsgrid.replies"), Some(&1), "its gatherer's counts do not stay");
        assert_eq!(records, [newer.clone(), second.clone()].into_iter().collect());
    }
    // What is merged is no good: there is nothing to keep.
    fs::write(shards.path("all.json"), "{").unwrap();
    let (told, merged) = shards.merge(&paths);
    assert!(told[0].ends_with("; its values are left out"), "{told:?}");
    assert_eq!(merged.unwrap().records.len(), 2);
}

#[test]
fn one_run_that_is_named_twice_is_counted_once() {
    let shards = Shards::new();
    let one = shards.write("1.json", 0, &[(key(), node(NOW))]);
    fs::copy(&one, shards.path("copy.json")).unwrap();
    let (told, merged) = shards.merge(&[one.clone(), shards.path("copy.json"), one]);
    let twice = |name| format!("{name} is of a gatherer's run that another one is of too; it is left out");
    assert_eq!(told, [twice("copy.json"), twice("1.json")]);
    let own = &merged.unwrap().records[&shards.gatherer];
    assert_eq!(own.stats.counters.get("statsgrid.replies"), Some(&1));
}

#[test]
fn of_one_runs_files_the_newest_counts_wherever_it_is_named() {
    let shards = Shards::new();
    let live = shards.write("live.json", 9_000, &[(key(), node(NOW))]);
    let backup = shards.path("backup.json");
    fs::copy(&live, &backup).unwrap();
    let mut records = Snapshot::read(&live).unwrap().records;
    records.get_mut(&shards.gatherer).unwrap().timestamp = Millis::new(NOW);
    write_snapshot(&live, records.iter().map(|(key, record)| (*key, record))).unwrap();
    for paths in [[backup.clone(), live.clone()], [live, backup]] {
        let (told, merged) = shards.merge(&paths);
        assert_eq!(told, ["backup.json is of a gatherer's run that another one is of too; it is left out"]);
        assert_eq!(merged.unwrap().records[&shards.gatherer].timestamp, Millis::new(NOW));
    }
}

/// As after a change of the number of shards: the old file has the same sample, and does not know that the node is gone.
#[test]
fn of_two_records_of_one_sample_the_one_that_was_written_later_counts() {
    let shards = Shards::new();
    let (key, sample) = (key(), node(NOW - 100_000));
    let of = |outcome| Record { outcome: Some(outcome), ..sample.clone() };
    use crate::snapshot::RoundOutcome::{Gone, Ok};
    let old = shards.write("old.json", 60_000, &[(key, of(Ok))]);
    let new = shards.write("new.json", 0, &[(key, of(Gone))]);
    for paths in [[old.clone(), new.clone()], [new, old]] {
        let (_, merged) = shards.merge(&paths);
        assert_eq!(merged.unwrap().records[&key].outcome, Some(Gone));
    }
}

#[test]
fn a_catalogue_that_cannot_be_written_is_told_and_the_values_are_there() {
    let shards = Shards::new();
    let one = shards.write("1.json", 0, &[(key(), node(NOW))]);
    // A folder stands where it belongs.
    fs::create_dir(shards.path("all.json.catalogue")).unwrap();
    fs::write(shards.path("all.json.catalogue/in-the-way"), "").unwrap();
    let (_, merged) = shards.merge(&[one]);
    assert!(matches!(merged, Err(MergeError::Write(_))));
    assert_eq!(Snapshot::read(&shards.path("all.json")).unwrap().records.len(), 2);
}
