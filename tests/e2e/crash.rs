//! The gatherer's files outlive whatever happens to the gatherer.

use std::fs;
use std::path::Path;
use std::time::Duration;

use statsgrid_gatherer::snapshot::{Catalogue, Millis, Record, Snapshot, Stats, write_snapshot};
use statsgrid_tests::{Gatherer, PATIENCE, Random, Site, await_until, now_ms, values};
use statsgrid_wire::{Identity, Number, PublicKey};

/// Kills at random moments, and as many in the middle of a write.
const KILLS: u64 = 10;
/// Records of nodes that are gone: so many that a write takes a while.
const GONE: usize = 3_000;

#[test]
fn killed_at_any_moment_it_leaves_a_whole_snapshot_and_catalogue() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let gone = fill(&gatherer);
    let _provider = node.start();
    let mut random = Random::seeded(2);
    // A whole run comes first: the node's producer is compiled, and described.
    let gathering = gatherer.start(&[]);
    let catalogue = || Catalogue::read(&gatherer.snapshot_path()).unwrap();
    await_until("alpha's description", PATIENCE, || (catalogue().0.len() == 1).then_some(()));
    let first = gatherer.await_record(node.key(), "alpha's record", |record| record.sequence > 0).timestamp;
    gathering.terminate().succeeded();
    let (mut last, mut cut) = (Some(first), 0);
    for kill in 0..2 * KILLS {
        let mut gathering = gatherer.start(&[]);
        if kill % 2 == 0 {
            assert!(gathering.ends_within(random.next_duration(Duration::from_millis(2_000))).is_none());
        } else {
            await_until("a write", PATIENCE, || temporary(&gatherer).exists().then_some(()));
            assert!(gathering.ends_within(random.next_duration(Duration::from_millis(30))).is_none());
        }
        gathering.kill();
        cut += u64::from(temporary(&gatherer).exists());

        // It is whole, or reading it fails; nobody's record is missing, and none is older than it was.
        let snapshot = gatherer.snapshot().unwrap();
        assert!(
            gone.iter().all(|(key, record)| snapshot.records.get(key).map(values) == Some(values(record))),
            "kill {kill}"
        );
        let alpha = snapshot.records.get(&node.key()).map(|record| record.timestamp);
        assert!(alpha >= last, "kill {kill}: {alpha:?} after {last:?}");
        last = alpha;
        // The catalogue is whole too, and keeps what it once held.
        let (catalogue, dropped) = catalogue();
        assert_eq!((catalogue.len(), dropped), (1, 0), "kill {kill}");
    }
    assert!(last > Some(first), "no round was written between the kills");
    assert!(cut > 0, "no kill hit a write");

    // What the killed ones left beside it is gone after a round.
    let gathering = gatherer.start(&[]);
    gatherer.await_round();
    gathering.terminate().succeeded();
    assert!(!temporary(&gatherer).exists());
}

#[test]
fn a_second_gatherer_on_the_same_snapshot_refuses() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let first = gatherer.start(&[]);
    gatherer.await_own("the first round", |own| own.sequence > 0);
    // Its outputs go elsewhere than the first one's.
    let second = statsgrid_tests::Process::start("second", gatherer.folder(), gatherer.command(&[])).ended();
    assert_eq!(second.code, Some(8), "{}", second.stderr);
    let holder = format!("is held by another gatherer (process {})", first.id());
    assert!(second.stderr.contains(&holder), "{}", second.stderr);

    // The lock is the kernel's: it ends with a killed gatherer, whose file stays.
    first.kill();
    gatherer.start(&["--once"]).ended();
    assert!(gatherer.snapshot_path().with_added_extension("lock").exists());
    gatherer.await_own("a round of its own", |own| own.sequence == 1);
}

#[test]
fn a_corrupt_snapshot_is_set_aside() {
    let check = |text: &str| {
        let site = Site::new();
        let gatherer = site.gatherer();
        fs::write(gatherer.snapshot_path(), text).unwrap();
        let gathering = gatherer.start(&[]);
        gathering.await_log("was corrupt and is now");
        await_until("a round", PATIENCE, || Snapshot::read(&gatherer.snapshot_path()).ok());
        let aside = files(gatherer.folder()).into_iter().find(|name| name.starts_with("stats.json.corrupt-"));
        let aside = gatherer.folder().join(aside.expect("it is kept"));
        assert_eq!(fs::read_to_string(aside).unwrap(), text);
    };
    check("");
    check("{\"U");
    check("[]");
    check("{\"alpha\":{}}");
}

#[test]
fn a_snapshot_of_a_later_version_is_not_overwritten() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let key = Identity::generate().unwrap().public_key();
    let later = format!(
        "{{\"{key}\":{{\"timestamp\":1.5,\"nickname\":\"n\",\"stats\":{{\"counters\":{{}},\"stats\":{{}}}},\"schema\":2}}}}"
    );
    fs::write(gatherer.snapshot_path(), &later).unwrap();
    let ended = gatherer.start(&[]).ended();
    assert_eq!(ended.code, Some(7), "{}", ended.stderr);
    assert!(ended.stderr.contains("has schema 2, and this version reads 1 at most: update it"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(gatherer.snapshot_path()).unwrap(), later);
}

#[test]
fn a_restart_keeps_the_last_values_of_who_is_gone() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let provider = node.start();
    let gathering = gatherer.start(&[]);
    let key = node.key();
    gatherer.await_record(key, "alpha's record", |record| record.sequence > 0);
    provider.terminate().succeeded();
    gathering.terminate().succeeded();
    let before = gatherer.snapshot().unwrap();
    let record = &before.records[&key];
    assert!(record.stats.stats.get("load_monitor.avg_load").is_some());

    let _gathering = gatherer.start(&[]);
    let instance = before.records[&gatherer.key()].instance;
    gatherer.await_own("a round of the next run", |own| own.instance != instance);
    assert_eq!(values(&gatherer.snapshot().unwrap().records[&key]), values(record));
}

/// Puts the records of many nodes that are gone into the snapshot.
fn fill(gatherer: &Gatherer) -> Vec<(PublicKey, Record)> {
    let stats =
        |value: i64| (0..30).map(move |number| (format!("storage_server.number_{number}"), Number::Integer(value)));
    let record = |value: usize| Record {
        timestamp: Millis::new(now_ms()),
        stats: Stats { stats: stats(value as i64).collect(), ..Stats::default() },
        ..Record::unanswered(format!("gone-{value}"))
    };
    let mut gone: Vec<_> = (0..GONE).map(|value| (Identity::generate().unwrap().public_key(), record(value))).collect();
    gone.sort_by_key(|(key, _)| *key);
    write_snapshot(&gatherer.snapshot_path(), gone.iter().map(|(key, record)| (*key, record))).unwrap();
    gone
}

/// Where the snapshot is written before it is renamed.
fn temporary(gatherer: &Gatherer) -> std::path::PathBuf {
    gatherer.folder().join(".stats.json.tmp")
}

fn files(folder: &Path) -> Vec<String> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
