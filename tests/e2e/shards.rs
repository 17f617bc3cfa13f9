//! Four gatherers of one identity, each with a shard: together they ask each node once, whenever it comes and goes, and
//! one snapshot comes of theirs.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use statsgrid_gatherer::snapshot::{Record, Role, RoundOutcome};
use statsgrid_tests::{Bus, Gatherer, Node, PATIENCE, PlayedProvider, Process, Site, await_until, command, programs};
use statsgrid_wire::subject::{Shard, Topic};
use statsgrid_wire::{Number, PublicKey};

const SHARDS: u32 = 4;

/// The gatherers, whose files lie in one folder.
struct Sharded {
    gatherers: Vec<Gatherer>,
    _running: Vec<Process>,
}

impl Sharded {
    fn start(site: &Site) -> Self {
        Self::start_with(site, "open")
    }

    /// Each keeps a journal beside its snapshot.
    fn start_with(site: &Site, enrol: &str) -> Self {
        let one = site.gatherer();
        let gatherers: Vec<_> = (1..=SHARDS).map(|index| one.with_snapshot(&format!("shard-{index}.json"))).collect();
        let start = |(index, gatherer): (usize, &Gatherer)| {
            let (shard, journal) = (format!("{}/{SHARDS}", index + 1), journal_of(gatherer));
            gatherer.start(&["--shard", &shard, "--enrol", enrol, "--journal", &journal.to_string_lossy()])
        };
        let _running = gatherers.iter().enumerate().map(start).collect();
        Self { gatherers, _running }
    }

    fn address(&self) -> &str {
        self.gatherers[0].address()
    }

    /// The gatherer that `key` belongs to.
    fn of(&self, key: PublicKey) -> &Gatherer {
        let holds = |index: &u32| Shard::new(*index, SHARDS).unwrap().holds(&key);
        let index = (1..=SHARDS).find(holds).unwrap();
        &self.gatherers[index as usize - 1]
    }

    /// The providers, each as often as a snapshot holds it, and whether they have answered; sorted.
    fn held(&self) -> Vec<(PublicKey, bool)> {
        let records = self.gatherers.iter().filter_map(Gatherer::snapshot).flat_map(|snapshot| snapshot.records);
        let providers = records.filter(|(_, record)| record.role == Role::Provider);
        let mut held: Vec<_> = providers.map(|(key, record)| (key, record.sequence > 0)).collect();
        held.sort();
        held
    }

    /// Joins the snapshots, as a timer would; gives a gatherer's folder with what came of it.
    fn merge(&self) -> Gatherer {
        let all = self.gatherers[0].with_snapshot("all.json");
        let mut merge = command(programs().gatherer());
        merge.arg("merge").arg(all.snapshot_path()).args(self.gatherers.iter().map(Gatherer::snapshot_path));
        Process::start("merge", all.folder(), merge).ended().succeeded();
        all
    }

    fn await_held(&self, mut nodes: Vec<PublicKey>) {
        nodes.sort();
        let held = await_until("a sample of each node", PATIENCE, || {
            let held = self.held();
            (held.iter().filter(|(_, answered)| *answered).count() >= nodes.len()).then_some(held)
        });
        assert_eq!(held, nodes.iter().map(|key| (*key, true)).collect::<Vec<_>>(), "each is in one snapshot");
    }
}

fn journal_of(gatherer: &Gatherer) -> PathBuf {
    gatherer.snapshot_path().with_extension("journal")
}

#[test]
fn four_gatherers_hold_each_node_once() {
    let site = Site::new();
    let address = site.gatherer().address().to_owned();
    let nodes: Vec<Node> = (1..=20).map(|number| site.node(&format!("node-{number}")).answers(&address)).collect();
    let mut providers: Vec<Process> = nodes.iter().map(Node::start).collect();
    let sharded = Sharded::start(&site);
    assert_eq!(sharded.address(), address, "one identity, and one line for all nodes");
    let keys = |nodes: &[Node]| nodes.iter().map(Node::key).collect::<Vec<_>>();
    sharded.await_held(keys(&nodes));

    // One that comes later, and one that goes.
    let late = site.node("late").answers(&address);
    let _late = late.start();
    sharded.await_held([keys(&nodes), vec![late.key()]].concat());
    let (leaver, process) = (&nodes[0], providers.remove(0));
    process.terminate().succeeded();
    let gone = |record: &Record| record.outcome == Some(RoundOutcome::Gone);
    sharded.of(leaver.key()).await_record(leaver.key(), "its goodbye", gone);

    // The other shards' polls are nothing that a node would have to tell, nor their nodes anything to a gatherer.
    for node in nodes.iter().skip(1) {
        let record = sharded.of(node.key()).await_record(node.key(), "more samples", |record| record.sequence > 2);
        let dropped: Vec<_> =
            record.stats.counters.iter().filter(|(name, _)| name.starts_with("statsgrid.polls_dropped")).collect();
        assert_eq!(dropped, [], "{}", node.name());
    }
    for gatherer in &sharded.gatherers {
        let own = gatherer.await_round();
        let rejected = own.stats.counters.iter().filter(|(name, _)| name.starts_with("statsgrid.rejected."));
        assert_eq!(rejected.map(|(_, count)| count).sum::<u64>(), 0);
    }
    is_merged(&site, &sharded, &nodes[1..]);
}

