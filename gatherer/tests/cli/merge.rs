//! `merge`: the snapshots of shards become one, and what is missing is said.

use std::fs;

use snapbox::{assert_data_eq, str};
use statsgrid_gatherer::snapshot::{Catalogue, Record, write_snapshot};
use statsgrid_wire::PublicKey;

use crate::Terminal;
use crate::show::{ALPHA, BETA, DESCRIPTION, alpha, beta};

/// Shard 1 has a node that describes its stats, shard 2 one that does not; whole.json is what one gatherer would write.
fn shards() -> Terminal {
    let terminal = Terminal::new();
    let mut catalogue = Catalogue::default();
    let description = catalogue.insert(DESCRIPTION.to_owned()).unwrap();
    let [alpha, beta] =
        [(ALPHA, alpha(description)), (BETA, beta())].map(|(key, record)| (key.parse().unwrap(), record));
    let write = |name: &str, records: &[&(PublicKey, Record)], catalogue: &Catalogue| {
        let path = terminal.folder.path().join(name);
        catalogue.write(&path).unwrap();
        write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
    };
    write("whole.json", &[&alpha, &beta], &catalogue);
    write("shard-1.json", &[&alpha], &catalogue);
    write("shard-2.json", &[&beta], &Catalogue::default());
    terminal
}

#[test]
fn shards_become_what_one_gatherer_would_have_written() {
    let terminal = shards();
    assert_data_eq!(
        terminal.run("merge stats.json shard-2.json shard-1.json"),
        str![[r#"
$ stats-gatherer merge stats.json shard-2.json shard-1.json
exit 0

"#]]
    );
    let read = |name: &str| fs::read_to_string(terminal.folder.path().join(name)).unwrap();
    for suffix in ["", ".catalogue"] {
        assert_eq!(read(&format!("stats.json{suffix}")), read(&format!("whole.json{suffix}")));
    }
    // So `show` says of it what it says of that one, ages aside.
    let shown = terminal.run("show stats.json --stat host.load1");
    assert!(shown.contains("alpha") && shown.contains("exit 0"), "{shown}");
}

#[test]
fn what_is_missing_is_said_and_the_rest_is_there() {
    let terminal = shards().with("half.json", "{\n");
    assert_data_eq!(
        terminal.run("merge stats.json shard-1.json shard-3.json half.json"),
        str![[r#"
$ stats-gatherer merge stats.json shard-1.json shard-3.json half.json
stats-gatherer: no snapshot at shard-3.json: give its path, or wait for the end of its gatherer's first round; its values are left out
stats-gatherer: half.json is no snapshot as a gatherer writes it, or not a whole one; its values are left out
exit 9

"#]]
    );
    assert!(fs::read_to_string(terminal.folder.path().join("stats.json")).unwrap().contains(ALPHA));
    assert_data_eq!(
        terminal.run("merge stats.json shard-3.json"),
        str![[r#"
$ stats-gatherer merge stats.json shard-3.json
stats-gatherer: no snapshot at shard-3.json: give its path, or wait for the end of its gatherer's first round; its values are left out
stats-gatherer: none of the snapshots can be read, and stats.json stays as it is
exit 7

"#]]
    );
    assert_data_eq!(
        terminal.run("merge shard-1.json shard-1.json shard-2.json"),
        str![[r#"
$ stats-gatherer merge shard-1.json shard-1.json shard-2.json
stats-gatherer: shard-1.json is to be read and to be written: give the merged snapshot a file of its own
exit 2

"#]]
    );
}

#[test]
fn a_shard_that_is_none() {
    for shard in ["0/4", "5/4", "a/b"] {
        let printed = Terminal::new().run(&format!("run --snapshot stats.json --shard {shard}"));
        let expected = format!("shard {shard:?}: give I/N, the Ith of N parts, as `2/8`; I is 1 to N");
        assert!(printed.contains(&expected) && printed.contains("exit 2"), "{printed}");
        let configured = crate::configured(&format!("snapshot = \"stats.json\"\nshard = {shard:?}"));
        let printed = configured.run("run --check-config");
        assert!(printed.contains(&expected) && printed.contains("line 2") && printed.contains("exit 3"), "{printed}");
    }
}
