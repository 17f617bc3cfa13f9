//! The keys that wait for a decision, as an earlier run left them.

use statsgrid_gatherer::trust::Pending;

use crate::folder_with;

/// A list that is read is written as one that is read as the same.
pub fn pending(data: &[u8]) {
    let folder = folder_with("stats.json.pending", data);
    let snapshot = folder.path().join("stats.json");
    let Ok(pending) = Pending::read(&snapshot) else { return };
    pending.write(&snapshot).expect("room for a small file");
    assert_eq!(Pending::read(&snapshot).expect("it was written so"), pending);
}
