//! Values as JSON: an array of objects, one a line, in which numbers are exact and nicknames as their nodes gave them.
//!
//! Characters that would do something to a terminal, or to whoever reads the text, are written as escapes: what a
//! program reads is the same. They are those that JSON has to escape, and more.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::rows::Row;
use crate::snapshot::label::is_harmless;

/// Writes `rows`, as they come.
pub fn write_json<'a>(out: &mut dyn Write, rows: impl Iterator<Item = Row<'a>>) -> io::Result<()> {
    let mut before = "[\n";
    for row in rows {
        out.write_all(before.as_bytes())?;
        row.serialize(&mut Serializer::with_formatter(&mut *out, Harmless))?;
        before = ",\n";
    }
    out.write_all(if before == ",\n" { b"\n]\n" } else { b"[]\n" })
}

/// JSON's own form, with harmful characters as escapes.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.chars().all(is_harmless) {
            return out.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            if is_harmless(c) {
                write!(out, "{c}")?;
            } else {
                c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
            }
        }
        Ok(())
    }
}
