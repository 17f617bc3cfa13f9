//! `run --print`: who comes, who goes and what they say, on standard output, as the original's stdout gatherer did.

use std::io::Write;

use statsgrid_wire::PublicKey;

use crate::snapshot::Record;

/// Prints, or does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Print {
    on: bool,
}

impl Print {
    pub(crate) fn new(on: bool) -> Self {
        Self { on }
    }

    pub(crate) fn connected(self, key: PublicKey, record: &Record) {
        self.line(|| format!("connected {key} {}", record.nickname));
    }

    pub(crate) fn disconnected(self, key: PublicKey, record: &Record) {
        self.line(|| format!("disconnected {key} {}", record.nickname));
    }

    pub(crate) fn stats(self, key: PublicKey, record: &Record) {
        self.line(|| {
            let stats = serde_json::to_string(&record.stats).unwrap_or_default();
            format!("stats {key} {} {stats}", record.nickname)
        });
    }

    /// A reader that went away (`| head`) is no reason to stop gathering.
    fn line(self, text: impl FnOnce() -> String) {
        if self.on {
            let _ = writeln!(std::io::stdout(), "{}", text());
        }
    }
}
