//! What a node is called on a screen or a graph, where its nickname alone might mislead.
//!
//! Nicknames are others' text: they may hold what moves a cursor, turns the direction of writing or cannot be seen,
//! they may be shared, and one may be made to look like another. So a label is harmless and belongs to one node. Left
//! out on purpose: letters of different alphabets that look alike; the key beside a label is what tells those apart.

use std::borrow::Cow;
use std::collections::HashMap;

use statsgrid_wire::PublicKey;

/// Characters of a key that are shown at least: enough for people to tell a fleet's keys apart.
const KEY_CHARS: usize = 8;

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

/// Characters of a key that tell it from all others of `keys`, which are sorted.
pub fn key_chars(keys: &[PublicKey]) -> usize {
    let alike =
        |a: &PublicKey, b: &PublicKey| a.as_str().bytes().zip(b.as_str().bytes()).take_while(|(a, b)| a == b).count();
    keys.array_windows().map(|[a, b]| alike(a, b) + 1).fold(KEY_CHARS, usize::max)
}

/// A label for each of `nodes`, which are sorted by key: its nickname, made visible and cut to `max_chars`, and with it
/// the first characters of its key where the rest is shared, empty, or ends as such a label does.
pub fn labels<'n>(nodes: &[(PublicKey, &'n str)], max_chars: usize, is_allowed: impl Fn(char) -> bool) -> Vec<String> {
    let keys: Vec<PublicKey> = nodes.iter().map(|(key, _)| *key).collect();
    let chars = key_chars(&keys);
    let shown = |(_, name): &(PublicKey, &'n str)| shorter(visible(name, &is_allowed), max_chars);
    let names: Vec<Cow<str>> = nodes.iter().map(shown).collect();
    let mut bearers: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    for name in &names {
        *bearers.entry(name).or_default() += 1;
    }
    let label = |(key, name): (PublicKey, &Cow<str>)| match bearers.get(name.as_ref()) {
        _ if name.is_empty() => format!("({key:.chars$})"),
        Some(1) if !name.ends_with(')') => name.to_string(),
        _ => format!("{name} ({key:.chars$})"),
    };
    keys.into_iter().zip(&names).map(label).collect()
}

/// The first `max_chars` characters; where there were more, the last of them says so.
pub fn cut(text: &str, max_chars: usize) -> String {
    shorter(Cow::Borrowed(text), max_chars).into_owned()
}

fn shorter(text: Cow<'_, str>, max_chars: usize) -> Cow<'_, str> {
    // No text has more characters than bytes.
    if text.len() <= max_chars || text.chars().nth(max_chars).is_none() {
        return text;
    }
    text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect()
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
    use crate::snapshot::samples::{ALPHA, BETA, GAMMA, key};

    const KEYS: [&str; 3] = [ALPHA, BETA, GAMMA];

    fn check(names: [&str; 3], expected: [&str; 3]) {
        let nodes: Vec<_> = KEYS.iter().zip(names).map(|(text, name)| (key(text), name)).collect();
        assert_eq!(labels(&nodes, 12, is_harmless), expected, "{names:?}");
    }

    #[test]
    fn a_label_belongs_to_one_node() {
        check(["alpha", "beta", "größe 🦀"], ["alpha", "beta", "größe 🦀"]);
        check(["alpha", "beta", "alpha"], ["alpha (UALPHAUJ)", "beta", "alpha (UCGAMMA3)"]);
        check(["alpha", "alpha ", "al\tpha"], ["alpha (UALPHAUJ)", "alpha (UBETAT7V)", "al pha"]);
        check(["", " ", "x"], ["(UALPHAUJ)", "(UBETAT7V)", "x"]);
        check(["long-nickname-1", "long-nickname-2", "x"], ["long-nickna… (UALPHAUJ)", "long-nickna… (UBETAT7V)", "x"]);
    }

    #[test]
    fn no_nickname_passes_for_anothers_label() {
        check(["a", "a", "a (UALPHAUJ)"], ["a (UALPHAUJ)", "a (UBETAT7V)", "a (UALPHAUJ) (UCGAMMA3)"]);
        check(["", "b", "(UALPHAUJ)"], ["(UALPHAUJ)", "b", "(UALPHAUJ) (UCGAMMA3)"]);
        check(["alpha", "al\u{200b}pha", "al\u{202e}pha"], ["alpha", "al�pha (UBETAT7V)", "al�pha (UCGAMMA3)"]);
    }

    #[test]
    fn keys_are_shown_as_far_as_they_differ() {
        assert_eq!(key_chars(&[]), 8);
        assert_eq!(key_chars(&KEYS.map(key)), 8);
        // They begin alike, and differ in their 17th character.
        let twin = "UALPHAUJZDEGXDNCTWINTWINTWINTWINTWINTWINTWINTWINTWINTPH6";
        assert_eq!(key_chars(&[key(ALPHA), key(twin)]), 17);
    }

    #[test]
    fn nothing_harmful_is_left() {
        assert_eq!(harmless("a\u{1b}[2Jb\0c\u{7f}\u{9b}d"), "a�[2Jb�c��d");
        assert_eq!(harmless("one\r\ntwo"), "one two");
        assert!(harmless("e\u{301} 木 🦀 ‑").contains('木'));
    }
}
