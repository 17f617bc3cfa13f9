//! Names by their form: a full name, or one with `*` for any characters. Graphs and `show` choose stats so.
//!
//! Left out on purpose: `?`, classes and braces, which no name of ours calls for.

/// A name, or a form of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// From its text; `*` stands for any number of any characters.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one name that it is, if it has no `*`.
    pub fn exact(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(&self.0)
    }

    /// Whether `name` is of this form.
    pub fn matches(&self, name: &str) -> bool {
        self.varying(name).is_some()
    }

    /// What stands in `name` where this has its first and last `*` and between them; empty if it has none.
    pub fn varying<'n>(&self, name: &'n str) -> Option<&'n str> {
        let Some((first, rest)) = self.0.split_once('*') else {
            return (self.0 == name).then_some("");
        };
        let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let varying = name.strip_prefix(first)?.strip_suffix(last)?;
        let mut left = varying;
        // Each part where it comes first: whatever follows has the most room so.
        for part in between.split('*') {
            left = left.split_once(part)?.1;
        }
        Some(varying)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_by_their_form() {
        let check = |pattern: &str, name: &str, expected: Option<&str>| {
            assert_eq!(Pattern::new(pattern).varying(name), expected, "{pattern} {name}");
        };
        check("host.load1", "host.load1", Some(""));
        check("host.load1", "host.load15", None);
        check("host.load*", "host.load15", Some("15"));
        check("host.load*", "host.load", Some(""));
        check("*", "anything.at_all", Some("anything.at_all"));
        check("s.latencies.*.90_0_percentile", "s.latencies.get.90_0_percentile", Some("get"));
        check("s.latencies.*.90_0_percentile", "s.latencies.90_0_percentile", None);
        check("a*b*c", "a1b2c", Some("1b2"));
        check("a*b*c", "a1c", None);
        check("a*bb*b*c", "abbbc", Some("bbb"));
        check("a*bb*b*c", "abbc", None);
        check("ab*b", "ab", None);
        check("**", "x", Some("x"));
    }
}
