//! Values as CSV: the columns of JSON's objects under their names, as RFC 4180 has it, but for lines that end as
//! Unix's do: tools of the command line would take a CR for a part of the last column, and spreadsheets take both.
//!
//! A cell of others' text cannot harm who opens it: it is one line without characters that do something, and one that a
//! spreadsheet would take for a formula begins with `'`, by which spreadsheets mark text, also behind a semicolon, where
//! some begin the next cell. Numbers are left as they are.

use std::borrow::Cow;
use std::io::{self, Write};

use super::rows::Row;
use crate::snapshot::label::{is_harmless, visible};

const HEADER: &str = "provider,nickname,name,kind,value,unit,help,taken_at,age_s,stale\n";

/// Begins a formula, in the narrow form or in the wide one of East Asian keyboards.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Writes `rows`, as they come, below a line of the columns' names.
pub fn write_csv<'a>(out: &mut dyn Write, rows: impl Iterator<Item = Row<'a>>) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    for row in rows {
        for text in [row.provider, row.nickname, row.name, row.kind] {
            write!(out, "{},", cell(text))?;
        }
        serde_json::to_writer(&mut *out, &row.value)?;
        for text in [row.unit, row.help] {
            write!(out, ",{}", cell(text.unwrap_or_default()))?;
        }
        out.write_all(b",")?;
        row.taken_at.map_or(Ok(()), |at| serde_json::to_writer(&mut *out, &at))?;
        out.write_all(b",")?;
        row.age_s.map_or(Ok(()), |age| serde_json::to_writer(&mut *out, &age))?;
        writeln!(out, ",{}", row.stale)?;
    }
    Ok(())
}

/// A text as a cell. Where a comma is the decimal sign spreadsheets part cells at semicolons, and know no quotation mark
/// that does not begin a cell of theirs: so what comes after each is no formula either.
fn cell(text: &str) -> Cow<'_, str> {
    let shown = visible(text, is_harmless);
    let is_formula = |part: &str| part.trim_start_matches([' ', '"']).starts_with(FORMULA);
    let shown = if shown.split(';').any(is_formula) {
        let text_alone = |part| if is_formula(part) { format!("'{part}") } else { part.to_owned() };
        Cow::Owned(shown.split(';').map(text_alone).collect::<Vec<_>>().join(";"))
    } else {
        shown
    };
    if shown.contains([',', '"']) { Cow::Owned(format!("\"{}\"", shown.replace('"', "\"\""))) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_and_nothing_else() {
        let check = |text: &str, expected: &str| assert_eq!(cell(text), expected, "{text:?}");
        check("alpha", "alpha");
        check("", "");
        check("a,b", "\"a,b\"");
        check("a \"b\"", "\"a \"\"b\"\"\"");
        check("two\r\nlines", "two lines");
        check("\u{1b}[2J\u{202e}x", "�[2J�x");
        check("=1+2", "'=1+2");
        check(" \t=1+2", "'=1+2");
        check("-1", "'-1");
        check("+1", "'+1");
        check("@SUM(1)", "'@SUM(1)");
        check("＝1", "'＝1");
        check("a;=1+2;b", "a;'=1+2;b");
        check("a; @SUM(1)", "a;' @SUM(1)");
        check("a;\"=1+2", "\"a;'\"\"=1+2\"");
        check("a-1; b=2", "a-1; b=2");
        check("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"");
    }
}
