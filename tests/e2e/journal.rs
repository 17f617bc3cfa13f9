//! The journal of live runs: what was accepted stands in it, and the binary that checks it finds it whole, whatever
//! happened to the gatherer.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use statsgrid_tests::{Bus, Gatherer, PATIENCE, PlayedProvider, Process, Random, Site, await_until};
use statsgrid_wire::message::{Answer, Sample};

const KILLS: u64 = 8;
/// Played nodes whose replies fill a file of the least size in two rounds.
const FAT_NODES: usize = 12;
/// What a kill may leave of a line.
const TORN: &str = "{\"kind\":\"reply\",";

#[test]
fn what_was_accepted_is_verified_and_what_was_changed_is_found() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address()).load_monitor();
    let bus = Bus::connect(&site.server);
    let echo = PlayedProvider::new("echo");
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let provider = alpha.start();
    let gathering = start(&gatherer, &["--interval", "2s"]);
    let (older, newer) = (polls.message(), polls.message());
    let answer = echo.answer(&newer, &echo.sample(&newer, 2, ("echo.value", 2)));
    bus.publish(answer.clone());
    gatherer.await_record(echo.key(), "the newer answer", |record| record.sequence == 2);
    // Late is accepted; twice, or by nobody's key, is not.
    bus.publish(echo.answer(&older, &echo.sample(&older, 1, ("echo.value", 1))));
    bus.publish(answer.clone());
    bus.publish(answer.unsigned());
    gatherer.await_own("all of it", |own| {
        let count = |name: &str| own.stats.counters.get(name).copied();
        let rejected = [count("statsgrid.rejected.duplicate"), count("statsgrid.rejected.unsigned")];
        (count("statsgrid.replies_late"), rejected) == (Some(1), [Some(1), Some(1)])
    });
    gatherer.await_record(alpha.key(), "a second sample", |record| record.sequence > 1);
    provider.terminate().succeeded();
    gathering.terminate().succeeded();

    let journal = [gatherer.journal_path()];
    let summary = gatherer.verify(&[], &journal).succeeded().stdout;
    assert!(summary.contains(", late 1, refusals 0, again 0, providers 2, missing 0\n"), "{summary}");
    assert!(summary.ends_with(&format!("\ngatherer {}\n", gatherer.key())), "{summary}");
    let key = gatherer.key().to_string();
    let checked = gatherer.verify(&["--replies", "--gatherer", &key], &journal).succeeded();
    let of_echo: Vec<&str> = checked.stdout.lines().filter(|line| line.contains(echo.key().as_str())).collect();
    assert!(of_echo[0].ends_with(&format!("\t{}\t2\tin_time", echo.instance)), "{of_echo:?}");
    assert!(of_echo[1].ends_with(&format!("\t{}\t1\tlate", echo.instance)), "{of_echo:?}");
    assert_eq!(of_echo.len(), 2);
    // What the snapshot says, the node has signed.
    let record = &gatherer.snapshot().unwrap().records[&alpha.key()];
    let (round, instance) = (record.round, record.instance.unwrap());
    let line = format!("{round}\t{}\t{instance}\t{}\t", alpha.key(), record.sequence);
    assert!(checked.stdout.contains(&line), "{line}");

    let text = fs::read_to_string(&journal[0]).unwrap();
    fs::write(&journal[0], text.replacen("echo.value", "echo.valve", 1)).unwrap();
    let found = gatherer.verify(&[], &journal);
    assert_eq!((found.code, found.stdout.contains(": bad_signature: ")), (Some(10), true), "{}", found.stdout);
}

#[test]
fn killed_at_any_moment_it_leaves_a_whole_journal() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let _provider = node.start();
    let path = gatherer.journal_path();
    let mut random = Random::seeded(4);
    let mut before = Vec::new();
    for kill in 0..KILLS {
        let mut gathering = start(&gatherer, &[]);
        await_entry(&gatherer, before.len());
        assert!(gathering.ends_within(random.next_duration(Duration::from_millis(1_500))).is_none());
        gathering.kill();
        // What stood there stands there, and goes on in whole entries.
        let now = fs::read(&path).unwrap();
        assert!(now.starts_with(&before), "kill {kill}");
        let summary = gatherer.verify(&[], std::slice::from_ref(&path)).succeeded().stdout;
        assert!(summary.contains(", bad 0, "), "kill {kill}: {summary}");
        before = now[..=now.iter().rposition(|byte| *byte == b'\n').unwrap()].to_vec();
        if kill % 2 == 0 {
            // So far a kill may get in the middle of a write.
            OpenOptions::new().append(true).open(&path).unwrap().write_all(TORN.as_bytes()).unwrap();
        }
    }
    let gathering = start(&gatherer, &[]);
    await_entry(&gatherer, before.len());
    gathering.terminate().succeeded();
    let summary = gatherer.verify(&[], &[path]).succeeded().stdout;
    assert!(summary.contains(", bad 0, torn 0, "), "{summary}");
}

