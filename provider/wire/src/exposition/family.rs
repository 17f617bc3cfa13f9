//! A family: all series of one name, with what the name means.

use super::writer::Value;

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It only goes up, from 0 when it was created.
    Counter,
    /// It is as it is.
    Gauge,
}

/// A name with its meaning. [`super::Names`] makes those of stats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Without the suffix `_total`. ASCII letters, digits and `_`, and no digit first.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: Kind,
    /// The end of the name after a `_`, or empty.
    pub(super) unit: String,
    /// One line.
    pub(super) help: String,
}

impl Family {
    /// A family of our own, whose name is known to be one.
    pub(super) fn own(name: &str, kind: Kind, unit: &str, help: &str) -> Self {
        Self { name: name.to_owned(), kind, unit: unit.to_owned(), help: help.to_owned() }
    }

    /// Its name, without the suffix of counters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name that its samples have, and that it has in Prometheus.
    pub fn sample_name(&self) -> String {
        match self.kind {
            Kind::Counter => format!("{}_total", self.name),
            Kind::Gauge => self.name.clone(),
        }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether this value can be one of it: no counter is below 0, and a scraper that reads OpenMetrics strictly would take
    /// nothing at all if one was.
    pub fn shows(&self, value: &impl Value) -> bool {
        self.kind == Kind::Gauge || !value.is_negative()
    }

    /// All names that nobody else may have, or who reads could take one family for another.
    pub(super) fn claims(&self) -> impl Iterator<Item = String> {
        let suffixed = match self.kind {
            Kind::Counter => &["_total", "_created"][..],
            Kind::Gauge => &[],
        };
        let samples = suffixed.iter().map(|suffix| format!("{}{suffix}", self.name));
        [self.name.clone()].into_iter().chain(samples)
    }
}
