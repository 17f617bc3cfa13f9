//! The table at the end: what was given, kept and lost, what was forged and refused, what was done to whom.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

/// Sections of counts.
#[derive(Debug, Default)]
pub struct Report {
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    title: &'static str,
    counts: Vec<(String, u64)>,
}

impl Report {
    /// One more section.
    pub fn section<N: Display>(&mut self, title: &'static str, counts: impl IntoIterator<Item = (N, u64)>) {
        let counts = counts.into_iter().map(|(name, count)| (name.to_string(), count)).collect();
        self.sections.push(Section { title, counts });
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Section { title, counts } in &self.sections {
            writeln!(f, "\n{title}")?;
            for (name, count) in counts {
                writeln!(f, "{count:>9}  {name}")?;
            }
        }
        Ok(())
    }
}

/// Names of forgeries in words: `ChangedReply` is "changed reply".
pub fn in_words<K: fmt::Debug>(counts: BTreeMap<K, u64>) -> Vec<(String, u64)> {
    let words = |kind: &K| {
        let mut words = String::new();
        for letter in format!("{kind:?}").chars() {
            if letter.is_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.extend(letter.to_lowercase());
        }
        words
    };
    counts.iter().map(|(kind, count)| (words(kind), *count)).collect()
}