#[test]
fn a_torn_last_line_is_cut_off_with_a_warning() {
    let site = Site::new();
    let gatherer = site.gatherer();
    fs::write(gatherer.journal_path(), TORN).unwrap();
    let gathering = start(&gatherer, &[]);
    gathering.await_log("ended in a line without an end: 16 bytes were cut off");
    gathering.terminate().succeeded();
    assert_eq!(fs::read_to_string(gatherer.journal_path()).unwrap(), "");
}

#[test]
fn rotated_under_load_it_loses_nothing() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let nodes: Vec<PlayedProvider> = (0..FAT_NODES).map(|number| PlayedProvider::new(&format!("n{number}"))).collect();
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let gathering = start(&gatherer, &["--journal-size", "1MiB", "--journal-keep", "20"]);
    let mut rounds = 0;
    while files(&gatherer).len() < 4 {
        let asked = polls.message();
        rounds += 1;
        for node in &nodes {
            let descriptions = vec!["x".repeat(28_000); 2];
            let sample = Sample { sequence: rounds, descriptions, ..Sample::default() };
            let reply = node.say(&asked, Answer::Sample(Box::new(sample)));
            bus.publish(node.answer(&asked, &reply));
        }
        let last = nodes.last().unwrap().key();
        gatherer.await_record(last, "the round's last answer", |record| record.sequence == rounds);
    }
    // A reader of a live one finds whole entries in what was rotated.
    let older = files(&gatherer);
    for file in &older[..older.len() - 1] {
        let summary = gatherer.verify(&[], std::slice::from_ref(file)).succeeded().stdout;
        assert!(summary.contains(", bad 0, torn 0, "), "{summary}");
    }
    let own = gatherer.await_round();
    let counters = ["statsgrid.journal_lost", "statsgrid.journal_errors"];
    assert_eq!(counters.map(|name| own.stats.counters.get(name).copied()), [Some(0), Some(0)]);
    gathering.terminate().succeeded();
    let summary = gatherer.verify(&[], &files(&gatherer)).succeeded().stdout;
    let expected = format!(
        "replies {}, late 0, refusals 0, again 0, providers {FAT_NODES}, missing 0\n",
        rounds * FAT_NODES as u64
    );
    assert!(summary.contains(&expected), "{summary}");
}

#[test]
fn two_gatherers_do_not_write_one_journal() {
    let site = Site::new();
    let [first, second] = ["first", "second"].map(|name| site.gatherer_in(name));
    let running = start(&first, &[]);
    first.await_own("a round", |own| own.sequence > 0);
    let path = first.journal_path();
    let refused = second.start(&["--journal", path.to_str().unwrap()]).ended();
    assert_eq!(refused.code, Some(8), "{}", refused.stderr);
    let holder = format!(".journal.lock is held by another gatherer (process {})", running.id());
    assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
}

fn start(gatherer: &Gatherer, more: &[&str]) -> Process {
    let journal = gatherer.journal_flags();
    gatherer.start(&[&journal.each_ref().map(String::as_str), more].concat())
}

/// Waits until more stands in the journal than so many bytes and what was torn.
fn await_entry(gatherer: &Gatherer, before: usize) {
    let grown = || fs::metadata(gatherer.journal_path()).ok().filter(|file| file.len() as usize > before + TORN.len());
    await_until("an entry", PATIENCE, grown);
}

/// The files of its journal, the oldest first.
fn files(gatherer: &Gatherer) -> Vec<PathBuf> {
    let path = gatherer.journal_path();
    let older = (1..=20).rev().map(|number: u32| path.with_added_extension(number.to_string()));
    older.chain([path.clone()]).filter(|path| path.exists()).collect()
}
