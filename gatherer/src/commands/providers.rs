//! `stats-gatherer providers`: whom people trust, whom they revoked, and who waits for a decision.

use anyhow::Context;
use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::settings::Settings;
use statsgrid_gatherer::snapshot::{ReadError, Snapshot};
use statsgrid_gatherer::trust::{Admission, Listed, Pending, TrustFile, listing, table};
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::{Clock, SystemClock};

use super::{Failure, print, settings, tell_bad_lines};
use crate::cli::GathererOptions;

pub fn providers(options: &GathererOptions, json: bool) -> Result<Exit, Failure> {
    let listed = known(&settings(options)?)?;
    if json {
        let text = serde_json::to_string_pretty(&listed).context("the list cannot be written as JSON")?;
        print(text + "\n")?;
    } else {
        print(table(&listed, SystemClock::start().now().wall_ms))?;
    }
    Ok(Exit::Success)
}

/// All keys that are known, by the files as they are now.
fn known(settings: &Settings) -> Result<Vec<Listed>, Failure> {
    let path = settings.trust_path()?;
    let (file, bad) = TrustFile::read(&path).map_err(GathererError::from)?;
    tell_bad_lines(&path, &bad);
    let admission = Admission::new(settings.enrol(), file.standings());
    let pending = Pending::read(settings.snapshot()?).map_err(GathererError::from)?;
    let snapshot = match Snapshot::read(settings.snapshot()?) {
        Err(ReadError::Missing { .. }) => Snapshot::default(),
        read => read.map_err(|error| Failure { exit: Exit::Files, error: error.into() })?,
    };
    Ok(listing(&file, &admission, &pending, &snapshot))
}
