//! What a file is, by its bytes: whoever hands over the wrong one is told which one it is.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use statsgrid_provider::limits::COMPONENT_BYTES;
use statsgrid_wire::Hash;

/// A file that was looked at, whatever it is.
#[derive(Debug)]
pub struct Looked {
    pub kind: Kind,
    pub bytes: u64,
    /// None: it is larger than any component that is taken.
    pub digest: Option<Hash>,
}

/// What its first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Empty,
    Component,
    CoreModule,
    OtherWasm,
    Wat,
    Elf,
    Archive,
    Compressed,
    Script,
    Text,
    Unknown,
}

impl Looked {
    /// None: it cannot be read, or is no regular file.
    pub fn at(path: &Path) -> Option<Self> {
        // A FIFO would hold whoever opens it.
        let bytes = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
        let content = read(path).ok()?;
        let digest = (content.len() as u64 <= COMPONENT_BYTES).then(|| Hash::of(&content));
        Some(Self { kind: Kind::of(&content), bytes, digest })
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(COMPONENT_BYTES + 1).read_to_end(&mut content)?;
    Ok(content)
}

impl Kind {
    fn of(content: &[u8]) -> Self {
        match content {
            [] => Self::Empty,
            [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Self::Component,
            [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Self::CoreModule,
            [0, b'a', b's', b'm', ..] => Self::OtherWasm,
            [0x7f, b'E', b'L', b'F', ..] => Self::Elf,
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => Self::Archive,
            [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Compressed,
            [b'#', b'!', ..] => Self::Script,
            _ => Self::of_text(content),
        }
    }

    fn of_text(content: &[u8]) -> Self {
        match std::str::from_utf8(content).map(str::trim_start) {
            Ok(text) if text.starts_with("(component") || text.starts_with("(module") => Self::Wat,
            Ok(text) if !text.contains('\0') => Self::Text,
            _ => Self::Unknown,
        }
    }

    /// One word for machines.
    pub fn label(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Component => "component",
            Self::CoreModule => "core-module",
            Self::OtherWasm => "other-wasm",
            Self::Wat => "wat",
            Self::Elf => "elf",
            Self::Archive => "archive",
            Self::Compressed => "compressed",
            Self::Script => "script",
            Self::Text => "text",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Component => "a component",
            Self::CoreModule => "a core module of WASM",
            Self::OtherWasm => "WASM of a version that nobody here knows",
            Self::Wat => "WASM in its text form; `wasm-tools parse` makes it binary",
            Self::Elf => "native code (ELF): a program, a library, or a component that was compiled before",
            Self::Archive => "an archive of objects (ar): a library that was built for linking",
            Self::Compressed => "a compressed file; unpack it first",
            Self::Script => "a script",
            Self::Text => "text",
            Self::Unknown => "bytes of no kind that is known here",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_bytes() {
        let check = |content: &[u8], expected: Kind| assert_eq!(Kind::of(content), expected, "{content:?}");
        check(b"", Kind::Empty);
        check(b"\0asm\x0d\0\x01\0rest", Kind::Component);
        check(b"\0asm\x01\0\0\0", Kind::CoreModule);
        check(b"\0asm\x0a\0\x01\0", Kind::OtherWasm);
        check(b"\0asm", Kind::OtherWasm);
        check(b"\x7fELF\x02", Kind::Elf);
        check(b"!<arch>\n", Kind::Archive);
        check(b"\x1f\x8b\x08", Kind::Compressed);
        check(b"#!/bin/sh\n", Kind::Script);
        check(b"\n (component)", Kind::Wat);
        check("größe".as_bytes(), Kind::Text);
        check(b"\0\0", Kind::Unknown);
        check(b"\xff\xfe", Kind::Unknown);
    }

    #[test]
    fn what_is_no_file_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Looked::at(folder.path()).is_none());
        assert!(Looked::at(&folder.path().join("nothing")).is_none());
        std::fs::write(folder.path().join("text"), "abc").unwrap();
        let looked = Looked::at(&folder.path().join("text")).unwrap();
        assert_eq!((looked.kind, looked.bytes, looked.digest), (Kind::Text, 3, Some(Hash::of(b"abc"))));
    }
}
