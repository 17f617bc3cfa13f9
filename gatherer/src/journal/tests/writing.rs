//! What the thread leaves in the files, and what it counts when a disk does not do as it should.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use statsgrid_wire::{Clock, ManualClock};
use tempfile::TempDir;

use super::*;
use crate::journal::file::JournalFile;
use crate::journal::queue::{Journal, JournalPlan};
use crate::journal::tail::Tail;
use crate::limits::JOURNAL_SIZE_LEAST;
use crate::snapshot::beside;
use statsgrid_wire::daemon::{Lock, LockError};

struct Bench {
    // Removed at the end.
    _folder: TempDir,
    plan: JournalPlan,
    clock: Arc<ManualClock>,
    asking: Asking,
    nodes: Vec<Node>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let plan = JournalPlan { path, size: JOURNAL_SIZE_LEAST, keep: 16 };
        let clock = Arc::new(ManualClock::at(NOW));
        let nodes = (0..3).map(|_| Node::new()).collect();
        Self { _folder: folder, plan, clock, asking: Asking::new(), nodes }
    }

    fn start(&self) -> Journal {
        Journal::on(&self.plan, self.clock.clone()).unwrap()
    }

    /// A poll of this round goes out.
    fn ask(&self, journal: &mut Journal, round: u64) -> Asked {
        let asked = self.asking.ask(To::All, NOW + round);
        journal.asked(&asked.sealed, self.clock.now());
        asked
    }

    fn accept(&self, journal: &mut Journal, asked: &Asked, reply: Entry) {
        journal.accepted(asked.sealed.hash, Some(reply), false, self.clock.now());
    }

    /// All nodes answer a poll of this round.
    fn round(&self, journal: &mut Journal, round: u64) {
        let asked = self.ask(journal, round);
        for node in &self.nodes {
            let reply = self.asking.sample(node, &asked, round);
            self.accept(journal, &asked, reply);
        }
        journal.round_over();
    }

    fn read(&self, path: &Path) -> (Summary, Found) {
        verify(&fs::read(path).unwrap())
    }

    /// The files, the oldest first.
    fn files(&self) -> Vec<PathBuf> {
        let older = (1..=self.plan.keep).rev().map(|number| beside(&self.plan.path, &number.to_string()));
        older.chain([self.plan.path.clone()]).filter(|path| path.exists()).collect()
    }
}

#[test]
fn what_is_accepted_stands_there_at_the_end() {
    let bench = Bench::new();
    let mut journal = bench.start();
    (1..=4).for_each(|round| bench.round(&mut journal, round));
    journal.finish();
    // And the next run goes on.
    let mut journal = bench.start();
    (5..=6).for_each(|round| bench.round(&mut journal, round));
    journal.finish();
    let (summary, found) = bench.read(&bench.plan.path);
    assert_eq!((summary.polls, summary.replies, summary.bad, summary.torn), (6, 18, 0, 0));
    assert!(found.replies.iter().all(|reply| reply.sequence == Some(reply.round - NOW)));
}

#[test]
fn a_poll_that_nobody_answers_is_left_out_and_a_late_answer_brings_it() {
    let bench = Bench::new();
    let mut journal = bench.start();
    let [old, _, new] = [1, 2, 3].map(|round| {
        let asked = bench.ask(&mut journal, round);
        journal.round_over();
        asked
    });
    bench.accept(&mut journal, &new, bench.asking.sample(&bench.nodes[0], &new, 2));
    let late = bench.asking.sample(&bench.nodes[0], &old, 1);
    journal.accepted(old.sealed.hash, Some(late), true, bench.clock.now());
    journal.finish();
    let (summary, found) = bench.read(&bench.plan.path);
    assert_eq!((summary.polls, summary.replies, summary.late, summary.bad), (2, 2, 1, 0));
    let replies: Vec<_> = found.replies.iter().map(|reply| (reply.round - NOW, reply.late)).collect();
    assert_eq!(replies, [(3, false), (1, true)]);
}

/// Polls of the rounds whose replies a gatherer takes are there for them, and no others.
#[test]
fn polls_are_forgotten_with_their_rounds() {
    let bench = Bench::new();
    let mut journal = bench.start();
    let first = bench.ask(&mut journal, 0);
    let answer = |journal: &mut Journal, node: usize| {
        bench.accept(journal, &first, bench.asking.sample(&bench.nodes[node], &first, 1));
        journal.lost_and_errors().0
    };
    (1..=3).for_each(|_| journal.round_over());
    assert_eq!(answer(&mut journal, 0), 0);
    journal.round_over();
    assert_eq!(answer(&mut journal, 1), 1);
    journal.finish();
    assert_eq!(bench.read(&bench.plan.path).0.replies, 1);
}

