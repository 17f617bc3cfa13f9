//! What came and what went between two walks, file by file: a folder that gained and lost the same number of bytes has
//! changed all the same.
//!
//! A file is known by its path, for a component sees no inode: one that was renamed went and came. What came and went
//! again between two walks was never seen.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Each file's size, by its path.
pub type Sizes = BTreeMap<PathBuf, u64>;

/// The bytes that came, and the bytes that went.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub added: u64,
    pub freed: u64,
}

impl Change {
    /// Compares two walks of the same folder.
    pub fn between(before: &Sizes, after: &Sizes) -> Self {
        let mut change = Self::default();
        for (path, size) in after {
            let old_size = before.get(path).copied().unwrap_or_default();
            change.added = change.added.saturating_add(size.saturating_sub(old_size));
            change.freed = change.freed.saturating_add(old_size.saturating_sub(*size));
        }
        for (path, old_size) in before {
            if !after.contains_key(path) {
                change.freed = change.freed.saturating_add(*old_size);
            }
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &[(&str, u64)], after: &[(&str, u64)], added: u64, freed: u64) {
        let sizes = |files: &[(&str, u64)]| files.iter().map(|(path, size)| (PathBuf::from(path), *size)).collect();
        assert_eq!(Change::between(&sizes(before), &sizes(after)), Change { added, freed });
    }

    #[test]
    fn changes() {
        check(&[], &[], 0, 0);
        check(&[], &[("a", 5)], 5, 0);
        check(&[("a", 5)], &[], 0, 5);
        check(&[("a", 5)], &[("a", 5)], 0, 0);
        check(&[("a", 5)], &[("a", 7)], 2, 0);
        check(&[("a", 5)], &[("a", 2)], 0, 3);
        check(&[("a", 5)], &[("b", 5)], 5, 5);
        check(&[("a", 5), ("b", 1), ("c", 9)], &[("a", 1), ("b", 5), ("d", 2)], 6, 13);
        check(&[], &[("a", u64::MAX), ("b", 1)], u64::MAX, 0);
        check(&[("a", u64::MAX), ("b", 1)], &[], 0, u64::MAX);
    }
}
