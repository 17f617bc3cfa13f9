//! What one call of `get_stats` returns: names with numbers, in the order in which they were added.

use crate::Number;

/// The stats of one moment.
///
/// ```
/// use statsgrid_producer::Stats;
///
/// let mut stats = Stats::new().with("load1", 0.25).with("processes.running", 2);
/// for (mode, seconds) in [("user", 81.5), ("idle", 912.0)] {
///     stats.push(format!("cpu.{mode}"), seconds);
/// }
/// assert_eq!(stats.iter().count(), 4);
/// ```
///
/// Give each name once, and only names that the [`Description`](crate::Description) holds. One that it holds may be
/// absent: what cannot be measured now is left out, rather than reported as 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    readings: Vec<(String, Number)>,
}

impl Stats {
    /// No stats yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// These stats and one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Number>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds one, where a loop suits better than a chain.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Number>) {
        self.readings.push((name.into(), value.into()));
    }

    /// Adds all of `more`.
    pub fn append(&mut self, more: Self) {
        self.readings.extend(more.readings);
    }

    /// The value under `name`, if it is there.
    pub fn get(&self, name: &str) -> Option<Number> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// All names with their values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Number)> {
        self.readings.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl IntoIterator for Stats {
    type Item = (String, Number);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.readings.into_iter()
    }
}
