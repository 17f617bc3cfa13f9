//! What a producer says of itself, once: its version, its stats, its counters, and how often it samples.

use std::time::Duration;

/// What a value means to whoever draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Work done since some start: it only goes up, and a reader draws its rate.
    Counter,
    /// A measure of this moment: a reader draws it as it is.
    Gauge,
}

/// What [`get_stats`](crate::Producer::get_stats) will report under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatDescription {
    /// The name, without the prefix of the producer's section.
    pub name: String,
    /// Whether readers draw the value or its rate.
    pub kind: Kind,
    /// A unit in the terms of OpenMetrics, or empty.
    pub unit: String,
    /// One sentence for people.
    pub help: String,
}

/// A counter that the producer will [`count`](crate::count).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterDescription {
    /// The name, without the prefix of the producer's section.
    pub name: String,
    /// A unit in the terms of OpenMetrics, or empty.
    pub unit: String,
    /// One sentence for people.
    pub help: String,
}

/// What a producer will report and count, built name by name.
///
/// Each name is given with its unit (in the terms of OpenMetrics: `seconds`, `bytes`, `ratio`, or empty) and one
/// sentence for people, which labels the graph.
///
/// ```
/// use statsgrid_producer::Description;
///
/// Description::new(env!("CARGO_PKG_VERSION"))
///     .gauge("consumed", "bytes", "Bytes of all files.")
///     .counts("bytes_added", "bytes", "Bytes that came.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Description {
    pub(crate) version: String,
    pub(crate) stats: Vec<StatDescription>,
    pub(crate) counters: Vec<CounterDescription>,
    pub(crate) sample_interval_ms: Option<u32>,
}

impl Description {
    /// A description of nothing yet. The version is the producer's own, for people: `env!("CARGO_PKG_VERSION")`.
    pub fn new(version: impl Into<String>) -> Self {
        Self { version: version.into(), stats: Vec::new(), counters: Vec::new(), sample_interval_ms: None }
    }

    /// A stat that measures the moment.
    pub fn gauge(self, name: impl Into<String>, unit: impl Into<String>, help: impl Into<String>) -> Self {
        self.stat(name.into(), Kind::Gauge, unit.into(), help.into())
    }

    /// A stat that only goes up, for a total that the system itself keeps. It is reported like any other stat; for a
    /// total that the producer would have to keep, see [`counts`](Self::counts).
    pub fn counter(self, name: impl Into<String>, unit: impl Into<String>, help: impl Into<String>) -> Self {
        self.stat(name.into(), Kind::Counter, unit.into(), help.into())
    }

    /// A counter that the provider keeps and that [`count`](crate::count) adds to. It is there, at 0, from now on.
    pub fn counts(mut self, name: impl Into<String>, unit: impl Into<String>, help: impl Into<String>) -> Self {
        self.counters.push(CounterDescription { name: name.into(), unit: unit.into(), help: help.into() });
        self
    }

    /// How often [`sample`](crate::Producer::sample) is to be called. The contract counts whole milliseconds: less
    /// than one becomes one, for 0 would be a busy loop, and more than 2^32-1 (49 days) become that.
    pub fn sample_every(mut self, interval: Duration) -> Self {
        self.sample_interval_ms = Some(u32::try_from(interval.as_millis()).unwrap_or(u32::MAX).max(1));
        self
    }

    /// The producer's own version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The stats described so far, in their order.
    pub fn stats(&self) -> &[StatDescription] {
        &self.stats
    }

    /// The counters described so far, in their order.
    pub fn counters(&self) -> &[CounterDescription] {
        &self.counters
    }

    /// How often `sample` is to be called; none: never.
    pub fn sample_interval(&self) -> Option<Duration> {
        self.sample_interval_ms.map(|milliseconds| Duration::from_millis(milliseconds.into()))
    }

    fn stat(mut self, name: String, kind: Kind, unit: String, help: String) -> Self {
        self.stats.push(StatDescription { name, kind, unit, help });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_kind() {
        let description =
            Description::new("1.2.3").gauge("g", "bytes", "G.").counter("c", "", "C.").counts("n", "", "N.");
        let stats: Vec<_> = description.stats().iter().map(|stat| (stat.name.as_str(), stat.kind)).collect();
        assert_eq!(stats, [("g", Kind::Gauge), ("c", Kind::Counter)]);
        assert_eq!(description.counters().iter().map(|counter| counter.name.as_str()).collect::<Vec<_>>(), ["n"]);
        assert_eq!((description.version(), description.sample_interval()), ("1.2.3", None));
    }

    #[test]
    fn a_sample_interval_fits_the_contract() {
        let day = Duration::from_secs(86_400);
        let cases = [
            (Duration::ZERO, Duration::from_millis(1)),
            (Duration::from_micros(1_999), Duration::from_millis(1)),
            (Duration::from_secs(1), Duration::from_secs(1)),
            (100 * day, Duration::from_millis(u32::MAX.into())),
        ];
        for (asked, given) in cases {
            assert_eq!(Description::new("1").sample_every(asked).sample_interval(), Some(given));
        }
    }
}
