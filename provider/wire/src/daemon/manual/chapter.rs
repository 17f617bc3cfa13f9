//! A part of a program's manual that its flags do not tell.

use std::fmt;

/// Columns of a name that its text stands beside; below a longer one.
const BESIDE: usize = 16;

/// Names and what there is to say of each: files, exit codes, examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    title: &'static str,
    entries: Vec<(String, String)>,
}

impl Chapter {
    /// The title is a sentence's beginning: `Exit status`.
    pub fn new<N: Into<String>, T: Into<String>>(
        title: &'static str,
        entries: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        Self { title, entries: entries.into_iter().map(|(name, text)| (name.into(), text.into())).collect() }
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        self.title
    }

    /// What is in it.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

/// As it stands below what `--help` prints.
impl fmt::Display for Chapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.entries.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        writeln!(f, "{}:", self.title)?;
        for (name, text) in &self.entries {
            if width <= BESIDE {
                writeln!(f, "  {name:<width$}  {text}")?;
            } else {
                writeln!(f, "  {name}\n          {text}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_beside_its_name_or_below() {
        let codes = Chapter::new("Exit status", [("0", "well"), ("10", "not well")]);
        assert_eq!(codes.to_string(), "Exit status:\n  0   well\n  10  not well\n");
        let examples = Chapter::new("Examples", [("stats-gatherer show", "all"), ("x", "y")]);
        assert_eq!(examples.to_string(), "Examples:\n  stats-gatherer show\n          all\n  x\n          y\n");
    }
}
