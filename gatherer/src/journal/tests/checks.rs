//! What the reader takes, and each thing that it does not.

use statsgrid_wire::Reason;
use statsgrid_wire::subject::Shard;

use super::*;
use crate::journal::entry::Kind;
use crate::settings::Enrol;
use crate::trust::{Admission, Standing};

/// These entries are good, but for the last one.
#[track_caller]
fn check_bad(entries: &[Entry], reason: Reason, expected: &str) {
    check_bad_text(&text(entries), entries.len() as u64, reason, expected);
}

#[track_caller]
fn check_bad_text(text: &[u8], line: u64, reason: Reason, expected: &str) {
    let (summary, found) = verify(text);
    assert_eq!((summary.bad, found.bad.len()), (1, 1), "{:?}", found.bad);
    let (place, why) = &found.bad[0];
    assert_eq!((*place, why.reason), (line, reason), "{why}");
    assert!(why.detail.contains(expected), "{why}");
}

#[track_caller]
fn check_good(entries: &[Entry]) -> (Summary, Found) {
    let (summary, found) = verify(&text(entries));
    assert_eq!(found.bad, []);
    assert_eq!(summary.entries, entries.len() as u64);
    (summary, found)
}

#[test]
fn an_honest_journal_is_good() {
    let (g, a, b) = (Asking::new(), Node::new(), Node::new());
    let (first, second) = (g.ask(To::All, NOW), g.ask(To::All, NOW + 60_000));
    let to_b = g.ask(To::One(b.key()), NOW + 60_000);
    let late = Entry { late: true, ..g.sample(&b, &first, 7) };
    let refused = entry(&g.reply(&b, &to_b, refusal()));
    let (summary, found) = check_good(&[
        first.entry(),
        g.sample(&a, &first, 1),
        second.entry(),
        g.sample(&a, &second, 3),
        late,
        to_b.entry(),
        refused,
    ]);
    let expected = format!(
        "entries 7, bad 0, torn 0, polls 3, gatherers 1, replies 4, late 1, refusals 1, again 0, providers 2, missing 1\n\
         gatherer {}\nmissing 1 of {}",
        g.key(),
        a.key()
    );
    assert_eq!(summary.to_string(), expected);
    let late = Checked { round: NOW, provider: b.key(), instance: b.instance, sequence: Some(7), late: true };
    assert_eq!(found.replies[2], late);
    assert_eq!((found.replies[3].round, found.replies[3].sequence), (NOW + 60_000, None));
}

#[test]
fn a_message_that_was_changed_is_bad() {
    let (g, a, b) = (Asking::new(), Node::new(), Node::new());
    let asked = g.ask(To::All, NOW);
    let good = g.sample(&a, &asked, 1);
    let other = g.sample(&b, &asked, 1);
    let check = |changed: Entry, reason, expected: &str| check_bad(&[asked.entry(), changed], reason, expected);
    let body = good.body.replace("alpha", "omega");
    check(Entry { body, ..good.clone() }, Reason::BadSignature, "over this body");
    // A white space more is another body.
    let body = format!("{} ", good.body);
    check(Entry { body, ..good.clone() }, Reason::BadSignature, "over this body");
    let swapped = text(std::slice::from_ref(&good));
    let swapped = String::from_utf8(swapped).unwrap();
    let changed = |from: &str, to: &str| serde_json::from_str::<Entry>(&swapped.replace(from, to)).unwrap();
    let signature = |entry: &Entry| {
        let value = serde_json::to_value(entry).unwrap();
        value["headers"]["Statsgrid-Signature"].as_str().unwrap().to_owned()
    };
    check(changed(&signature(&good), &signature(&other)), Reason::BadSignature, "over this body");
    check(changed(&signature(&good), "AAAA"), Reason::BadSignature, "no signature of 64 bytes");
    let version = ("\"Statsgrid-Version\":\"1\"", "\"Statsgrid-Version\":\"2\"");
    check(changed(version.0, version.1), Reason::UnsupportedVersion, "message version \"2\"");
    let key = format!("\"Statsgrid-Key\":\"{}\"", a.key());
    check(changed(&key, &key.replace(a.key().as_str(), b.key().as_str())), Reason::WrongKey, "signed as");
    check(changed(a.key().as_str(), b.key().as_str()), Reason::BadSignature, "over this body");
    check(Entry { kind: Kind::Poll, ..good.clone() }, Reason::BadSignature, "over this body");
    let subject = good.subject.replace(".reply.", ".answer.");
    check(Entry { subject, ..good }, Reason::WrongKey, "names no signer");
}

