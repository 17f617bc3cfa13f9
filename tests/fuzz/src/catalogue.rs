//! The file of descriptions beside a snapshot.

use std::collections::BTreeSet;

use statsgrid_gatherer::snapshot::Catalogue;

use crate::folder_with;

/// A catalogue that is read is written as one that is read as the same, with nothing dropped; and whatever is wanted of
/// it, it is one.
pub fn catalogue(data: &[u8]) {
    let folder = folder_with("stats.json.catalogue", data);
    let snapshot = folder.path().join("stats.json");
    let nothing = Catalogue::read_some(&snapshot, &BTreeSet::new());
    let Ok((catalogue, _)) = Catalogue::read(&snapshot) else {
        nothing.expect_err("no catalogue, whatever is wanted");
        return;
    };
    assert!(nothing.expect("a catalogue").is_empty());
    catalogue.write(&snapshot).expect("room for a small file");
    assert_eq!(Catalogue::read(&snapshot).expect("it was written so"), (catalogue, 0));
}
