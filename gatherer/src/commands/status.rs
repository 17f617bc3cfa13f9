//! `stats-gatherer status`: one line a problem; the exit code says whether values are missing.

use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::snapshot::{ReadError, Snapshot};
use statsgrid_gatherer::status::{Gathered, problems};
use statsgrid_gatherer::trust::{Pending, TrustFile};
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::{Clock, SystemClock};

use super::{Failure, print, settings, tell_bad_lines};
use crate::cli::GathererOptions;

pub fn status(options: &GathererOptions) -> Result<Exit, Failure> {
    let settings = settings(options)?;
    let path = settings.trust_path()?;
    let (trust, bad) = TrustFile::read(&path).map_err(GathererError::from)?;
    tell_bad_lines(&path, &bad);
    let pending = Pending::read(settings.snapshot()?).map_err(GathererError::from)?;
    let snapshot = match Snapshot::read(settings.snapshot()?) {
        Err(ReadError::Missing { .. }) => Snapshot::default(),
        read => read.map_err(|error| Failure { exit: Exit::Files, error: error.into() })?,
    };
    let (interval, now_ms) = (settings.plan()?.interval, SystemClock::start().now().wall_ms);
    let gathered = Gathered { snapshot: &snapshot, trust: &trust, pending: &pending, interval, now_ms };
    let problems = problems(&gathered);
    problems.iter().try_for_each(|problem| print(format_args!("{problem}\n")))?;
    let lost = problems.iter().any(|problem| problem.kind.is_loss());
    Ok(if lost { Exit::Incomplete } else { Exit::Success })
}
