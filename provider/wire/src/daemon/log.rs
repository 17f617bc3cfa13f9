//! The log: plain text or JSON, on standard error.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{LevelFilter, Targets};
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
        // The bus client's own events are told by us, in our words: it calls each refused try an error.
        // A producer that cannot connect says so itself; its host's client knows not for whom it asks.
        let quiet = [
            ("async_nats", LevelFilter::OFF),
            ("wasmtime", LevelFilter::WARN),
            ("wasmtime_wasi_http", LevelFilter::OFF),
        ];
        let filter = Targets::from_str(&self.log).unwrap_or_default().with_targets(quiet);
        let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
        let layer = match self.log_format {
            LogFormat::Text => layer.with_target(false).boxed(),
            LogFormat::Json => layer.json().flatten_event(true).boxed(),
        };
        let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    }
}

/// A word alone is a level: the library would take any other word for the name of a target.
fn filter(text: &str) -> Result<String, String> {
    let alone = text.split(',').find(|part| !part.contains('=') && part.trim().parse::<LevelFilter>().is_err());
    if let Some(word) = alone {
        return Err(format!("{word:?} is no level: give error, warn, info, debug, trace or off, or target=level"));
    }
    Targets::from_str(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Says a thing at once, and then seldom: for what lasts, and for what strangers can cause as often as they like.
#[derive(Clone, Debug)]
pub struct Seldom {
    every: Duration,
    said: HashMap<&'static str, Said>,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    when: Moment,
    suppressed: u64,
}

impl Seldom {
    /// Says the same again after `every` at the earliest.
    pub fn every(every: Duration) -> Self {
        Self { every, said: HashMap::new() }
    }

    /// Whether something of this kind is to be said now, and then how many times it was not since the last time. The
    /// kind is a word of ours, and not what happened: that varies, and whoever causes it makes it vary.
    pub fn due(&mut self, now: Moment, kind: &'static str) -> Option<u64> {
        let suppressed = match self.said.get_mut(kind) {
            Some(said) if now.since(said.when) < self.every => {
                said.suppressed += 1;
                return None;
            }
            Some(said) => said.suppressed,
            None => 0,
        };
        self.said.insert(kind, Said { when: now, suppressed: 0 });
        Some(suppressed)
    }

    /// The condition is over.
    pub fn reset(&mut self) {
        self.said.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, ManualClock};

    #[test]
    fn says_each_kind_once_and_then_seldom() {
        let clock = ManualClock::at(0);
        let mut seldom = Seldom::every(Duration::from_secs(600));
        assert_eq!(seldom.due(clock.now(), "refused"), Some(0));
        assert_eq!(seldom.due(clock.now(), "timed out"), Some(0));
        clock.advance(Duration::from_secs(599));
        assert_eq!(seldom.due(clock.now(), "refused"), None);
        assert_eq!(seldom.due(clock.now(), "refused"), None);
        clock.advance(Duration::from_secs(1));
        assert_eq!(seldom.due(clock.now(), "refused"), Some(2));
        seldom.reset();
        assert_eq!(seldom.due(clock.now(), "refused"), Some(0));
    }
}
