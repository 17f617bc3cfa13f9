//! A journal is verified in another language: tests/tools/check-journal was written from PROTOCOL.md alone, and finds
//! what `stats-gatherer verify` finds, entry by entry and fault by fault.

use std::fs;

use serde_json::{Value, json};
use statsgrid_tests::{
    Bus, Ended, Gatherer, Letter, PlayedGatherer, PlayedProvider, Process, Python, Random, Site, workspace,
};
use statsgrid_wire::Hash;
use statsgrid_wire::envelope::{SIGNATURE_HEADER, signed_hash};
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::{Scope, Shard, To};

/// Journals of the live run with one bit changed.
const CHANGED: usize = 8;
const ROUND: u64 = 1_795_420_800_000;

/// A line's number and the reason for which it is bad, or that it is torn.
type Fault = (usize, String);

#[test]
fn python_verifies_the_journal_of_a_live_run() {
    let Some(python) = Python::find("a live journal in Python", "cryptography") else { return };
    let site = Site::new();
    let (gatherer, echo) = (site.gatherer(), PlayedProvider::new("echo"));
    run_live(&site, &gatherer, &echo);
    let readers = Readers { python, gatherer };
    let journal = fs::read_to_string(readers.gatherer.journal_path()).unwrap();

    // Both take the same replies for good, by name.
    let key = readers.gatherer.key().to_string();
    let [told, known] = readers.read(&["--replies", "--gatherer", &key], journal.as_bytes()).map(Ended::succeeded);
    assert_eq!(told.stdout, known.stdout);
    assert_eq!(told.stdout.matches(echo.key().as_str()).count(), 2, "{}", told.stdout);
    assert!(told.stderr.ends_with(", late 1, refusals 0\n"), "{}", told.stderr);

    let lines: Vec<String> = journal.lines().map(str::to_owned).collect();
    let of_echo = |line: &String| line.contains(echo.key().as_str());
    let newer = lines.iter().position(of_echo).unwrap();
    let older = lines.iter().rposition(of_echo).unwrap();
    let with = |place: usize, line: String| [&lines[..place], &[line], &lines[place + 1..]].concat();
    let bad = |line: usize, reason: &str| vec![(line + 1, reason.to_owned())];
    let cases = [
        ("a body", with(newer, lines[newer].replace("echo.value", "echo.valve")), bad(newer, "bad_signature")),
        ("a signature", with(newer, with_other_signature(&lines[newer])), bad(newer, "bad_signature")),
        ("its poll", with(older, under_the_subject_of(&lines[older], &lines[newer])), bad(older, "wrong_poll")),
        ("a sample", with(newer, [&*lines[newer], &lines[newer]].join("\n")), bad(newer + 1, "duplicate")),
    ];
    for (what, changed, expected) in cases {
        assert_eq!(readers.faults(&text(&changed)), expected, "{what}");
    }
    let mut random = Random::seeded(9);
    for _ in 0..CHANGED {
        let mut changed = journal.clone().into_bytes();
        let place = random.next_number() as usize % changed.len();
        changed[place] ^= 1 << (random.next_number() % 8);
        readers.faults(&changed);
    }
}

/// A round after another of a real node, and of one whose answer to the first comes when it is over.
fn run_live(site: &Site, gatherer: &Gatherer, echo: &PlayedProvider) {
    let alpha = site.node("alpha").answers(gatherer.address()).load_monitor();
    let bus = Bus::connect(&site.server);
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let provider = alpha.start();
    let journal = gatherer.journal_flags();
    let gathering = gatherer.start(&[&journal.each_ref().map(String::as_str)[..], &["--interval", "2s"]].concat());
    let (older, newer) = (polls.message(), polls.message());
    bus.publish(echo.answer(&newer, &echo.sample(&newer, 2, ("echo.value", 2))));
    gatherer.await_record(echo.key(), "the newer answer", |record| record.sequence == 2);
    bus.publish(echo.answer(&older, &echo.sample(&older, 1, ("echo.value", 1))));
    gatherer.await_own("the late one", |own| own.stats.counters.get("statsgrid.replies_late") == Some(&1));
    gatherer.await_record(alpha.key(), "a second sample", |record| record.sequence > 1);
    provider.terminate().succeeded();
    gathering.terminate().succeeded();
}

