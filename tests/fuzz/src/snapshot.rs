//! The snapshot, as the gatherer reads it when it starts.

use statsgrid_gatherer::snapshot::{Snapshot, load_or_set_aside, write_snapshot};

use crate::folder_with;

/// A snapshot that is read is written as one that is read as the same; what is none is set aside or left, and nothing
/// of it is lost.
pub fn snapshot(data: &[u8]) {
    let folder = folder_with("stats.json", data);
    let path = folder.path().join("stats.json");
    let Ok((snapshot, aside)) = load_or_set_aside(&path, 0) else {
        return assert_eq!(std::fs::read(&path).expect("it was left"), data);
    };
    if let Some(aside) = aside {
        assert!(snapshot.records.is_empty());
        return assert_eq!(std::fs::read(aside.aside).expect("it was set aside"), data);
    }
    write_snapshot(&path, snapshot.records.iter().map(|(key, record)| (*key, record))).expect("room for a small file");
    let again = Snapshot::read(&path).expect("it was written so");
    assert_eq!(told(&again), told(&snapshot));
}

/// As text, in which 5 and 5.0 differ, and 0.0 and -0.0.
fn told(snapshot: &Snapshot) -> String {
    serde_json::to_string(&snapshot.records).expect("what was read can be written")
}
