//! `stats-gatherer bus-config`: the users of the NATS server, for its configuration to include.

use statsgrid_gatherer::bus_config::BusConfig;
use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::trust::{Admission, TrustFile};
use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::{Exit, load_or_make_identity};

use super::{Failure, print, settings, tell_bad_lines, tell_weak_keys};
use crate::cli::GathererOptions;

pub fn bus_config(options: &GathererOptions, gatherers: &[PublicKey], account: Option<&str>) -> Result<Exit, Failure> {
    let settings = settings(options)?;
    let own = load_or_make_identity(&settings.identity_path()?).map_err(GathererError::from)?.public_key();
    let path = settings.trust_path()?;
    let (file, bad) = TrustFile::read(&path).map_err(GathererError::from)?;
    tell_bad_lines(&path, &bad);
    // The server would let in whoever signs anything under such a key.
    let weak = tell_weak_keys(&path, &file);
    let admission = Admission::new(settings.enrol(), file.standings());
    let mut all = vec![own];
    all.extend(gatherers.iter().filter(|key| **key != own));
    let config = BusConfig {
        prefix: settings.subjects()?.prefix().to_owned(),
        gatherers: all,
        providers: file
            .entries()
            .filter(|entry| admission.accepts(&entry.key) && !weak.contains(&entry.key))
            .cloned()
            .collect(),
        enrolment: settings.enrolment()?,
        account: account.map(str::to_owned),
    };
    print(&config)?;
    if config.enrolment.is_none() {
        eprintln!(
            "stats-gatherer: no login for enrolment, so a node must be approved before it can announce itself: set \
             `enrolment = \"USER:PASSWORD\"`"
        );
    }
    Ok(Exit::Success)
}
