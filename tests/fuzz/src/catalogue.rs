//! The file of descriptions beside a snapshot.

use statsgrid_gatherer::snapshot::Catalogue;

use crate::folder_with;

/// A catalogue that is read is written as one that is read as the same, with nothing dropped.
pub fn catalogue(data: &[u8]) {
    let folder = folder_with("stats.json.catalogue", data);
    let snapshot = folder.path().join("stats.json");
    let Ok((catalogue, _)) = Catalogue::read(&snapshot) else { return };
    catalogue.write(&snapshot).expect("room for a small file");
    assert_eq!(Catalogue::read(&snapshot).expect("it was written so"), (catalogue, 0));
}
