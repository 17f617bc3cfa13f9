//! Writes the snapshot: record by record, so that memory does not grow with the fleet.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::atomic::{self, WriteError};

use super::Record;

/// Everybody may read it: munin's plugin runs as nobody.
pub(crate) const SNAPSHOT_MODE: u32 = 0o644;

/// Replaces the snapshot at `path` by `records`, which come in the order of their keys, each key once: what is out
/// of order is an error, and the old snapshot stays.
pub fn write_snapshot<'a>(
    path: &Path,
    records: impl IntoIterator<Item = (PublicKey, &'a Record)>,
) -> Result<(), WriteError> {
    atomic::write(path, SNAPSHOT_MODE, |out| write_records(out, records))
}

/// One line a record, so that people and their tools find their way in it.
fn write_records<'a>(
    out: &mut dyn Write,
    records: impl IntoIterator<Item = (PublicKey, &'a Record)>,
) -> io::Result<()> {
    let mut last = None;
    for (key, record) in records {
        if last >= Some(key) {
            return Err(io::Error::new(ErrorKind::InvalidInput, format!("the record of {key} is out of order")));
        }
        out.write_all(if last.is_none() { BEGIN } else { b",\n" })?;
        write_entry(out, key, record)?;
        last = Some(key);
    }
    out.write_all(if last.is_none() { b"{}\n" } else { END })
}

/// Before the first record.
pub(crate) const BEGIN: &[u8] = b"{\n";

/// After the last one.
pub(crate) const END: &[u8] = b"\n}\n";

/// One record, without its line's end.
pub(crate) fn write_entry(mut out: &mut dyn Write, key: PublicKey, record: &Record) -> io::Result<()> {
    write!(out, "\"{key}\":")?;
    Ok(serde_json::to_writer(&mut out, record)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;
    use statsgrid_wire::Identity;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    fn records(count: usize) -> BTreeMap<PublicKey, Record> {
        let key = || Identity::generate().unwrap().public_key();
        (0..count).map(|number| (key(), Record::unanswered(format!("node {number}")))).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        for count in [0, 1, 3] {
            let records = records(count);
            write_snapshot(&path, records.iter().map(|(key, record)| (*key, record))).unwrap();
            assert_eq!(Snapshot::read(&path).unwrap().records, records);
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert_eq!(lines, if count == 0 { 1 } else { count + 2 });
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o644);
    }

    #[test]
    fn out_of_order_is_an_error_and_the_old_snapshot_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let records = records(2);
        let in_order = || records.iter().map(|(key, record)| (*key, record));
        write_snapshot(&path, in_order()).unwrap();
        for (wrong, again) in [(in_order().collect::<Vec<_>>(), 1), (in_order().rev().collect(), 0)] {
            let error = write_snapshot(&path, wrong.into_iter().chain(in_order().skip(again))).unwrap_err();
            assert!(error.source.to_string().ends_with("is out of order"), "{error}");
            assert_eq!(Snapshot::read(&path).unwrap().records, records);
        }
    }
}
