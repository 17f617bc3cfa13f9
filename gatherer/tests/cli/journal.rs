//! A journal that is checked: what is said of a good one, of a bad one, and of what is none.

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use statsgrid_wire::envelope::{Sealed, seal};
use statsgrid_wire::message::{Answer, Poll, Refusal, RefusalReason, Reply, Sample};
use statsgrid_wire::subject::{Scope, Subjects, To, Topic};
use statsgrid_wire::{Hash, Hex, Identity, Unknown};

use crate::{Terminal, configured};

/// Those of the golden vectors.
const GATHERER: &str = "SUAKNLTHI27UWB33D3AIW3YELKS6IZSN5SRTEEF4ABA64VIEDNT5V5FFDA";
const ALPHA: &str = "SUAGOCRPZBY2SKVOOFZMI3B46MFP3UG7Y3ASKTYS2FVKFBH77JGD73HAE4";
const ROUND: u64 = 1_795_420_800_000;

/// A poll to all, an answer, a late one, and a refusal of the next poll: in the form of PROTOCOL.md, not by our writer.
fn journal() -> [Value; 5] {
    let [gatherer, alpha] = [GATHERER, ALPHA].map(|seed| Identity::from_seed(seed).unwrap());
    let (first, second) = (poll(&gatherer, 1), poll(&gatherer, 2));
    let sample = |sequence| {
        Answer::Sample(Box::new(Sample { sequence, age_ms: 5, counters_age_ms: 60_000, ..Sample::default() }))
    };
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000, unknown: Unknown };
    let answer = |number, poll: &Sealed, instance, answer| {
        let topic = Topic::Reply {
            gatherer: gatherer.public_key(),
            scope: Scope::All,
            poll: Hex([number; 16]),
            provider: alpha.public_key(),
        };
        let (instance, nickname) = (Hex([instance; 16]), "alpha".to_owned());
        seal(&alpha, &subjects(), &topic, &Reply { poll: poll.hash, instance, nickname, answer, unknown: Unknown })
            .unwrap()
    };
    let mut late = line("reply", &answer(2, &second, 7, sample(4)));
    late.as_object_mut().unwrap().insert("late".to_owned(), true.into());
    let third = poll(&gatherer, 3);
    [
        line("poll", &first),
        line("reply", &answer(1, &first, 7, sample(1))),
        line("poll", &second),
        late,
        line("reply", &answer(3, &third, 7, Answer::Refusal(refusal))),
    ]
}

fn subjects() -> Subjects {
    Subjects::under("stats.v1").unwrap()
}

fn poll(gatherer: &Identity, number: u8) -> Sealed {
    let round = ROUND + 60_000 * u64::from(number);
    let poll = Poll {
        gatherer: gatherer.public_key(),
        to: To::All,
        round,
        id: Hex([number; 16]),
        issued_ms: round,
        ttl_ms: 60_000,
        deadline_ms: 10_000,
        splay_ms: 0,
        max_reply: 65_536,
        scope: Scope::All,
        describe: Vec::<Hash>::new(),
        unknown: Unknown,
    };
    seal(gatherer, &subjects(), &Topic::Poll { gatherer: poll.gatherer, to: poll.to }, &poll).unwrap()
}

