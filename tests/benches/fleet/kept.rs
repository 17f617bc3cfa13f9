//! Puts a report where the last one was: between two marks in BENCHMARKS.md, around which people write what they make of it.

use std::fs;
use std::path::Path;

use crate::Failed;

/// The first mark, in a line of its own.
const BEGIN: &str = "<!-- make bench -->\n";
/// The second.
const END: &str = "<!-- end of make bench -->\n";

/// Replaces what is between the marks in the file at `path`.
pub fn keep(path: &Path, report: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("{} has not the marks of this bench", path.display()))?;
    Ok(fs::write(path, format!("{before}{BEGIN}{report}{END}{after}"))?)
}