#[test]
fn a_reply_needs_its_poll_before_it() {
    let (g, a, b) = (Asking::new(), Node::new(), Node::new());
    let (asked, other) = (g.ask(To::All, NOW), g.ask(To::All, NOW));
    let missing = "which does not stand before it";
    check_bad(&[g.sample(&a, &asked, 1)], Reason::WrongPoll, missing);
    check_bad(&[other.entry(), g.sample(&a, &asked, 1)], Reason::WrongPoll, missing);
    let after = text(&[g.sample(&a, &asked, 1), asked.entry()]);
    check_bad_text(&after, 1, Reason::WrongPoll, missing);
    // A poll that was changed is none.
    let changed = Entry { body: asked.entry().body.replace("10000", "20000"), ..asked.entry() };
    let (summary, found) = verify(&text(&[changed, g.sample(&a, &asked, 1)]));
    assert_eq!(
        (summary.bad, found.bad[0].1.reason, found.bad[1].1.reason),
        (2, Reason::BadSignature, Reason::WrongPoll)
    );
    let to_b = g.ask(To::One(b.key()), NOW);
    check_bad(&[to_b.entry(), g.sample(&a, &to_b, 1)], Reason::WrongPoll, "answers a poll to one.U");
}

/// Nothing that is signed says on which subject a reply came but the poll that it names.
#[test]
fn a_reply_stands_on_the_subject_that_its_poll_gives() {
    let (g, a) = (Asking::new(), Node::new());
    let (asked, other) = (g.ask(To::All, NOW), g.ask(To::All, NOW));
    let good = g.sample(&a, &asked, 1);
    let check = |from: &str, to: &str| {
        let moved = Entry { subject: good.subject.replace(from, to), ..good.clone() };
        check_bad(&[asked.entry(), other.entry(), moved], Reason::WrongPoll, "on another subject than its poll gives");
    };
    check("stats.v1", "stats.v2");
    check(".all.", ".1-2.");
    check(&asked.poll.id.to_string(), &other.poll.id.to_string());
    check(g.key().as_str(), Asking::new().key().as_str());
    let shard = (1..=2).map(|index| Shard::new(index, 2).unwrap()).find(|shard| shard.holds(&a.key())).unwrap();
    let asked = g.ask(To::Shard(shard), NOW);
    check_good(&[asked.entry(), g.sample(&a, &asked, 1)]);
    let other = Asking::under("poll.site-1");
    let asked = other.ask(To::All, NOW);
    check_good(&[asked.entry(), other.sample(&a, &asked, 1)]);
}

#[test]
fn nobody_answers_twice() {
    let (g, a) = (Asking::new(), Node::new());
    let (first, again) = (g.ask(To::All, NOW), g.ask(To::One(a.key()), NOW));
    let good = g.sample(&a, &first, 1);
    check_bad(&[first.entry(), good.clone(), good.clone()], Reason::Duplicate, "answers one poll twice");
    let refused = entry(&g.reply(&a, &first, refusal()));
    check_bad(&[first.entry(), refused.clone(), refused], Reason::Duplicate, "answers one poll twice");
    let second = g.sample(&a, &again, 2);
    check_bad(&[first.entry(), good.clone(), again.entry(), second], Reason::Duplicate, "gives two samples");
    // A provider that was started anew has another, and a gatherer that was asks for the same again.
    let restarted = Node { identity: Identity::from_seed(&a.identity.seed().unwrap()).unwrap(), ..Node::new() };
    check_good(&[first.entry(), good.clone(), again.entry(), g.sample(&restarted, &again, 1)]);
    let (summary, _) = check_good(&[first.entry(), good, again.entry(), g.sample(&a, &again, 1)]);
    assert_eq!((summary.replies, summary.again), (2, 1));
}

#[test]
fn polls_of_the_last_five_rounds_are_remembered() {
    let (g, a) = (Asking::new(), Node::new());
    let polls: Vec<Asked> = (0..6).map(|round| g.ask(To::All, NOW + round)).collect();
    let entries: Vec<Entry> = polls.iter().map(Asked::entry).collect();
    let late = g.sample(&a, &polls[0], 1);
    check_good(&[&entries[..5], std::slice::from_ref(&late)].concat());
    check_bad(&[&entries[..], std::slice::from_ref(&late)].concat(), Reason::WrongPoll, "does not stand before it");
    // More of the same rounds push nobody out, nor does a poll that stands again.
    let more = (0..5).map(|round| g.ask(To::One(a.key()), NOW + round).entry());
    let more: Vec<Entry> = entries[..5].iter().cloned().chain(more).chain(entries[..5].iter().cloned()).collect();
    check_good(&[more, vec![late]].concat());
}