fn line(kind: &str, sealed: &Sealed) -> Value {
    let headers: Value = sealed.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = std::str::from_utf8(&sealed.body).unwrap();
    json!({ "kind": kind, "at_ms": ROUND, "subject": sealed.subject, "headers": headers, "body": body })
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_good_one() {
    let terminal = Terminal::new().with("journal", text(&journal()[..4]));
    assert_data_eq!(
        terminal.run("verify journal"),
        str![[r#"
$ stats-gatherer verify journal
entries 4, bad 0, torn 0, polls 2, gatherers 1, replies 2, late 1, refusals 0, again 0, providers 1, missing 2
gatherer UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
missing 2 of UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO
exit 0

"#]]
    );
    assert_data_eq!(
        terminal.run("verify journal --replies"),
        str![[r#"
$ stats-gatherer verify journal --replies
1795420860000	UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO	07070707070707070707070707070707	1	in_time
1795420920000	UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO	07070707070707070707070707070707	4	late
entries 4, bad 0, torn 0, polls 2, gatherers 1, replies 2, late 1, refusals 0, again 0, providers 1, missing 2
gatherer UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
missing 2 of UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO
exit 0

"#]]
    );
    let torn = Terminal::new().with("journal", text(&journal()[..2]).trim_end());
    assert_data_eq!(
        torn.run("verify journal"),
        str![[r#"
$ stats-gatherer verify journal
journal:2: 728 bytes without an end: being written, or left by a kill
entries 1, bad 0, torn 1, polls 1, gatherers 1, replies 0, late 0, refusals 0, again 0, providers 0, missing 0
gatherer UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
exit 0

"#]]
    );
    assert_data_eq!(
        Terminal::new().with("journal", "").run("verify journal"),
        str![[r#"
$ stats-gatherer verify journal
entries 0, bad 0, torn 0, polls 0, gatherers 0, replies 0, late 0, refusals 0, again 0, providers 0, missing 0
exit 0

"#]]
    );
}

#[test]
fn a_bad_one() {
    let mut lines = journal();
    let changed = lines[1]["body"].as_str().unwrap().replace("alpha", "omega");
    lines[1]["body"] = changed.into();
    let text = format!("{}no entry\n", text(&lines));
    let terminal = Terminal::new().with("journal", text);
    assert_data_eq!(
        terminal.run("verify journal"),
        str![[r#"
$ stats-gatherer verify journal
journal:2: bad_signature: the signature is not that of UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO over this body
journal:5: wrong_poll: UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO answers poll b79e6ddb25fea366f1dd02e667719e6ac5d2d0c1e8b54c3939bdcae51312c46b, which does not stand before it
journal:6: malformed: no entry of a journal: expected ident at line 1 column 2
entries 6, bad 3, torn 0, polls 2, gatherers 1, replies 1, late 1, refusals 0, again 0, providers 1, missing 0
gatherer UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
exit 10

"#]]
    );
    assert_data_eq!(
        terminal.run("verify --replies journal"),
        str![[r#"
$ stats-gatherer verify --replies journal
1795420920000	UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO	07070707070707070707070707070707	4	late
journal:2: bad_signature: the signature is not that of UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO over this body
journal:5: wrong_poll: UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO answers poll b79e6ddb25fea366f1dd02e667719e6ac5d2d0c1e8b54c3939bdcae51312c46b, which does not stand before it
journal:6: malformed: no entry of a journal: expected ident at line 1 column 2
entries 6, bad 3, torn 0, polls 2, gatherers 1, replies 1, late 1, refusals 0, again 0, providers 1, missing 0
gatherer UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
exit 10

"#]]
    );
}

#[test]
fn one_of_another_gatherer() {
    let terminal = Terminal::new().with("journal", text(&journal()[..2]));
    let ours = "UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676";
    let other = "UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO";
    assert_data_eq!(
        terminal.run(&format!("verify --gatherer {other} journal")),
        str![[r#"
$ stats-gatherer verify --gatherer UABMLIDKYATY3IN3N4SMNQXRKQJ3WDQYUQVWEDBNJPO7OXFJLY546DNO journal
journal:1: other_gatherer: a message of or to UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
journal:2: other_gatherer: a message of or to UCDENY37BR36FANJL56H3KWOARORZHDPUAVOLS3ALZNC6GGAXEOO3676
entries 2, bad 2, torn 0, polls 0, gatherers 0, replies 0, late 0, refusals 0, again 0, providers 0, missing 0
exit 10

"#]]
    );
    // A whole journal of them is no flood of lines, and the likely cause is said.
    let long = Terminal::new().with("1", text(&journal()[..2]).repeat(500)).with("2", text(&journal()[..2]));
    let said = long.run(&format!("verify --gatherer {other} 1 2"));
    assert_eq!(said.matches(": other_gatherer: ").count(), 10, "{said}");
    assert!(said.contains("\nother_gatherer: 992 more; is --gatherer the key at the end"), "{said}");
    assert!(said.contains("\nentries 1002, bad 1002,"), "{said}");
    let both = terminal.run(&format!("verify --gatherer {other} --gatherer {ours} journal"));
    assert!(both.ends_with("\nexit 0\n"), "{both}");
    assert_data_eq!(
        terminal.run("verify --gatherer UABC journal"),
        str![[r#"
$ stats-gatherer verify --gatherer UABC journal
error: invalid value 'UABC' for '--gatherer <KEY>': not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum

For more information, try '--help'.
exit 2

"#]]
    );
}

#[test]
fn none_that_can_be_read() {
    assert_data_eq!(
        Terminal::new().run("verify journal"),
        str![[r#"
$ stats-gatherer verify journal
stats-gatherer: cannot open the journal journal: No such file or directory (os error 2)
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("journal").run("verify journal"),
        str![[r#"
$ stats-gatherer verify journal
stats-gatherer: cannot read the journal journal: Is a directory (os error 21)
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("verify"),
        str![[r#"
$ stats-gatherer verify
error: the following required arguments were not provided:
  <FILE>...

Usage: stats-gatherer verify <FILE>...

For more information, try '--help'.
exit 2

"#]]
    );
}

#[test]
fn none_that_can_be_written() {
    let run = "run --snapshot stats.json --enrol open --journal journal";
    assert_data_eq!(
        Terminal::new().with("journal", "something else\n").run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal journal
stats-gatherer: journal holds something else than a journal: name another file
exit 7

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("journal").run(run),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal journal
stats-gatherer: the journal journal is no regular file: name another one
exit 7

"#]]
    );
    let nowhere = "run --snapshot stats.json --enrol open --journal /nowhere/journal";
    assert_data_eq!(
        Terminal::new().run(nowhere),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal /nowhere/journal
stats-gatherer: the folder of the journal, /nowhere, is not there: mkdir -p /nowhere
exit 7

"#]]
    );
}

#[test]
fn settings_that_are_wrong() {
    let run = |flags: &str| Terminal::new().run(&format!("run --snapshot stats.json --enrol open {flags}"));
    assert_data_eq!(
        run("--journal stats.json"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal stats.json
stats-gatherer: the snapshot and the journal are both stats.json: give each a file of its own
exit 3

"#]]
    );
    assert_data_eq!(
        run("--journal j --journal-size 64MB"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal j --journal-size 64MB
error: invalid value '64MB' for '--journal-size <SIZE>': size "64MB": write it as `64MiB`, `1GiB` or in bytes

For more information, try '--help'.
exit 2

"#]]
    );
    assert_data_eq!(
        run("--journal j --journal-size 1KiB"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal j --journal-size 1KiB
stats-gatherer: a journal_size of 1KiB: give 1MiB to 1TiB
exit 3

"#]]
    );
    assert_data_eq!(
        run("--journal j --journal-keep 0"),
        str![[r#"
$ stats-gatherer run --snapshot stats.json --enrol open --journal j --journal-keep 0
stats-gatherer: a journal_keep of 0: give 1 to 1000
exit 3

"#]]
    );
    let file = "snapshot = \"stats.json\"\nenrol = \"open\"\njournal = \"j\"\njournal_size = \"64\"\n";
    assert_data_eq!(
        configured(file).run("run --config gatherer.toml --check-config"),
        str![[r#"
$ stats-gatherer run --config gatherer.toml --check-config
stats-gatherer: a journal_size of 64: give 1MiB to 1TiB
exit 3

"#]]
    );
}