/// What a live run seldom brings: second samples, refusals, shards, other prefixes, rounds that are forgotten.
#[test]
fn python_and_verify_agree_on_what_is_rare() {
    let Some(python) = Python::find("a played journal in Python", "cryptography") else { return };
    let site = Site::new();
    let readers = Readers { python, gatherer: site.gatherer() };
    let story = Story { gatherer: PlayedGatherer::new(), node: PlayedProvider::new("node") };
    for (what, lines, bad) in [story.answers(), story.shards(), story.prefixes(), story.rounds()].concat() {
        let expected: Vec<Fault> = bad.into_iter().map(|(line, reason)| (line, reason.to_owned())).collect();
        assert_eq!(readers.faults(&text(&lines)), expected, "{what}");
    }
}

/// What is particular about a journal, its lines, and its bad line.
type Case = (&'static str, Vec<String>, Option<(usize, &'static str)>);

/// A gatherer and a node whose journal is written here.
struct Story {
    gatherer: PlayedGatherer,
    node: PlayedProvider,
}

/// A poll as it stands in a journal.
#[derive(Clone)]
struct Asked {
    letter: Letter,
    hash: Hash,
    id: String,
}

impl Story {
    fn answers(&self) -> Vec<Case> {
        let (all, again) = (self.poll(0, To::All, Scope::All), self.poll(0, To::One(self.node.key()), Scope::All));
        let [first, second] = [1, 2].map(sample);
        let refusal = json!({ "refusal": { "reason": "clock", "clock_ahead_ms": -5 } });
        let told = |before: &Value, after: &Value| {
            vec![all.line(), self.reply(&all, "all", before), again.line(), self.reply(&again, "all", after)]
        };
        let twice = |answer| vec![all.line(), self.reply(&all, "all", answer), self.reply(&all, "all", answer)];
        vec![
            ("nothing", Vec::new(), None),
            ("the same sample again", told(&first, &first), None),
            ("a second sample", told(&first, &second), Some((4, "duplicate"))),
            ("a refusal, then a sample", told(&refusal, &first), None),
            ("a sample, then a refusal", told(&first, &refusal), None),
            ("a sample twice", twice(&first), Some((3, "duplicate"))),
            ("a refusal twice", twice(&refusal), Some((3, "duplicate"))),
        ]
    }

    fn shards(&self) -> Vec<Case> {
        let shards = || (1..=3).filter_map(|index| Shard::new(index, 3));
        let own = shards().find(|shard| shard.holds(&self.node.key())).unwrap();
        let other = shards().find(|shard| !shard.holds(&self.node.key())).unwrap();
        let told = |asked: &Asked, scope: Scope| vec![asked.line(), self.reply(asked, &scope.to_string(), &sample(1))];
        let to_own = self.poll(0, To::Shard(own), Scope::All);
        let to_other = self.poll(0, To::Shard(other), Scope::All);
        let to_one = self.poll(0, To::One(self.node.key()), Scope::Shard(own));
        let to_echo = self.poll(0, To::One(PlayedProvider::new("echo").key()), Scope::All);
        vec![
            ("its shard", told(&to_own, Scope::Shard(own)), None),
            ("its shard, answered to all", told(&to_own, Scope::All), Some((2, "wrong_poll"))),
            ("another shard", told(&to_other, Scope::Shard(other)), Some((2, "wrong_poll"))),
            ("a scope", told(&to_one, Scope::Shard(own)), None),
            ("a scope, answered to all", told(&to_one, Scope::All), Some((2, "wrong_poll"))),
            ("another node", told(&to_echo, Scope::All), Some((2, "wrong_poll"))),
        ]
    }

    fn prefixes(&self) -> Vec<Case> {
        let here = self.poll(0, To::All, Scope::All);
        let subject = here.letter.subject.replace("stats.v1", "else.where");
        let there = Asked { letter: here.letter.clone().sent_to(subject), ..here.clone() };
        let answer = |asked: &Asked| self.reply(asked, "all", &sample(1));
        vec![
            ("another prefix", vec![there.line(), answer(&there)], None),
            ("a poll under another", vec![there.line(), answer(&here)], Some((2, "wrong_poll"))),
            ("one poll under two, the first", vec![here.line(), there.line(), answer(&here)], None),
            (
                "one poll under two, the second",
                vec![here.line(), there.line(), answer(&there)],
                Some((3, "wrong_poll")),
            ),
        ]
    }

