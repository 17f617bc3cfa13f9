//! What a node is called on a screen or a graph, where its nickname alone might mislead.
//!
//! Nicknames are others' text: they may hold what does more to a line than to stand in it (wire's `harmless.rs`), they may
//! be shared, and one may be made to look like another. So a label is harmless and belongs to one node.

use std::borrow::Cow;
use std::collections::HashMap;

use statsgrid_wire::PublicKey;
pub use statsgrid_wire::{harmless, is_harmless, visible};

/// Characters of a key that are shown at least: enough for people to tell a fleet's keys apart.
const KEY_CHARS: usize = 8;

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
}
