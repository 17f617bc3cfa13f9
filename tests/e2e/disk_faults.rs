//! A disk that is full, or takes no writes: both daemons say so, go on in memory, and make it good when they can.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use statsgrid_gatherer::snapshot::{Record, Role, Snapshot};
use statsgrid_tests::{Disk, Gatherer, Mounted, PATIENCE, Process, Site, await_until, now_ms, skip};

/// What takes a disk away, what gives it back, and what the system says meanwhile.
type Trouble = (fn(&Mounted), fn(&Mounted), &'static str);

const FULL: Trouble = (Mounted::fill, Mounted::clear, "No space left on device");
const READ_ONLY: Trouble = (Mounted::protect, Mounted::unprotect, "Read-only file system");

#[test]
fn a_gatherer_on_a_full_disk_gathers_on_in_memory() {
    gathers_on(FULL);
}

#[test]
fn a_gatherer_on_a_read_only_disk_gathers_on_in_memory() {
    gathers_on(READ_ONLY);
}

#[test]
fn a_provider_whose_counters_find_no_room_answers_on() {
    answers_on(FULL);
}

#[test]
fn a_provider_whose_counters_cannot_be_written_answers_on() {
    answers_on(READ_ONLY);
}

fn gathers_on((take, give_back, said): Trouble) {
    let site = Site::new();
    let gatherer = site.gatherer();
    let Some(disk) = disk(gatherer.folder()) else { return };
    let gathering = Process::start("gathering", site.path(), disk.under(&gatherer.command(&[])));
    let mounted = disk.of(&gathering);
    let address = mounted.path(&gatherer.folder().join("gatherer.address"));
    let address = await_until("the address", PATIENCE, || fs::read_to_string(&address).ok());
    let node = site.node("alpha").answers(address.trim());
    let _provider = node.start();
    let record = |wanted: &dyn Fn(&Snapshot, &Record) -> bool| {
        await_until("the snapshot on the disk", PATIENCE, || {
            let snapshot = Snapshot::read(&mounted.path(&gatherer.snapshot_path())).unwrap_or_default();
            let alpha = snapshot.records.get(&node.key()).filter(|alpha| wanted(&snapshot, alpha)).cloned();
            alpha.map(|alpha| (snapshot, alpha))
        })
    };
    let (_, before) = record(&|_, alpha| alpha.sequence > 0);

    take(&mounted);
    // Each round says so.
    await_until("three rounds in the log", PATIENCE, || {
        (gathering.stderr().matches("gathering goes on in memory").count() >= 3).then_some(())
    });
    let log = gathering.stderr();
    assert!(log.contains(said) && log.contains(".stats.json.tmp: "), "{log}");
    // What was written last is whole, and no later than the trouble.
    let (kept, alpha) = record(&|_, _| true);
    assert!(alpha.sequence <= before.sequence + 2 && kept.records.len() == 2, "{kept:?}");
    let given_back = now_ms();
    give_back(&mounted);

    let (snapshot, alpha) = record(&|_, alpha| alpha.timestamp.get() > given_back);
    assert!(alpha.sequence >= before.sequence + 3, "no round was left out: {alpha:?}");
    let own = snapshot.records.values().find(|record| record.role == Role::Gatherer).unwrap();
    assert!(own.stats.counters.get("statsgrid.write_errors") >= Some(&3), "{own:?}");
    gathering.terminate().succeeded();
}

fn answers_on((take, give_back, said): Trouble) {
    let site = Site::new();
    let gatherer: Gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).statsd();
    let Some(disk) = disk(&node.folder().join("disk")) else { return };
    let counters = disk.folder().join("counters.json");
    let node = node.keeps_counters_in(&counters);
    node.key();
    let provider = Process::start("alpha", node.folder(), disk.under(&node.command("run")));
    let mounted = disk.of(&provider);
    let _gathering = gatherer.start(&[]);
    let program = UnixDatagram::unbound().unwrap();
    let visit = |expected: u64| {
        await_until("the socket", PATIENCE, || program.send_to(b"visits:1|c", node.socket()).ok());
        gatherer
            .await_record(node.key(), "a visit", |record| record.stats.counters.get("app.visits") == Some(&expected))
    };
    let kept = || fs::read_to_string(mounted.path(&counters)).unwrap_or_default();
    assert_eq!(visit(1).stats.counters.get("statsgrid.counters_unwritten"), Some(&0));
    assert!(kept().contains("\"app.visits\": 1"), "{}", kept());

    take(&mounted);
    visit(2);
    let record = gatherer.await_record(node.key(), "what is not kept", |record| {
        record.stats.counters.get("statsgrid.counters_unwritten") > Some(&2)
    });
    assert!(kept().contains("\"app.visits\": 1"), "{}", kept());
    let log = provider.stderr();
    assert!(log.contains(said) && log.contains(".counters.json.tmp: "), "{log}");
    assert_eq!(log.matches("counting goes on in memory").count(), 1, "it is said seldom: {log}");

    give_back(&mounted);
    await_until("the counters on the disk", PATIENCE, || kept().contains("\"app.visits\": 2").then_some(()));
    let now = visit(3);
    assert_eq!((now.instance, now.started_at), (record.instance, record.started_at));
    provider.terminate().succeeded();
}

/// A disk on `folder`, or a word on why there is none.
fn disk(folder: &Path) -> Option<Disk> {
    let disk = Disk::on(folder);
    if disk.is_none() {
        skip("full and read-only disks: unshare, mount and nsenter give no disk of our own here");
    }
    disk
}
