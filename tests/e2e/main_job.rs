//! The main job: three nodes with the example producers, a gatherer, and the snapshot held against what the machine
//! and the nodes' own files say.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde::Deserialize;
use statsgrid_gatherer::snapshot::{Catalogue, Record, Role, Snapshot};
use statsgrid_tests::{Gatherer, Node, Process, Site, command, now_ms, programs};
use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Hash, Number, PublicKey};

#[test]
fn three_nodes_and_a_gatherer() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let address = gatherer.address();
    let node = |name| site.node(name).answers(address).load_monitor().storage_server().host();
    let nodes = ["alpha", "beta", "gamma"].map(node);
    for (node, share) in nodes.iter().zip([1_000, 20_000, 300_000]) {
        fs::write(node.storage().join("share"), vec![7; share]).unwrap();
        fs::write(node.storage().join("spare"), vec![7; 234]).unwrap();
        fs::write(node.storage().join("incoming/half"), vec![7; 77]).unwrap();
    }
    let _providers = nodes.each_ref().map(Node::start);
    let gathering = gatherer.start(&["--interval", "2s"]);
    let keys = nodes.each_ref().map(Node::key);

    for (key, share) in keys.iter().zip([1_000, 20_000, 300_000]) {
        let record = gatherer.await_record(*key, "a record of three producers", |record| {
            record.producers.len() == 3 && record.producers.iter().all(|(_, producer)| producer.outcome == Outcome::Ok)
        });
        assert_eq!(integer(&record, "storage_server.consumed"), share + 234 + 77);
        assert_eq!(integer(&record, "storage_server.allocated"), 77);
        assert_eq!(record.stats.counters.get("storage_server.bytes_added"), Some(&0));
        assert_eq!(record.stats.counters.get("storage_server.bytes_freed"), Some(&0));
    }
    follows_the_storage(&gatherer, &nodes[0], keys[0]);
    says_what_the_machine_says(&gatherer, keys[1]);

    assert_eq!(gathering.terminate().succeeded().stdout.trim(), format!("address {address}"));
    let snapshot = gatherer.snapshot().unwrap();
    has_the_originals_records(&gatherer, &snapshot, &keys);
    knows_the_producers(&gatherer, &snapshot, &keys);
    is_shown(&gatherer, &snapshot, &keys);
    is_drawn_by_munin(&gatherer, &snapshot, &keys);
}

/// Files come, go and are moved out of incoming/: the counters say by how much.
fn follows_the_storage(gatherer: &Gatherer, node: &Node, key: PublicKey) {
    let storage = node.storage();
    let counter = |record: &Record, name| record.stats.counters.get(name).copied();
    fs::write(storage.join("added"), vec![7; 12_345]).unwrap();
    gatherer
        .await_record(key, "bytes that came", |record| counter(record, "storage_server.bytes_added") == Some(12_345));
    fs::remove_file(storage.join("spare")).unwrap();
    fs::rename(storage.join("incoming/half"), storage.join("whole")).unwrap();
    let record = gatherer.await_record(key, "bytes that went", |record| {
        counter(record, "storage_server.bytes_freed") == Some(234)
            && counter(record, "storage_server.bytes_added") == Some(12_345 + 77)
    });
    assert_eq!(integer(&record, "storage_server.consumed"), 1_000 + 12_345 + 77);
    assert_eq!(integer(&record, "storage_server.allocated"), 0);
}

/// A sample that was taken between two looks at /proc lies between them.
fn says_what_the_machine_says(gatherer: &Gatherer, key: PublicKey) {
    let (before, since) = (Machine::look(), now_ms());
    let record = gatherer.await_record(key, "a sample after the first look", |record| {
        let host = record.producers.get("host").and_then(|host| host.taken_at);
        // The age in the reply is in whole milliseconds, on both ways.
        host.is_some_and(|taken_at| taken_at.get() > since + 2)
    });
    let after = Machine::look();

    assert_eq!(integer(&record, "host.memory.total"), before.memory_total);
    let between = |name: &str, before: f64, after: f64| {
        let value = number(&record, name);
        assert!(before <= value && value <= after, "{name}: {value} is not within {before}..={after}");
    };
    between("host.uptime", before.uptime, after.uptime);
    between("host.cpu.user", before.cpu_user, after.cpu_user);
    between("host.processes.forks", before.forks, after.forks);
    between("host.context_switches", before.context_switches, after.context_switches);
    // The kernel counts it anew each 5 s, and on a busy machine it moves.
    between("host.load1", before.load.min(after.load) - 1.0, before.load.max(after.load) + 1.0);
    between("host.memory.available", 1.0, before.memory_total as f64);
    between("load_monitor.avg_load", 0.0, number(&record, "load_monitor.max_load"));
}