#[test]
fn each_of_the_rotated_files_is_whole_by_itself() {
    let bench = Bench::new();
    let mut journal = bench.start();
    let padding = "x".repeat(20_000);
    for round in 1..=40 {
        let asked = bench.ask(&mut journal, round);
        for node in &bench.nodes {
            let descriptions = vec![padding.clone()];
            let sample = Sample { sequence: round, descriptions, ..Sample::default() };
            let reply = bench.asking.reply(node, &asked, Answer::Sample(Box::new(sample)));
            bench.accept(&mut journal, &asked, entry(&reply));
        }
    }
    assert_eq!(journal.lost_and_errors(), (0, 0));
    journal.finish();
    let files = bench.files();
    assert!(files.len() > 2, "{files:?}");
    let replies = files.iter().map(|path| {
        assert!(fs::metadata(path).unwrap().len() <= JOURNAL_SIZE_LEAST);
        let (summary, _) = bench.read(path);
        assert_eq!((summary.bad, summary.torn), (0, 0), "{path:?}");
        summary.replies
    });
    assert_eq!(replies.sum::<u64>(), 120);
}

#[test]
fn a_file_that_cannot_be_rotated_grows_on_until_it_can() {
    let mut bench = Bench::new();
    bench.plan.keep = 1;
    let in_the_way = beside(&bench.plan.path, "1");
    fs::create_dir(&in_the_way).unwrap();
    // A file that is nearly full.
    let line = text(&[bench.asking.ask(To::All, NOW).entry()]);
    let lines = JOURNAL_SIZE_LEAST as usize / line.len();
    fs::write(&bench.plan.path, line.repeat(lines)).unwrap();

    let mut journal = bench.start();
    bench.round(&mut journal, 1);
    journal.finish();
    assert_eq!((bench.read(&bench.plan.path).0.replies, in_the_way.is_dir()), (3, true));
    fs::remove_dir(&in_the_way).unwrap();
    let mut journal = bench.start();
    bench.round(&mut journal, 2);
    journal.finish();
    let replies = [&in_the_way, &bench.plan.path].map(|path| bench.read(path).0.replies);
    assert_eq!(replies, [3, 3]);
}

#[test]
fn a_file_that_cannot_be_rotated_grows_to_a_bound() {
    let mut bench = Bench::new();
    bench.plan.keep = 1;
    fs::create_dir(beside(&bench.plan.path, "1")).unwrap();
    let mut journal = bench.start();
    let asked = bench.ask(&mut journal, 1);
    let reply = Entry { body: "x".repeat(60_000), ..bench.asking.sample(&bench.nodes[0], &asked, 1) };
    let accepted = 3 * JOURNAL_SIZE_LEAST / 60_000;
    (0..accepted).for_each(|_| bench.accept(&mut journal, &asked, reply.clone()));
    let lost = journal.finish();
    let text = fs::read_to_string(&bench.plan.path).unwrap();
    assert!(text.len() as u64 <= 2 * JOURNAL_SIZE_LEAST && text.len() as u64 > 2 * JOURNAL_SIZE_LEAST - 61_000);
    assert_eq!(text.lines().count() as u64 - 1, accepted - lost, "each is in the file behind its poll, or counted");
}

/// It is counted, nobody waits for it, and an end comes all the same.
#[test]
fn a_disk_that_takes_nothing_holds_up_nobody() {
    let bench = Bench::new();
    let (mut file, _) = JournalFile::open(&bench.plan.path, bench.plan.size, 1).unwrap();
    file.tail = Tail::of(OpenOptions::new().append(true).open("/dev/full").unwrap()).unwrap();
    let lock = Lock::take(&bench.plan.path.with_added_extension("lock"), "gatherer", "stop it").unwrap();
    let mut journal = Journal::over(file, lock, bench.clock.clone()).unwrap();
    bench.round(&mut journal, 1);
    while journal.lost_and_errors().1 == 0 {
        std::thread::yield_now();
    }
    assert_eq!(journal.lost_and_errors().0, 0, "while it is asked again nothing is lost");
    assert_eq!(journal.finish(), 3);
}

/// What waits has a bound, and what goes beyond it is counted.
#[test]
fn a_queue_that_is_full_loses_and_counts() {
    let bench = Bench::new();
    let (mut file, _) = JournalFile::open(&bench.plan.path, bench.plan.size, 1).unwrap();
    file.tail = Tail::of(OpenOptions::new().append(true).open("/dev/full").unwrap()).unwrap();
    let lock = Lock::take(&bench.plan.path.with_added_extension("lock"), "gatherer", "stop it").unwrap();
    let mut journal = Journal::over(file, lock, bench.clock.clone()).unwrap();
    let asked = bench.ask(&mut journal, 1);
    let reply = Entry { body: "x".repeat(60_000), ..bench.asking.sample(&bench.nodes[0], &asked, 1) };
    let accepted = 2_000;
    (0..accepted).for_each(|_| bench.accept(&mut journal, &asked, reply.clone()));
    let lost = journal.lost_and_errors().0;
    assert!((800..1_000).contains(&lost), "{lost}");
    assert_eq!(journal.finish(), accepted);
}

#[test]
fn a_second_gatherer_is_kept_off_and_a_journal_that_is_off_does_nothing() {
    let bench = Bench::new();
    let journal = bench.start();
    let error = Journal::on(&bench.plan, bench.clock.clone()).unwrap_err();
    assert!(error.to_string().contains(".journal.lock is held by another gatherer"), "{error}");
    assert!(matches!(error, crate::journal::JournalError::Lock(LockError::Held { .. })));
    journal.finish();
    bench.start().finish();

    let mut off = Journal::off();
    bench.round(&mut off, 1);
    assert_eq!((off.is_on(), off.lost_and_errors(), off.finish()), (false, (0, 0), 0));
}
