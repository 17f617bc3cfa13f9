//! The socket, and the gauges that came over it.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixDatagram as BlockingDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use statsgrid_wire::daemon::Seldom;
use statsgrid_wire::{Clock, Number, SystemClock, one_line};
use tokio::net::UnixDatagram;

use super::line::Line;
use crate::counters::{CounterScope, Counters};
use crate::limits::{DATAGRAM_BYTES, GAUGES, LINE_SHOWN, SAY_REJECTIONS_AGAIN};

/// A socket that takes counts and gauges.
#[derive(Debug)]
pub struct Statsd {
    socket: UnixDatagram,
    path: PathBuf,
    counts: CounterScope,
    gauges: Gauges,
    own: Counters,
}

/// What the gauges of the socket hold, under full names.
#[derive(Clone, Debug, Default)]
pub struct Gauges(Arc<Mutex<BTreeMap<String, Number>>>);

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Something that is no socket stands there.
    #[error("statsd socket {0}: a file that is no socket stands there; remove it or name another path")]
    Occupied(PathBuf),
    /// Another program listens there.
    #[error("statsd socket {0}: another program listens there; stop it or name another path")]
    InUse(PathBuf),
    /// The system refuses.
    #[error("statsd socket {path}: cannot be {step}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What was tried.
        step: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl Statsd {
    /// Binds `path`, with mode 0660: whoever is in the group of the folder's choosing may count. A socket that a killed
    /// provider left behind is replaced; one that another program listens on is not.
    pub fn bind(path: &Path, prefix: &str, counters: &Counters, gauges: &Gauges) -> Result<Self, SocketError> {
        let failed = |step| move |source| SocketError::Io { path: path.to_owned(), step, source };
        remove_stale(path)?;
        let socket = UnixDatagram::bind(path).map_err(failed("bound"))?;
        // Until this line the umask rules, which on every system denies writing to others.
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o660)).map_err(failed("given mode 0660"))?;
        Ok(Self {
            socket,
            path: path.to_owned(),
            counts: counters.under(prefix),
            gauges: gauges.clone(),
            own: counters.clone(),
        })
    }

    /// Takes lines until it is dropped. A malformed one is counted and named in the log, and the rest are kept.
    pub async fn run(self) {
        let mut buffer = vec![0; DATAGRAM_BYTES];
        let clock = SystemClock::start();
        let mut seldom = Seldom::every(SAY_REJECTIONS_AGAIN);
        loop {
            let length = match self.socket.recv(&mut buffer).await {
                Ok(length) => length,
                Err(error) => {
                    tracing::error!("statsd socket {}: {error}; it takes no more", self.path.display());
                    return;
                }
            };
            let datagram = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
            for line in datagram.lines().filter(|line| !line.is_empty()) {
                let Err((kind, error)) = self.take(line) else { continue };
                // The counter has a place of its own, and so can always be counted.
                let _ = self.own.count("statsgrid.statsd_malformed", 1);
                if let Some(more) = seldom.due(clock.now(), kind) {
                    let (line, error) = (one_line(line, LINE_SHOWN), one_line(&error, LINE_SHOWN));
                    tracing::warn!("statsd line {line:?}: {error} ({more} more since the last such line)");
                }
            }
        }
    }

    /// Takes a line, or says what kind of fault it has, and which.
    fn take(&self, line: &str) -> Result<(), (&'static str, String)> {
        let taken = match Line::parse(line).map_err(|error| (error.kind(), error.to_string()))? {
            Line::Count { name, delta } => self.counts.count(name, delta).map_err(|error| error.to_string()),
            Line::Set { name, value } => self.gauges.set(&self.counts.full(name), |_| value),
            Line::Change { name, by } => self.gauges.set(&self.counts.full(name), |held| sum(held, by)),
        };
        taken.map_err(|error| ("limit", error))
    }
}

impl Drop for Statsd {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Gauges {
    /// All of them, as they stand.
    pub fn read(&self) -> Vec<(String, Number)> {
        let gauges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gauges.iter().map(|(name, value)| (name.clone(), *value)).collect()
    }

    fn set(&self, name: &str, value: impl FnOnce(Number) -> Number) -> Result<(), String> {
        let mut gauges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gauges.len() >= GAUGES && !gauges.contains_key(name) {
            return Err(format!("gauge {name:?}: {GAUGES} gauges are the limit"));
        }
        let held = gauges.entry(name.to_owned()).or_insert(Number::Integer(0));
        *held = value(*held);
        Ok(())
    }
}

/// Integers stay exact; where one of the two is a float, so is the sum, which stays finite.
fn sum(held: Number, by: Number) -> Number {
    match (held, by) {
        (Number::Integer(held), Number::Integer(by)) => Number::Integer(held.saturating_add(by)),
        (held, by) => Number::float(held.as_f64() + by.as_f64()).unwrap_or(held),
    }
}

/// A socket file outlives its owner, if that was killed. Only one that nobody listens on is removed.
fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let failed = |step| move |source| SocketError::Io { path: path.to_owned(), step, source };
    let metadata = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(failed("examined"))?,
    };
    if !metadata.file_type().is_socket() {
        return Err(SocketError::Occupied(path.to_owned()));
    }
    let probe = BlockingDatagram::unbound().map_err(failed("probed"))?;
    match probe.connect(path) {
        Ok(()) => Err(SocketError::InUse(path.to_owned())),
        Err(_) => std::fs::remove_file(path).map_err(failed("replaced")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_are_set_and_changed() {
        let gauges = Gauges::default();
        gauges.set("app.depth", |_| Number::Integer(5)).unwrap();
        gauges.set("app.depth", |held| sum(held, Number::Integer(-2))).unwrap();
        gauges.set("app.ratio", |held| sum(held, Number::Float(0.5))).unwrap();
        let expected = [("app.depth".to_owned(), Number::Integer(3)), ("app.ratio".to_owned(), Number::Float(0.5))];
        assert_eq!(gauges.read(), expected);
        assert_eq!(sum(Number::Float(f64::MAX), Number::Float(f64::MAX)), Number::Float(f64::MAX));
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced_and_all_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statsd.sock");
        let bind = || Statsd::bind(&path, "app", &Counters::default(), &Gauges::default());
        drop(BlockingDatagram::bind(&path).unwrap());
        let held = bind().unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
        assert!(matches!(bind(), Err(SocketError::InUse(_))));
        drop(held);
        assert!(!path.exists());
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(bind(), Err(SocketError::Occupied(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }
}
