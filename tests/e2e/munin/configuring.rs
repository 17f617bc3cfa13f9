//! Links as munin-node-configure makes them, from what the plugin says of itself and of the snapshot.

use std::collections::BTreeSet;
use std::process::Command;

use statsgrid_tests::{Munin, MuninNode};

use super::{new_key, record};

#[test]
fn the_links_for_what_the_snapshot_holds_are_made_by_munins_own_tool() {
    let Some(munin) = Munin::find("munin-node-configure", &[]) else { return };
    munin.write([(new_key(), &record("alpha", 17, 0))]);
    let commands = munin.configure();
    let expected = ["statsgrid_storage_bytes_added", "statsgrid_storage_consumed"];
    let command = |link: &str| {
        format!("ln -s '{}' '{}'", munin.plugin().display(), munin.folder().join("plugins").join(link).display())
    };
    let lines: BTreeSet<&str> = commands.lines().collect();
    assert_eq!(lines, expected.map(command).iter().map(String::as_str).collect());
    assert!(Command::new("sh").arg("-c").arg(&commands).status().unwrap().success());
    let node = MuninNode::start(&munin);
    let mut session = node.session();
    let list = session.ask("list");
    assert_eq!(list.split(' ').collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    session.quit();
    assert_eq!(munin.configure(), "", "with its links in place there is nothing to do");
}

#[test]
fn where_the_snapshot_cannot_be_read_nothing_is_linked() {
    let Some(munin) = Munin::find("munin-node-configure without a snapshot", &[]) else { return };
    assert_eq!(munin.configure(), "");
}
