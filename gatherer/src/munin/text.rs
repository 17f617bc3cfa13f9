//! Others' text in munin's configuration.
//!
//! A line of `config` ends at its end, `#` starts a comment, a graph with a `\` at a label's end is not drawn, and
//! munin's pages show `graph_info` as HTML.

use crate::snapshot::label::{cut, is_harmless, visible};

/// Whether a character does nothing to a line of munin's configuration.
pub fn is_allowed(c: char) -> bool {
    is_harmless(c) && !matches!(c, '#' | '\\')
}

/// One line of at most `max_chars` characters.
pub fn line(text: &str, max_chars: usize) -> String {
    cut(&visible(text, is_allowed), max_chars)
}

/// The same for `graph_info`, which munin shows as HTML.
pub fn html(text: &str, max_chars: usize) -> String {
    line(text, max_chars).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A category: lower-case letters, digits and `_`.
pub fn category(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    text.chars().take(40).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_line_or_begins_a_comment_is_made_visible() {
        assert_eq!(line("a # b\\\nc\u{202e}d", 80), "a \u{fffd} b\u{fffd} c\u{fffd}d");
        assert_eq!(line(&"x".repeat(300), 10), format!("{}…", "x".repeat(9)));
    }

    #[test]
    fn what_munin_shows_as_html_is_escaped() {
        assert_eq!(html("<b onclick=\"x\">&amp;</b>", 80), "&lt;b onclick=&quot;x&quot;&gt;&amp;amp;&lt;/b&gt;");
        // It is cut before, so that no entity is cut in two.
        assert_eq!(html(&"<".repeat(10), 3), "&lt;&lt;…");
    }

    #[test]
    fn categories_are_words() {
        assert_eq!(category("Load-Monitor.x"), "load_monitor_x");
    }
}
