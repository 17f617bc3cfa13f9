//! `stats-gatherer run`.

use std::path::Path;

use anyhow::{Context, anyhow};
use statsgrid_gatherer::gatherer::{self, GathererError, Up};
use statsgrid_gatherer::serve::{Ended, Mode};
use statsgrid_gatherer::settings::Settings;
use statsgrid_gatherer::trust::TrustFile;
use statsgrid_wire::daemon::{Exit, Hangups, StopSignals, ready, stopping};

use super::{Failure, print, settings, tell_bad_lines, tell_weak_keys};
use crate::cli::RunOptions;

pub fn run(options: &RunOptions) -> Result<Exit, Failure> {
    let flags = Settings {
        shard: options.shard,
        interval: options.interval,
        deadline: options.deadline,
        journal: options.journal.clone(),
        journal_size: options.journal_size,
        journal_keep: options.journal_keep,
        listen: options.listen,
        listen_names: options.listen_names.clone(),
        bus: options.bus.clone(),
        ..Settings::default()
    };
    let settings = flags.over(settings(&options.gatherer)?);
    if options.check_config {
        return check(&settings);
    }
    // One thread keeps the records; receiving, verifying and writing have their own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let mode = Mode { once: options.once, print: options.print };
    let ended = runtime.block_on(async {
        let mut signals = StopSignals::listen().context("cannot listen to signals")?;
        let hangups = Hangups::listen().context("cannot listen to signals")?;
        let stop = async move {
            signals.next().await;
            stopping();
        };
        Ok::<_, Failure>(gatherer::run(&settings, mode, stop, hangups, up).await?)
    })?;
    match ended {
        Ended::Stopped => Ok(Exit::Success),
        Ended::Once { answered, present } => {
            eprintln!("stats-gatherer: {answered} of {present} providers answered");
            Ok(if answered > 0 && answered == present { Exit::Success } else { Exit::Incomplete })
        }
    }
}

fn up(up: &Up) {
    // Standard output is a log under systemd, so a password is not in it: `address` and the address's file have it.
    // Whoever started it may have closed it, and it gathers all the same.
    let _ = print(format_args!("address {}\n", up.address.without_password()));
    if let Some(pages) = up.pages {
        let _ = print(format_args!("listening http://{pages}/\n"));
    }
    ready();
}

fn check(settings: &Settings) -> Result<Exit, Failure> {
    let plan = settings.plan()?;
    settings.check_files()?;
    settings.subjects()?;
    settings.enrolment()?;
    settings.advertised()?;
    check_trust(&settings.trust_path()?)?;
    settings.journal()?;
    settings.bus()?;
    let (snapshot, servers) = (settings.snapshot()?.display(), settings.servers()?.join(","));
    print(format_args!("{}: a round each {:?} over {servers} into {snapshot}\n", plan.nickname, plan.interval))?;
    Ok(Exit::Success)
}

fn check_trust(path: &Path) -> Result<(), Failure> {
    let (file, bad) = TrustFile::read(path).map_err(GathererError::from)?;
    tell_bad_lines(path, &bad);
    let lines = bad.len() + tell_weak_keys(path, &file).len();
    let path = path.display();
    let refused = || Failure { exit: Exit::Settings, error: anyhow!("{lines} lines of {path} trust nobody") };
    if lines == 0 { Ok(()) } else { Err(refused()) }
}