/// Whatever read the original's stats.json reads ours.
fn has_the_originals_records(gatherer: &Gatherer, snapshot: &Snapshot, keys: &[PublicKey; 3]) {
    #[derive(Deserialize)]
    struct Original {
        timestamp: f64,
        nickname: String,
        stats: OriginalStats,
    }
    #[derive(Deserialize)]
    struct OriginalStats {
        counters: BTreeMap<String, f64>,
        stats: BTreeMap<String, f64>,
    }
    let text = fs::read_to_string(gatherer.snapshot_path()).unwrap();
    let originals: BTreeMap<String, Original> = serde_json::from_str(&text).unwrap();
    assert_eq!(originals.len(), 4);
    let now = now_ms() as f64 / 1000.0;
    for (key, name) in keys.iter().zip(["alpha", "beta", "gamma"]) {
        let original = &originals[key.as_str()];
        assert_eq!(original.nickname, name);
        assert!(now - 60.0 < original.timestamp && original.timestamp <= now, "{} at {now}", original.timestamp);
        assert!(original.stats.stats["host.memory.total"] > 0.0);
        assert!(original.stats.counters.contains_key("storage_server.bytes_added"));
        let start = format!(
            "\"{key}\":{{\"timestamp\":{},\"nickname\":\"{name}\",\"stats\":{{\"counters\":{{",
            original.timestamp
        );
        assert!(text.contains(&start), "{start} is not in {text}");
    }
    let roles: Vec<Role> = snapshot.records.values().map(|record| record.role).collect();
    assert_eq!(roles.iter().filter(|role| **role == Role::Provider).count(), 3);
    let own = &snapshot.records[&gatherer.key()];
    assert_eq!((own.role, own.nickname.as_str(), integer(own, "statsgrid.providers")), (Role::Gatherer, "gatherer", 3));
    assert_eq!(own.round % 2_000, 0, "rounds are aligned");
    let mode = fs::metadata(gatherer.snapshot_path()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o644, "munin's user reads it");
}

/// Each record names its producers' components and descriptions, and the catalogue holds the latter.
fn knows_the_producers(gatherer: &Gatherer, snapshot: &Snapshot, keys: &[PublicKey; 3]) {
    let (catalogue, dropped) = Catalogue::read(&gatherer.snapshot_path()).unwrap();
    assert_eq!((catalogue.len(), dropped), (3, 0), "three nodes run the same three producers");
    for key in keys {
        let record = &snapshot.records[key];
        for (name, stat) in [("load_monitor", "avg_load"), ("storage_server", "consumed"), ("host", "memory.total")] {
            let producer = record.producers.get(name).unwrap();
            let component = fs::read(programs().producer(name)).unwrap();
            assert_eq!(producer.digest, Some(Hash::of(&component)), "{name}");
            let description = catalogue.get(&producer.description.unwrap()).unwrap();
            assert!(description.stats.iter().any(|described| described.name == stat), "{description:?}");
        }
    }
}

fn is_shown(gatherer: &Gatherer, snapshot: &Snapshot, keys: &[PublicKey; 3]) {
    let mut show = command(programs().gatherer());
    show.arg("show").arg(gatherer.snapshot_path());
    let shown = Process::start("show", gatherer.folder(), show).ended().succeeded().stdout;
    let row = shown.lines().find(|line| line.starts_with("storage_server.consumed")).expect(&shown);
    for (key, name) in keys.iter().zip(["alpha", "beta", "gamma"]) {
        assert!(shown.contains(name), "{shown}");
        let consumed = integer(&snapshot.records[key], "storage_server.consumed").to_string();
        assert!(row.split_whitespace().any(|cell| cell == consumed), "{consumed} is not in {row}");
    }
}

/// The plugin, linked under a name as munin has it, prints each node's number.
fn is_drawn_by_munin(gatherer: &Gatherer, snapshot: &Snapshot, keys: &[PublicKey; 3]) {
    let link = gatherer.folder().join("tahoe_storage_consumed");
    symlink(programs().munin_plugin(), &link).unwrap();
    let mut plugin = command(&link);
    plugin.env("statsfile", gatherer.snapshot_path());
    let fetched = Process::start("munin", gatherer.folder(), plugin).ended().succeeded().stdout;
    let value = |line: &str| line.split_once(".value ").map(|(_, value)| value.to_owned());
    let mut values: Vec<String> = fetched.lines().filter_map(value).collect();
    let consumed = |key| integer(&snapshot.records[key], "storage_server.consumed").to_string();
    let mut expected: Vec<String> = keys.iter().map(consumed).collect();
    values.sort();
    expected.sort();
    assert_eq!(values, expected, "{fetched}");
}

/// What /proc says of this machine.
struct Machine {
    memory_total: i64,
    uptime: f64,
    cpu_user: f64,
    forks: f64,
    context_switches: f64,
    load: f64,
}

impl Machine {
    fn look() -> Self {
        let field = |file: &str, line: &str, place: usize| -> f64 {
            let text = fs::read_to_string(file).unwrap();
            let line = text.lines().find(|held| held.starts_with(line)).expect(file);
            line.split_whitespace().nth(place).unwrap().parse().unwrap()
        };
        Self {
            memory_total: field("/proc/meminfo", "MemTotal:", 1) as i64 * 1024,
            uptime: field("/proc/uptime", "", 0),
            cpu_user: field("/proc/stat", "cpu ", 1) / 100.0,
            forks: field("/proc/stat", "processes ", 1),
            context_switches: field("/proc/stat", "ctxt ", 1),
            load: field("/proc/loadavg", "", 0),
        }
    }
}

fn number(record: &Record, name: &str) -> f64 {
    let number = record.stats.stats.get(name);
    number.unwrap_or_else(|| panic!("{name} is not in {record:?}")).as_f64()
}

fn integer(record: &Record, name: &str) -> i64 {
    match record.stats.stats.get(name) {
        Some(Number::Integer(value)) => *value,
        other => panic!("{name} is {other:?}"),
    }
}
