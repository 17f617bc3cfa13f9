//! {{name}}: how long it has been running, and the size of a file. Put your own stats in their place.

use std::time::Instant;

use statsgrid_producer::{Config, Description, Error, Producer, Stats, count};

/// What stays between two polls.
struct Probe {
    started: Instant,
    file: Option<String>,
}

statsgrid_producer::export!(Probe);

impl Producer for Probe {
    /// Called once. `config` is that of the producer's section in provider.toml.
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["file"])?;
        Ok(Self { started: Instant::now(), file: config.get("file").map(str::to_owned) })
    }

    /// What will be reported and counted: name, unit (as OpenMetrics has it, or none), and a sentence for people.
    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
            .gauge("running", "seconds", "Time since this producer was started.")
            .gauge("file_size", "bytes", "Size of the file that is looked at.")
            .counts("polls", "", "How often the stats were asked for.")
    }

    /// Called at each poll. An error is that poll's outcome: the producer lives on.
    fn get_stats(&mut self) -> Result<Stats, Error> {
        count("polls", 1);
        let mut stats = Stats::new().with("running", self.started.elapsed().as_secs_f64());
        if let Some(file) = &self.file {
            // Only what the section grants can be looked at.
            let looked = std::fs::metadata(file).map_err(|cause| Error::new(format!("file {file}: {cause}")))?;
            stats.push("file_size", looked.len());
        }
        Ok(stats)
    }
}

#[cfg(test)]
mod tests {
    use statsgrid_producer::Number;
    use statsgrid_producer::testing::{Harness, counted};

    use super::*;

    #[test]
    fn it_runs_without_a_configuration() {
        let mut probe = Harness::<Probe>::start(Config::new()).unwrap();
        let stats = probe.get_stats().unwrap();
        assert!(matches!(stats.get("running"), Some(Number::Float(seconds)) if seconds >= 0.0));
        assert_eq!(stats.get("file_size"), None);
        assert_eq!(counted("polls"), 1);
    }

    #[test]
    fn it_tells_the_size_of_a_file() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
        let mut probe = Harness::<Probe>::start(Config::from([("file", file)])).unwrap();
        let size = include_bytes!("lib.rs").len();
        assert_eq!(probe.get_stats().unwrap().get("file_size"), Some(size.into()));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let mut probe = Harness::<Probe>::start(Config::from([("file", "/nowhere")])).unwrap();
        let error = probe.get_stats().unwrap_err().to_string();
        assert!(error.starts_with("file /nowhere: "), "{error}");
    }
}
