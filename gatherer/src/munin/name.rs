//! Names of stats as munin takes them: in the name of a graph, of a line in it, of a file.
//!
//! munin turns everything but ASCII letters, digits and `_` into `_`, so `a.b_c` and `a_b.c` would be one. Here the dot
//! becomes `__`, which can be read back; a name that could not be carries a hash of itself instead, after `___`. So no two
//! names become one, and none becomes a word that munin keeps for itself (`root`, `graph_title`), for these have no `__`.

use statsgrid_wire::Hash;

use super::limits::NAME_CHARS;

/// Hexadecimal digits of a hash: too many for somebody to find two names that share them by trying.
const HASH_CHARS: usize = 16;

/// What stands before the hash.
const BEFORE_HASH: &str = "___";

/// Endings that say how a graph is drawn, and so end no stat's name.
pub const ENDINGS: [&str; 3] = ["_fleet", "_sum", "_top10"];

/// `name` in letters, digits and `_`, beginning with no digit: different for each name.
pub fn cleaned(name: &str) -> String {
    let plain = name.replace('.', "__");
    if is_readable(name, &plain) {
        return plain;
    }
    let start = if plain.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
    let safe = start.chars().chain(plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
    let hash = Hash::of(name.as_bytes()).to_string();
    let before = NAME_CHARS - BEFORE_HASH.len() - HASH_CHARS;
    safe.take(before).chain(BEFORE_HASH.chars()).chain(hash.chars().take(HASH_CHARS)).collect()
}

/// The name that [`cleaned`] made `text` of, if that can be read off it: not of one with a hash.
pub fn readable(text: &str) -> Option<String> {
    let name = text.replace("__", ".");
    (!text.contains('.') && is_readable(&name, text)).then_some(name)
}

/// Whether it can be read back: dots and single `_` alone, apart from each other.
fn is_readable(name: &str, plain: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    name.contains('.')
        && name.chars().all(is_plain)
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["__", "_.", "._", ".."].iter().any(|pair| name.contains(pair))
        && !name.ends_with(['_', '.'])
        && !ENDINGS.iter().any(|ending| name.ends_with(ending))
        && plain.len() <= NAME_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn plain_names_are_read_back() {
        for (name, text) in [
            ("host.load1", "host__load1"),
            ("load_monitor.avg_load", "load_monitor__avg_load"),
            ("storage_server.latencies.get.99_9_percentile", "storage_server__latencies__get__99_9_percentile"),
        ] {
            assert_eq!((cleaned(name).as_str(), readable(text).as_deref()), (text, Some(name)));
        }
    }

    #[test]
    fn names_that_would_become_one_carry_a_hash() {
        let long = format!("a.{}", "b".repeat(158));
        let alike = [
            "a.b_c",
            "a_b.c",
            "a_.b",
            "a._b",
            "a.b__c",
            "a__b.c",
            "a.b-c",
            "a-b.c",
            "a.b.c",
            "4.b",
            "5.b",
            "_4.b",
            "root",
            "graph_title",
            "graph_order",
            "a.b_fleet",
            "a.b_top10",
            "a.b_sum",
            "a.b_",
            "a_b",
            &long,
            &long[..159],
        ];
        let cleaned: BTreeSet<String> = alike.iter().map(|name| cleaned(name)).collect();
        assert_eq!(cleaned.len(), alike.len(), "{cleaned:?}");
        for text in &cleaned {
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{text}");
            assert!(!text.starts_with(|c: char| c.is_ascii_digit()) && text.contains("__"), "{text}");
            assert!(text.len() <= NAME_CHARS && !ENDINGS.iter().any(|ending| text.ends_with(ending)), "{text}");
        }
        assert_eq!(super::cleaned("a.b-c"), "a__b_c___1d5b5b0f5a4d5a2f".replace("1d5b5b0f5a4d5a2f", &hash("a.b-c")));
    }

    fn hash(name: &str) -> String {
        Hash::of(name.as_bytes()).to_string()[..16].to_owned()
    }

    #[test]
    fn what_is_no_cleaned_name_is_not_read() {
        for text in ["", "a", "a_b", "a___b", "a__b___0123456789abcdef", "__a", "a__", "4__b", "a__b_fleet", "a.b"] {
            assert_eq!(readable(text), None, "{text}");
        }
    }
}
