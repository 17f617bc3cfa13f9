//! A Linux host in its own words: load, memory, uptime, CPU time and processes, from four files of /proc.
//!
//! Each file is a module: its path, what is described, and a pure function from its text to stats. Only these single
//! files are read, and each must be granted; never the whole of /proc, which holds the memory of every process.
#![forbid(unsafe_code)]

mod loadavg;
mod meminfo;
mod stat;
mod uptime;

use std::collections::BTreeSet;
use std::{fs, io};

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

/// One file of /proc, and what it tells.
struct Source {
    path: &'static str,
    describe: fn(Description) -> Description,
    parse: fn(&str) -> Result<Stats, Error>,
}

const SOURCES: [Source; 4] = [loadavg::SOURCE, meminfo::SOURCE, uptime::SOURCE, stat::SOURCE];

struct Host {
    /// The files that failed at the last poll: each is named in the log when it begins to fail, not at each poll.
    failing: BTreeSet<&'static str>,
}

statsgrid_producer::export!(Host);

impl Producer for Host {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&[])?;
        Ok(Self { failing: BTreeSet::new() })
    }

    fn describe(&self) -> Description {
        let description = Description::new(env!("CARGO_PKG_VERSION"));
        SOURCES.iter().fold(description, |description, source| (source.describe)(description))
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        let (stats, failures) = gather(|path| fs::read_to_string(path))?;
        for failure in failures.iter().filter(|failure| !self.failing.contains(failure.path)) {
            eprintln!("{}: its stats are left out", failure.message);
        }
        self.failing = failures.iter().map(|failure| failure.path).collect();
        Ok(stats)
    }
}

/// A file that was not granted, is not there, or is not what it should be.
struct Failure {
    path: &'static str,
    message: String,
}

/// The stats of all files that can be read, and why the others cannot. Only where none can is it an error: an
/// operator who grants one file wants what is in it.
fn gather(read: impl Fn(&str) -> io::Result<String>) -> Result<(Stats, Vec<Failure>), Error> {
    let mut stats = Stats::new();
    let mut failures = Vec::new();
    for Source { path, parse, .. } in SOURCES {
        match read(path).map_err(Error::from).and_then(|text| parse(&text)) {
            Ok(more) => stats.append(more),
            Err(cause) => failures.push(Failure { path, message: format!("cannot read {path}: {cause}") }),
        }
    }
    if failures.len() == SOURCES.len() {
        let messages: Vec<_> = failures.into_iter().map(|failure| failure.message).collect();
        return Err(Error::new(format!("{}; are they in `files` of the producer's section?", messages.join("; "))));
    }
    Ok((stats, failures))
}

#[cfg(test)]
mod tests {
    use statsgrid_producer::testing::Harness;

    use super::*;

    fn read(path: &str) -> io::Result<String> {
        let text = match path {
            "/proc/loadavg" => loadavg::EXAMPLE,
            "/proc/meminfo" => meminfo::EXAMPLE,
            "/proc/uptime" => uptime::EXAMPLE,
            "/proc/stat" => stat::EXAMPLE,
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(text.to_owned())
    }

    #[test]
    fn all_that_is_described_is_reported() {
        let description = Host::init(&Config::new()).unwrap().describe();
        let described: Vec<_> = description.stats().iter().map(|stat| stat.name.as_str()).collect();
        let (stats, failures) = gather(read).unwrap();
        assert_eq!(stats.iter().map(|(name, _)| name).collect::<Vec<_>>(), described);
        assert!(failures.is_empty());
    }

    #[test]
    fn a_file_that_fails_leaves_out_its_own_stats() {
        let (stats, failures) = gather(|path| match path {
            "/proc/loadavg" => Err(io::ErrorKind::NotFound.into()),
            "/proc/uptime" => Ok("soon".to_owned()),
            _ => read(path),
        })
        .unwrap();
        assert!(stats.get("load1").is_none() && stats.get("uptime").is_none());
        assert!(stats.get("memory.total").is_some() && stats.get("cpu.user").is_some());
        let messages: Vec<_> = failures.iter().map(|failure| failure.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "cannot read /proc/loadavg: entity not found",
                "cannot read /proc/uptime: `soon` is not a number of seconds"
            ]
        );
    }

    #[test]
    fn an_error_names_every_file_when_none_can_be_read() {
        let outcome = gather(|_| Err(io::ErrorKind::PermissionDenied.into()));
        let cause = "permission denied";
        assert_eq!(
            outcome.err().unwrap().to_string(),
            format!(
                "cannot read /proc/loadavg: {cause}; cannot read /proc/meminfo: {cause}; cannot read /proc/uptime: {cause}; \
                 cannot read /proc/stat: {cause}; are they in `files` of the producer's section?"
            )
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_host_is_read() {
        let mut host = Harness::<Host>::start(Config::new()).unwrap();
        let stats = host.get_stats().unwrap();
        for name in ["load1", "memory.total", "uptime", "cpu.user"] {
            assert!(stats.get(name).is_some(), "{name} in {stats:?}");
        }
    }
}
