//! The name of an entry of the compile cache, which says all that must fit before its code is run.

use std::fmt;

use statsgrid_wire::{Hash, Hex};

/// `COMPONENT-ENGINE-CODE.cwasm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The SHA-256 of the component.
    pub(super) component: Hash,
    /// The engine that the code is for.
    pub(super) engine: Hex<8>,
    /// The checksum of the code.
    pub(super) code: Checksum,
}

/// The CRC-32 of native code. It tells damage, and an attacker nothing: who could write an entry could name it as well,
/// and that nobody can but this user the folder sees to. A cryptographic hash was half of a start with 100 producers.
pub(super) type Checksum = Hex<4>;

/// The checksum of `code`.
pub(super) fn checksum(code: &[u8]) -> Checksum {
    Hex(crc32fast::hash(code).to_be_bytes())
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}.cwasm", self.component, self.engine, self.code)
    }
}

impl Entry {
    /// The entry that a file of this name is, if it is one.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (component, rest) = name.strip_suffix(".cwasm")?.split_once('-')?;
        let (engine, code) = rest.split_once('-')?;
        Some(Self { component: component.parse().ok()?, engine: engine.parse().ok()?, code: code.parse().ok()? })
    }

    /// Whether a file of this name is an entry that was being written.
    pub(super) fn is_leftover(name: &str) -> bool {
        let entry = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp"));
        entry.is_some_and(|name| Self::parse(name).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_in_no_other_form() {
        let entry = Entry { component: Hash::of(b"a"), engine: Hex([7; 8]), code: checksum(b"b") };
        let name = entry.to_string();
        assert_eq!(Entry::parse(&name), Some(entry));
        assert!(Entry::is_leftover(&format!(".{name}.tmp")));
        for other in ["", ".cwasm", &name[1..], &name.to_uppercase(), &format!("{name}.tmp"), &format!(".{name}")] {
            assert_eq!(Entry::parse(other), None, "{other}");
            assert!(!Entry::is_leftover(other), "{other}");
        }
        assert_eq!(Entry::parse(&name.replace(".cwasm", "-00.cwasm")), None);
    }
}
