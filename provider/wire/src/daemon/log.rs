//! The log: plain text or JSON, on standard error.

use std::io::IsTerminal;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::Moment;

/// The flags of the log, for a clap parser to flatten in.
#[derive(Args, Clone, Debug)]
pub struct LogOptions {
    /// How much is logged: a level (error, warn, info, debug, trace), or `target=level` pairs parted by commas
    #[arg(long, global = true, value_name = "FILTER", env = "STATSGRID_LOG", default_value = "info", value_parser = filter)]
    log: String,

    /// How the log is written
    #[arg(long, global = true, value_name = "FORMAT", env = "STATSGRID_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: one line an event.
    Text,
    /// For machines: one object an event.
    Json,
}

impl LogOptions {
    /// Starts the log. A second call changes nothing.
    pub fn start(&self) {
        // The bus client's own events are told by us, in our words.
        let quiet = [("async_nats", tracing::Level::ERROR), ("wasmtime", tracing::Level::WARN)];
        let filter = Targets::from_str(&self.log).unwrap_or_default().with_targets(quiet);
        let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
        let layer = match self.log_format {
            LogFormat::Text => layer.with_target(false).boxed(),
            LogFormat::Json => layer.json().flatten_event(true).boxed(),
        };
        let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    }
}

fn filter(text: &str) -> Result<String, String> {
    Targets::from_str(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Says a thing at once, and then seldom: for a condition that lasts.
#[derive(Clone, Debug)]
pub struct Seldom {
    every: Duration,
    last: Option<(Moment, String)>,
}

impl Seldom {
    /// Repeats what does not change after `every`.
    pub fn every(every: Duration) -> Self {
        Self { every, last: None }
    }

    /// Whether `what` is to be said now: it is new, or the last time is long ago.
    pub fn due(&mut self, now: Moment, what: &str) -> bool {
        let said = self.last.as_ref().is_some_and(|(when, last)| last == what && now.since(*when) < self.every);
        if !said {
            self.last = Some((now, what.to_owned()));
        }
        !said
    }

    /// The condition is over.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, ManualClock};

    #[test]
    fn says_it_once_and_then_seldom() {
        let clock = ManualClock::at(0);
        let mut seldom = Seldom::every(Duration::from_secs(600));
        assert!(seldom.due(clock.now(), "refused"));
        clock.advance(Duration::from_secs(599));
        assert!(!seldom.due(clock.now(), "refused"));
        assert!(seldom.due(clock.now(), "timed out"));
        clock.advance(Duration::from_secs(600));
        assert!(seldom.due(clock.now(), "timed out"));
        seldom.reset();
        assert!(seldom.due(clock.now(), "timed out"));
    }
}
