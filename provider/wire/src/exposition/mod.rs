//! Values as Prometheus and its relatives read them: in its text format, and in OpenMetrics.
//!
//! Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> (version 0.0.4) and
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/> (version 1.0.0). Pure: nothing here knows a clock, a
//! connection or where values come from. Names are the same in both formats, so that a change of the scraper changes no
//! series. Left out on purpose: timestamps of samples, with which Prometheus would not see a series end; histograms, which
//! no producer reports; and names beyond ASCII, which only the newest scrapers take.

mod family;
mod format;
mod meaning;
mod names;
mod own;
#[cfg(test)]
mod parsed;
#[cfg(test)]
mod tests;
mod writer;

pub use family::{Family, Kind};
pub use format::Format;
pub use meaning::Meaning;
pub use names::{Meant, Names};
pub use own::{LIVE, List, Own, Owned, PLANNED, of_gatherer, of_provider};
pub use writer::{Labels, Value, Writer};
