//! `stats-gatherer run`.

use anyhow::Context;
use statsgrid_gatherer::gatherer;
use statsgrid_gatherer::serve::{Ended, Mode};
use statsgrid_gatherer::settings::Settings;
use statsgrid_wire::Address;
use statsgrid_wire::daemon::{Exit, StopSignals, ready, stopping};

use super::{Failure, settings};
use crate::cli::RunOptions;

pub fn run(options: &RunOptions) -> Result<Exit, Failure> {
    let flags = Settings {
        enrol: options.enrol,
        interval: options.interval,
        deadline: options.deadline,
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
        let stop = async move {
            signals.next().await;
            stopping();
        };
        Ok::<_, Failure>(gatherer::run(&settings, mode, stop, up).await?)
    })?;
    match ended {
        Ended::Stopped => Ok(Exit::Success),
        Ended::Once { answered, present } => {
            eprintln!("stats-gatherer: {answered} of {present} providers answered");
            Ok(if answered > 0 && answered == present { Exit::Success } else { Exit::Incomplete })
        }
    }
}

fn up(address: &Address) {
    println!("address {address}");
    ready();
}

fn check(settings: &Settings) -> Result<Exit, Failure> {
    let plan = settings.plan()?;
    settings.enrol()?;
    settings.subjects()?;
    settings.advertised()?;
    settings.bus()?;
    let (snapshot, servers) = (settings.snapshot()?.display(), settings.servers()?.join(","));
    println!("{}: a round each {:?} over {servers} into {snapshot}", plan.nickname, plan.interval);
    Ok(Exit::Success)
}