#[test]
fn other_gatherers_are_taken_only_if_none_is_named() {
    let (g, other, a) = (Asking::new(), Asking::new(), Node::new());
    let [ours, theirs] = [&g, &other].map(|gatherer| {
        let asked = gatherer.ask(To::All, NOW);
        [asked.entry(), gatherer.sample(&a, &asked, 1)]
    });
    let both = [ours, theirs].concat();
    check_good(&both);
    let (mut verification, mut found) = (Verification::of(vec![g.key()]), Found::default());
    verification.read(text(&both).as_slice(), &mut found).unwrap();
    let reasons: Vec<_> = found.bad.iter().map(|(line, why)| (*line, why.reason)).collect();
    assert_eq!(reasons, [(3, Reason::OtherGatherer), (4, Reason::OtherGatherer)]);
}

#[test]
fn providers_are_taken_as_a_trust_file_says_if_one_is_given() {
    let (g, [trusted, revoked, unknown]) = (Asking::new(), [(); 3].map(|()| Node::new()));
    let asked = g.ask(To::All, NOW);
    let replies = [&trusted, &revoked, &unknown].map(|node| g.sample(node, &asked, 1));
    let entries = [vec![asked.entry()], replies.to_vec()].concat();
    check_good(&entries);
    let standings = [(trusted.key(), Standing::Trusted), (revoked.key(), Standing::Revoked)];
    let mut verification = Verification::default().trusting(Admission::new(Enrol::Approve, standings));
    let mut found = Found::default();
    verification.read(text(&entries).as_slice(), &mut found).unwrap();
    let reasons: Vec<_> = found.bad.iter().map(|(line, why)| (*line, why.reason)).collect();
    assert_eq!(reasons, [(3, Reason::Revoked), (4, Reason::UnknownProvider)]);
}

#[test]
fn what_is_no_entry_is_bad_and_the_next_one_is_read() {
    let (g, a) = (Asking::new(), Node::new());
    let asked = g.ask(To::All, NOW);
    let (before, after) = (text(&[asked.entry()]), text(&[g.sample(&a, &asked, 1)]));
    let check = |line: &[u8], reason| {
        let text = [before.as_slice(), line, b"\n", after.as_slice()].concat();
        check_bad_text(&text, 2, reason, "");
    };
    check(b"", Reason::Malformed);
    check(b"{}", Reason::Malformed);
    check(b"\xFF", Reason::Malformed);
    check(&before[..before.len() / 2], Reason::Malformed);
    check(&[&before[..before.len() - 1], b"{}"].concat(), Reason::Malformed);
    check(&vec![b'x'; 1 << 20], Reason::TooLarge);
    let padded = format!("{}{}", g.sample(&a, &asked, 1).body, " ".repeat(65_536));
    let large = Entry { body: padded, ..g.sample(&a, &asked, 1) };
    check(text(&[large]).trim_ascii_end(), Reason::TooLarge);
}

#[test]
fn a_file_that_was_cut_is_named_and_good_up_to_there() {
    let (g, a) = (Asking::new(), Node::new());
    let asked = g.ask(To::All, NOW);
    let whole = text(&[asked.entry(), g.sample(&a, &asked, 1)]);
    let start = text(&[asked.entry()]).len();
    for cut in [start + 1, whole.len() - 2, whole.len() - 1] {
        let (summary, found) = verify(&whole[..cut]);
        assert_eq!((summary.entries, summary.replies, summary.torn, summary.bad), (1, 0, 1, 0));
        assert_eq!(found.torn, [(2, cut - start)]);
    }
}

#[test]
fn several_files_are_read_as_one() {
    let (g, a, b) = (Asking::new(), Node::new(), Node::new());
    let asked = g.ask(To::All, NOW);
    let older = text(&[asked.entry(), g.sample(&a, &asked, 1)]);
    let newer = text(&[asked.entry(), g.sample(&b, &asked, 1)]);
    let read = |files: &[&[u8]]| {
        let (mut verification, mut found) = (Verification::default(), Found::default());
        files.iter().for_each(|file| verification.read(*file, &mut found).unwrap());
        verification.summary().bad
    };
    assert_eq!(read(&[&older, &newer]), 0);
    assert_eq!(read(&[&older, &newer, &older]), 1, "what stands in two files is double");
}
