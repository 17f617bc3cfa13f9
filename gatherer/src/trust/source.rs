//! The trust file as a running gatherer sees it: read at the start, looked at again and again, and told of in the log.

use statsgrid_wire::subject::Scope;

use super::{Admission, BadLine, TrustError, TrustFile, Watched};
use crate::limits::BAD_LINES_SHOWN;
use crate::settings::Enrol;

/// The file, and what holds for keys that it does not name.
#[derive(Debug)]
pub struct Source {
    watched: Watched,
    enrol: Enrol,
    scope: Scope,
}

/// What was read.
#[derive(Debug)]
pub struct Decision {
    /// What holds from here on.
    pub admission: Admission,
    /// All lines of the file were understood.
    pub whole: bool,
}

impl Source {
    /// Of this file, as far as it concerns the providers of `scope`: of others' decisions a shard keeps nothing.
    pub fn new(watched: Watched, enrol: Enrol, scope: Scope) -> Self {
        Self { watched, enrol, scope }
    }

    /// Reads it. Lines that are none are named in the log, and trust nobody.
    pub fn read(&mut self) -> Result<Decision, TrustError> {
        let (file, bad) = self.watched.read()?;
        Ok(self.decision(&file, &bad))
    }

    /// Takes a look at it, and reads it if it changed since it was last read, and has settled.
    pub fn read_if_settled(&mut self) -> Option<Result<Decision, TrustError>> {
        let read = self.watched.read_if_settled()?;
        Some(read.map(|(file, bad)| self.decision(&file, &bad)))
    }

    fn decision(&self, file: &TrustFile, bad: &[BadLine]) -> Decision {
        self.tell(bad);
        let ours = file.standings().filter(|(key, _)| self.scope.holds(key));
        Decision { admission: Admission::new(self.enrol, ours), whole: bad.is_empty() }
    }

    fn tell(&self, bad: &[BadLine]) {
        let path = self.watched.path().display();
        for line in bad.iter().take(BAD_LINES_SHOWN) {
            tracing::error!("trust file {path}, {line}; this line trusts and revokes nobody");
        }
        if let Some(more) = bad.len().checked_sub(BAD_LINES_SHOWN).filter(|more| *more > 0) {
            tracing::error!("trust file {path}: {more} more lines are no entries");
        }
    }
}
