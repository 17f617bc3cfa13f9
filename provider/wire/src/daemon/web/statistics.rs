//! `/statistics`, as the original's page: a node's counters and stats, for people as HTML, for programs as JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::json;

use super::{Answer, Request, escape};
use crate::{Named, Number};

/// The style of the page, to be served at `/statistics.css`.
pub const STATISTICS_STYLE: &str = include_str!("statistics.css");

/// What a node has counted and reported.
#[derive(Clone, Copy, Debug)]
pub struct Statistics<'a> {
    /// Whose they are, in a line.
    pub title: &'a str,
    /// What is to be said before them: how old they are, and what is wrong.
    pub notes: &'a [String],
    /// By name.
    pub counters: &'a Named<u64>,
    /// By name.
    pub stats: &'a Named<Number>,
}

impl Statistics<'_> {
    /// The page, or with `?t=json` the original's object: `{"counters": {…}, "stats": {…}}`.
    pub fn answer(&self, request: &Request) -> Answer {
        if request.asks("t=json") {
            return Answer::json(json!({ "counters": self.counters, "stats": self.stats }).to_string().into_bytes());
        }
        Answer::html(self.html())
    }

    fn html(&self) -> String {
        let title = escape(self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/statistics.css\">\n<h1>{title}</h1>\n"
        );
        for note in self.notes {
            let _ = writeln!(page, "<p>{}</p>", escape(note));
        }
        section(&mut page, "Counters", self.counters.iter());
        section(&mut page, "Stats", self.stats.iter());
        page.push_str("<p><a href=\"?t=json\">JSON</a></p>\n");
        page
    }
}

/// Values under a title, each as JSON has it: exactly.
fn section<'a, V: Serialize + 'a>(
    page: &mut String,
    title: &str,
    values: impl ExactSizeIterator<Item = (&'a str, &'a V)>,
) {
    let _ = writeln!(page, "<h2>{title}</h2>");
    if values.len() == 0 {
        page.push_str("<p>none</p>\n");
        return;
    }
    page.push_str("<table>\n");
    for (name, value) in values {
        let value = serde_json::to_string(value).unwrap_or_default();
        let _ = writeln!(page, "<tr><th scope=\"row\">{}<td>{value}", escape(name));
    }
    page.push_str("</table>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_exact_and_texts_are_text() {
        let counters = [("a.count", u64::MAX)].into_iter().collect();
        let stats = [("a.integer", Number::Integer(i64::MIN)), ("a.float", Number::Float(5.0))].into_iter().collect();
        let notes = ["<b>".to_owned()];
        let statistics = Statistics { title: "a & b", notes: &notes, counters: &counters, stats: &stats };
        let page = statistics.html();
        for expected in [
            "<title>a &amp; b</title>",
            "<p>&lt;b&gt;</p>",
            "<th scope=\"row\">a.count<td>18446744073709551615",
            "<th scope=\"row\">a.float<td>5.0",
            "<th scope=\"row\">a.integer<td>-9223372036854775808",
        ] {
            assert!(page.contains(expected), "{page}");
        }
        let nothing = Statistics { counters: &Named::default(), ..statistics }.html();
        assert!(nothing.contains("<h2>Counters</h2>\n<p>none</p>"), "{nothing}");
    }
}
