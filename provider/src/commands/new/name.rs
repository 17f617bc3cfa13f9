//! What a new producer may be called: its name is a package's, a crate's and a section's at once.

use std::str::FromStr;

use statsgrid_wire::check_producer_name;

/// A name that cargo, rustc and provider.toml take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageName(String);

/// Words of the language, of this edition or kept for a later one: no crate can have such a name.
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
];
/// Crates that every program has.
const CRATES: [&str; 6] = ["alloc", "core", "proc_macro", "std", "statsgrid_producer", "test"];

impl PackageName {
    /// As the package has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the section has it, and the component's file: cargo writes the name of a crate with `_`.
    pub fn section(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl FromStr for PackageName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let section = name.replace('-', "_");
        if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            return Err("a name begins with a letter".to_owned());
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            return Err("a name has only ASCII letters, digits, `-` and `_`".to_owned());
        }
        if KEYWORDS.contains(&section.as_str()) {
            return Err(format!("`{name}` is a word of Rust, which cargo refuses as a name"));
        }
        if CRATES.contains(&section.as_str()) {
            return Err(format!("`{name}` is the name of a crate that the producer uses"));
        }
        check_producer_name(&section).map_err(|error| error.to_string())?;
        Ok(Self(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, expected: Result<&str, &str>| match (name.parse::<PackageName>(), expected) {
            (Ok(name), Ok(section)) => assert_eq!(name.section(), section),
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{name}: {reason}"),
            (parsed, _) => panic!("{name}: {parsed:?}"),
        };
        check("spool", Ok("spool"));
        check("my-monitor_2", Ok("my_monitor_2"));
        for name in ["", "2fast", "-a", ".a"] {
            check(name, Err("begins with a letter"));
        }
        for name in ["a b", "a.b", "a/b", "größe", "a\n"] {
            check(name, Err("only ASCII letters"));
        }
        for name in ["loop", "gen", "try", "self", "_", "async"] {
            check(name, Err("a word of Rust"));
        }
        for name in ["test", "std", "proc-macro", "statsgrid-producer"] {
            check(name, Err("name of a crate"));
        }
        check("app", Err("are taken"));
        check("statsgrid", Err("are taken"));
        check(&"x".repeat(200), Err("at most"));
    }
}
