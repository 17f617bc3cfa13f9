//! `stats-gatherer approve` and `revoke`: people's decisions, written to the trust file.
//!
//! They need no running gatherer: one that runs sees the file change. So a key can be approved before its node first
//! starts.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::{Instant, SystemTime};

use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::limits::{DECISION_PAUSE, DECISION_WAIT};
use statsgrid_gatherer::settings::Settings;
use statsgrid_gatherer::snapshot::{Snapshot, beside};
use statsgrid_gatherer::trust::{Change, EditError, Pending, Standing, TrustFile, edit};
use statsgrid_wire::daemon::{Exit, Lock, LockError};
use statsgrid_wire::limits::NICKNAME_BYTES;
use statsgrid_wire::{PublicKey, one_line};

use super::{Failure, print, settings, tell_bad_lines};
use crate::cli::GathererOptions;

pub fn approve(options: &GathererOptions, keys: &[PublicKey], all_pending: bool) -> Result<Exit, Failure> {
    let settings = settings(options)?;
    let mut keys = keys.to_vec();
    if all_pending {
        let pending = Pending::read(settings.snapshot()?).map_err(GathererError::from)?;
        keys.extend(pending.iter().map(|(key, _)| *key));
        if keys.is_empty() {
            print("nobody waits for a decision\n")?;
            return Ok(Exit::Success);
        }
    }
    decide(&settings, &keys, Standing::Trusted)
}

pub fn revoke(options: &GathererOptions, keys: &[PublicKey]) -> Result<Exit, Failure> {
    decide(&settings(options)?, keys, Standing::Revoked)
}

fn decide(settings: &Settings, keys: &[PublicKey], standing: Standing) -> Result<Exit, Failure> {
    settings.check_files()?;
    let path = settings.trust_path()?;
    let verb = if standing == Standing::Trusted { "approved" } else { "revoked" };
    for key in keys {
        let weak = |error| anyhow::anyhow!("{key}: {error}");
        key.verifier().map_err(|error| Failure { exit: Exit::Usage, error: weak(error) })?;
    }
    let _lock = lock(&path).map_err(GathererError::from)?;
    let names = nicknames(settings, keys)?;
    let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let today = today.split('T').next().unwrap_or_default();
    let choose = |file: &TrustFile| {
        let remarked: HashSet<_> = file.entries().filter(|entry| !entry.remark.is_empty()).map(|e| e.key).collect();
        let change = |key: &PublicKey| {
            // The name stands in the remark of its first decision already.
            let name = names.get(key).filter(|_| !remarked.contains(key));
            let name = name.map(|name| format!("{name}, ")).unwrap_or_default();
            Change { key: *key, standing, remark: format!("{name}{verb} {today}") }
        };
        keys.iter().map(change).collect()
    };
    let (made, bad) = edit(&path, choose).map_err(|error| match error {
        EditError::Read(error) => GathererError::from(error).into(),
        error @ EditError::Write(_) => Failure { exit: Exit::Files, error: error.into() },
    })?;
    tell_bad_lines(&path, &bad);
    for key in keys {
        let name = names.get(key).map(|name| format!(" ({name})")).unwrap_or_default();
        let before = if made.iter().any(|change| change.key == *key) { "" } else { " before, so nothing changes" };
        print(format_args!("{verb} {key}{name}{before}\n"))?;
    }
    if !made.is_empty() {
        eprintln!("A running gatherer takes this in within a second. {}", super::RELOAD_HINT);
    }
    Ok(Exit::Success)
}

/// Held while the file is read and replaced, so that two that decide at once both have their say.
fn lock(trust: &Path) -> Result<Lock, LockError> {
    let ends = Instant::now() + DECISION_WAIT;
    loop {
        match Lock::take(&beside(trust, "lock"), "`approve` or `revoke`", "try again when it is done") {
            Err(LockError::Held { .. }) if Instant::now() < ends => std::thread::sleep(DECISION_PAUSE),
            taken => return taken,
        }
    }
}

/// What the keys are called, as far as they were heard.
fn nicknames(settings: &Settings, keys: &[PublicKey]) -> Result<BTreeMap<PublicKey, String>, Failure> {
    // Names are a courtesy: what cannot be read is no reason not to decide.
    let pending = Pending::read(settings.snapshot()?).unwrap_or_default();
    let snapshot = Snapshot::read(settings.snapshot()?).unwrap_or_default();
    let name = |key: &PublicKey| {
        let heard = pending.get(key).map(|applicant| applicant.nickname.clone());
        heard.or_else(|| snapshot.records.get(key).map(|record| record.nickname.clone()))
    };
    let named = |key: &PublicKey| Some((*key, one_line(&name(key)?, NICKNAME_BYTES)));
    let said = |(_, name): &(PublicKey, String)| !name.is_empty();
    Ok(keys.iter().filter_map(named).filter(said).collect())
}