/// While all gatherers write: one snapshot of all nodes, and one record of the gatherers, for each reader.
fn is_merged(site: &Site, sharded: &Sharded, nodes: &[Node]) {
    let all = sharded.merge();
    for _ in 0..20 {
        sharded.merge();
        let mut records = all.snapshot().unwrap().records;
        let own = records.remove(&all.key()).unwrap();
        assert_eq!(own.stats.stats.get("statsgrid.providers"), Some(&Number::Integer(nodes.len() as i64 + 1)));
        // Those who run, the late one, and the last record of the one that went.
        assert_eq!(records.len(), nodes.len() + 2);
    }
    let status = all.runs("status", &[]);
    assert!(status.stdout.contains("node-1") && !status.stdout.contains("stopped"), "{status:?}");
    let mut show = command(programs().gatherer());
    show.arg("show").arg(all.snapshot_path()).arg("--csv");
    let shown = Process::start("show", site.path(), show).ended().succeeded().stdout;
    let link = site.path().join("statsgrid_gatherer_providers");
    symlink(programs().munin_plugin(), &link).unwrap();
    let mut plugin = command(&link);
    plugin.env("statsfile", all.snapshot_path());
    let fetched = Process::start("munin", site.path(), plugin).ended().succeeded().stdout;
    assert!(fetched.lines().any(|line| line.ends_with(&format!(".value {}", nodes.len() + 1))), "{fetched}");
    for node in nodes {
        assert!(shown.contains(&format!("{},{},", node.key(), node.name())), "{shown}");
    }
}

/// Who misses the poll to its shard is asked alone, and answers its own shard's gatherer.
#[test]
fn a_node_that_is_asked_alone_answers_its_shard() {
    let site = Site::new();
    let sharded = Sharded::start(&site);
    let bus = Bus::connect(&site.server);
    let node = PlayedProvider::new("hard of hearing");
    let gatherer = sharded.of(node.key());
    // Before the end of the first round nobody is asked alone.
    gatherer.await_own("a round", |own| own.round > 0);
    let key = gatherer.key();
    let asked_alone = format!("stats.v1.poll.{key}.one.{}", node.key());
    let mut polls = bus.subscribe(asked_alone);
    bus.publish(node.announce(&node.announcement(key)));
    for sequence in 1..=3 {
        let asked = polls.message();
        let letter = node.answer(&asked, &node.sample(&asked, sequence, ("a.stat", 7)));
        let subjects = statsgrid_wire::subject::Subjects::under("stats.v1").unwrap();
        let Some(Topic::Reply { scope, .. }) = subjects.read(&letter.subject) else { panic!("{}", letter.subject) };
        assert!(scope.holds(&node.key()) && !scope.is_all(), "{scope}");
        bus.publish(letter);
        gatherer.await_record(node.key(), "its sample", |record| record.sequence == sequence);
    }
    assert_eq!(sharded.held(), [(node.key(), true)]);
}

/// Only its own shard's gatherer puts a node before people to decide on; what they say beside the merged snapshot holds at
/// all, and what is accepted stands in its shard's journal, which needs no other to be checked.
#[test]
fn a_stranger_waits_at_its_shard_and_is_approved_for_it() {
    let site = Site::new();
    let sharded = Sharded::start_with(&site, "approve");
    let node = site.node("stranger").answers(sharded.address());
    let (key, _node) = (node.key(), node.start());
    let own = sharded.of(key);
    let waits = |gatherer: &Gatherer| {
        let listed = gatherer.runs("providers", &[]).succeeded().stdout;
        listed.contains(key.as_str()) && listed.contains("pending")
    };
    await_until("the stranger at its shard", PATIENCE, || waits(own).then_some(()));
    for gatherer in &sharded.gatherers {
        gatherer.await_round();
        assert_eq!(waits(gatherer), gatherer.snapshot_path() == own.snapshot_path(), "{gatherer:?}");
    }
    let all = sharded.merge();
    assert!(waits(&all), "who waits at a shard waits beside the merged snapshot");
    all.runs("approve", &[key.as_str()]).succeeded();
    own.await_record(key, "its sample", |record| record.sequence > 0);
    assert_eq!(sharded.held(), [(key, true)]);
    let in_journal = |gatherer: &Gatherer| {
        let checked = gatherer.verify(&["--replies", "--gatherer", gatherer.key().as_str()], &[journal_of(gatherer)]);
        checked.succeeded().stdout.contains(key.as_str())
    };
    await_until("its reply in the journal", PATIENCE, || in_journal(own).then_some(()));
    let others = sharded.gatherers.iter().filter(|gatherer| gatherer.snapshot_path() != own.snapshot_path());
    assert_eq!(others.filter(|gatherer| in_journal(gatherer)).count(), 0);
}
