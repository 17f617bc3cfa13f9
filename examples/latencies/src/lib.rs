//! Percentiles of the latencies that a server writes into its log, for each operation, as Tahoe-LAFS's storage server
//! had them.
//!
//! Each second tail.rs gives what the log has grown by, and layout.rs finds operation and latency in a line. The
//! windows are the SDK's. What is in the log at the start is history, and is not read: a restart counts nothing twice.
#![forbid(unsafe_code)]

mod layout;
mod tail;

use std::time::{Duration, Instant};

use statsgrid_producer::{Config, Description, Error, Producer, Stats, Window, count};

use layout::Layout;
use tail::Tail;

/// How often the log is looked at: a sample's age is known this well.
const TICK: Duration = Duration::from_secs(1);

/// Samples of each operation: the first number with which there is a 99.9th percentile, and the original's.
const SAMPLES: usize = 1000;
/// How long a sample counts: ten polls.
const MAX_AGE_S: u64 = 600;

struct Latencies {
    tail: Tail,
    layout: Layout,
    /// By operation; one without a name where operations are not told apart.
    windows: Vec<(String, Window)>,
    /// Why the log could not be read; told with the next poll, since nobody waits for a tick.
    trouble: Option<Error>,
}

statsgrid_producer::export!(Latencies);

impl Producer for Latencies {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["log", "latency", "unit", "operation", "operations", "samples", "max_age_s"])?;
        let layout = Layout::of(config)?;
        let samples = config.parse("samples")?.unwrap_or(SAMPLES);
        let max_age = Duration::from_secs(config.parse("max_age_s")?.unwrap_or(MAX_AGE_S));
        let windows = layout.operations().map(|operation| (operation.to_owned(), Window::new(samples, max_age)));
        let windows = windows.collect();
        Ok(Self { tail: Tail::from_end(config.require("log")?)?, layout, windows, trouble: None })
    }

    fn describe(&self) -> Description {
        let description = Description::new(env!("CARGO_PKG_VERSION"))
            .counts("lines", "", "Lines of the log that held a latency.")
            .counts("lines_unread", "", "Lines of the log in which no latency was found.")
            .counts("bytes_skipped", "bytes", "Bytes of the log that came faster than they can be read.")
            .sample_every(TICK);
        self.windows.iter().fold(description, |description, (operation, _)| {
            let what = if operation.is_empty() { "Latency".to_owned() } else { format!("Latency of {operation}") };
            Window::describe(description, operation, "seconds", &what)
        })
    }

    fn sample(&mut self) {
        self.trouble = self.follow(Instant::now()).err();
    }

    /// The lines since the last tick are part of it.
    fn get_stats(&mut self) -> Result<Stats, Error> {
        let now = Instant::now();
        if let Some(trouble) = self.follow(now).err().or(self.trouble.take()) {
            return Err(trouble);
        }
        let mut stats = Stats::new();
        for (operation, window) in &mut self.windows {
            stats.append(window.stats(operation, now));
        }
        Ok(stats)
    }
}

impl Latencies {
    fn follow(&mut self, now: Instant) -> Result<(), Error> {
        let grown = self.tail.read()?;
        let (mut lines, mut unread) = (0, 0);
        for line in grown.text.lines() {
            let Some((operation, seconds)) = self.layout.read(line) else {
                unread += 1;
                continue;
            };
            lines += 1;
            // An operation that nobody asked for has no window.
            if let Some((_, window)) = self.windows.iter_mut().find(|(name, _)| name == operation) {
                window.record(seconds, now);
            }
        }
        count("lines", lines);
        count("lines_unread", unread);
        count("bytes_skipped", grown.skipped);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::Write;
    use std::path::PathBuf;

    use statsgrid_producer::Number;
    use statsgrid_producer::testing::{Harness, counted};
    use tempfile::TempDir;

    use super::*;

    /// A log with a producer on it.
    struct Scene {
        log: PathBuf,
        producer: Harness<Latencies>,
        _folder: TempDir,
    }

    impl Scene {
        fn with(config: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("access.log");
            fs::write(&log, "GET /old 200 9.000\n").unwrap();
            let named = [("log", log.to_str().unwrap())];
            let config = Config::from_iter(named.into_iter().chain(config.iter().copied()));
            Self { producer: Harness::start(config).unwrap(), log, _folder: folder }
        }

        fn append(&self, text: &str) {
            OpenOptions::new().append(true).open(&self.log).unwrap().write_all(text.as_bytes()).unwrap();
        }

        #[track_caller]
        fn check(&mut self, stat: &str, expected: impl Into<Number>) {
            assert_eq!(self.producer.get_stats().unwrap().get(stat), Some(expected.into()), "{stat}");
        }
    }

    #[test]
    fn what_is_appended_is_measured_and_what_was_there_is_not() {
        let mut scene = Scene::with(&[]);
        scene.check("samplesize", 0);
        scene.append("GET /a 200 0.010\nGET /b 200 0.030\n");
        scene.producer.sample();
        scene.append("a line without one\n");
        scene.check("samplesize", 2);
        scene.check("mean", 0.02);
        assert_eq!((counted("lines"), counted("lines_unread")), (2, 1));
    }

    #[test]
    fn operations_have_windows_of_their_own() {
        let mut scene = Scene::with(&[("operation", "1"), ("operations", "get put"), ("unit", "ms")]);
        for number in 0..10 {
            scene.append(&format!("\"GET /a\" 200 {number}\n"));
        }
        scene.append("PUT /a 201 70\nDELETE /a 204 1\n");
        scene.check("get.samplesize", 10);
        scene.check("get.50_0_percentile", 0.005);
        scene.check("put.samplesize", 1);
        assert_eq!(scene.producer.description().stats().len(), 18);
        assert_eq!(counted("lines"), 12);
    }

    #[test]
    fn a_rotated_log_is_followed() {
        let mut scene = Scene::with(&[]);
        scene.append("a 0.001\n");
        scene.check("samplesize", 1);
        // Written into the old file after the last look, then rotated: no line is lost.
        scene.append("b 0.002\n");
        fs::rename(&scene.log, scene.log.with_extension("1")).unwrap();
        File::create(&scene.log).unwrap();
        scene.append("c 0.003\n");
        scene.check("samplesize", 3);
        // Truncated in its place.
        fs::write(&scene.log, "d 0.4\n").unwrap();
        scene.check("samplesize", 4);
    }

    #[test]
    fn a_log_that_is_away_is_an_error_of_that_poll() {
        let mut scene = Scene::with(&[]);
        fs::rename(&scene.log, scene.log.with_extension("1")).unwrap();
        let error = scene.producer.get_stats().unwrap_err().to_string();
        assert!(error.contains("access.log"), "{error}");
        fs::write(&scene.log, "a 0.001\n").unwrap();
        scene.check("samplesize", 1);
    }

    #[test]
    fn wrong_configurations_are_named() {
        let check = |key: &str, value: &str, expected: &str| {
            let config = Config::from([("log", "/dev/null"), (key, value)]);
            let error = Harness::<Latencies>::start(config).err().unwrap().to_string();
            assert!(error.contains(expected), "{key}: {error}");
        };
        check("unit", "min", "config key `unit`: give s, ms, us or ns");
        check("latency", "0", "config key `latency`: fields are counted from 1");
        check("operations", "a", "config key `operations` needs `operation`");
        check("operation", "1", "config key `operation` needs `operations`");
        check("colour", "red", "config key `colour` is unknown");
    }
}