    fn rounds(&self) -> Vec<Case> {
        let polls: Vec<Asked> = (0..6).map(|round| self.poll(round, To::All, Scope::All)).collect();
        let told = |count: usize| {
            let asked = polls.iter().take(count).map(Asked::line);
            asked.chain([self.reply(&polls[0], "all", &sample(1))]).collect()
        };
        vec![("five rounds", told(5), None), ("six rounds", told(6), Some((7, "wrong_poll")))]
    }

    fn poll(&self, round: u64, to: To, scope: Scope) -> Asked {
        let poll = Poll { round: ROUND + round * 60_000, scope, ..self.gatherer.poll(to) };
        let letter = self.gatherer.seal(&poll);
        Asked { hash: signed_hash::<Poll>(&letter.body), id: poll.id.to_string(), letter }
    }

    /// The line of an answer in the prefix of `asked`.
    fn reply(&self, asked: &Asked, scope: &str, answer: &Value) -> String {
        let (prefix, _) = asked.letter.subject.split_once(".poll.").unwrap();
        let subject = format!("{prefix}.reply.{}.{scope}.{}.{}", self.gatherer.key(), asked.id, self.node.key());
        let instance = self.node.instance.to_string();
        let body =
            json!({ "poll": asked.hash.to_string(), "instance": instance, "nickname": "node", "answer": answer });
        line("reply", &Letter::signed(&self.node.identity, "reply", &subject, body.to_string()))
    }
}

impl Asked {
    fn line(&self) -> String {
        line("poll", &self.letter)
    }
}

fn sample(sequence: u64) -> Value {
    json!({ "sample": { "sequence": sequence, "age_ms": 5, "counters_age_ms": 60_000, "counters": {}, "stats": {} } })
}

/// An entry in the form of PROTOCOL.md, not by our writer.
fn line(kind: &str, letter: &Letter) -> String {
    let headers: Value = letter.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = std::str::from_utf8(&letter.body).unwrap();
    json!({ "kind": kind, "at_ms": ROUND, "subject": letter.subject, "headers": headers, "body": body }).to_string()
}

/// The two that read a journal.
struct Readers {
    python: Python,
    gatherer: Gatherer,
}

impl Readers {
    /// What is wrong with this journal, if both say the same.
    #[track_caller]
    fn faults(&self, journal: &[u8]) -> Vec<Fault> {
        let [told, known] = self.read(&[], journal);
        assert_eq!(faults(&told), faults(&known), "in Python:\n{}in Rust:\n{}", told.stdout, known.stdout);
        let bad = faults(&told).iter().any(|(_, reason)| reason != "torn");
        assert_eq!((told.code, known.code), if bad { (Some(1), Some(10)) } else { (Some(0), Some(0)) });
        faults(&told)
    }

    /// What both say of it, in Python and in Rust.
    fn read(&self, flags: &[&str], journal: &[u8]) -> [Ended; 2] {
        let (folder, program) = (self.gatherer.folder(), workspace().join("tests/tools/check-journal"));
        let path = folder.join("read");
        fs::write(&path, journal).unwrap();
        let mut python = self.python.command();
        python.arg(program).args(flags).arg(&path);
        let told = Process::start("check-journal", folder, python).ended();
        [told, self.gatherer.verify(flags, &[path])]
    }
}

/// The lines that name a fault.
fn faults(read: &Ended) -> Vec<Fault> {
    let fault = |said: &str| {
        let (line, said) = said.split_once("/read:")?.1.split_once(": ")?;
        let reason = if said.ends_with("left by a kill") { "torn" } else { said.split(':').next()? };
        Some((line.parse().unwrap(), reason.to_owned()))
    };
    read.stdout.lines().filter_map(fault).collect()
}

fn text(lines: &[impl AsRef<str>]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_ref().as_bytes(), b"\n"]).collect::<Vec<_>>().concat()
}

/// The entry with one character of its signature changed.
fn with_other_signature(line: &str) -> String {
    let (before, after) = line.split_once(&format!("\"{SIGNATURE_HEADER}\":\"")).unwrap();
    let other = if after.starts_with('A') { 'B' } else { 'A' };
    format!("{before}\"{SIGNATURE_HEADER}\":\"{other}{}", &after[1..])
}

/// The entry under the subject of the other, whose poll is another.
fn under_the_subject_of(line: &str, other: &str) -> String {
    let subject = |line: &str| serde_json::from_str::<Value>(line).unwrap()["subject"].as_str().unwrap().to_owned();
    line.replace(&subject(line), &subject(other))
}
