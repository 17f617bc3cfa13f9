//! Others' text where it is shown: on a screen, a graph, a page, in an exposition.
//!
//! It may hold what moves a cursor, turns the direction of writing or cannot be seen. Left out on purpose: letters of
//! different alphabets that look alike; the key beside a name is what tells those apart.

use std::borrow::Cow;

/// Whether a character prints as itself and does nothing else to a line of text.
pub fn is_harmless(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // Controls, then what is not seen: soft hyphen, joiners and fillers, marks and overrides of direction, zero width,
    // line separators, variation selectors, byte order mark, annotations, tags.
    !(c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'))
}

/// `text` as one line, with every character that is not harmless made visible.
pub fn harmless(text: &str) -> String {
    visible(text, is_harmless).into_owned()
}

/// What is not allowed is replaced, never left out: two names that differ in it only must not become one. White space
/// is one space between words. Most texts are so already.
pub fn visible(text: &str, is_allowed: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_shown = |c: char| if c.is_whitespace() { c == ' ' } else { is_allowed(c) };
    if text.chars().all(is_shown) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_harmful_is_left() {
        assert_eq!(harmless("a\u{1b}[2Jb\0c\u{7f}\u{9b}d"), "a�[2Jb�c��d");
        assert_eq!(harmless("one\r\ntwo"), "one two");
        assert!(harmless("e\u{301} 木 🦀 ‑").contains('木'));
    }
}
