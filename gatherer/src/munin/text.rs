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
