//! `stats-provider run`.

use std::io::{self, Write};

use anyhow::Context;
use statsgrid_provider::{Provider, ProviderError};
use statsgrid_wire::daemon::{Hangups, StopSignals, ready, stopping};

use super::{Failure, settings};
use crate::cli::RunOptions;

pub async fn run(options: &RunOptions) -> Result<(), Failure> {
    let mut settings = settings(&options.node)?;
    settings.listen = options.listen.or(settings.listen);
    if !options.listen_names.is_empty() {
        settings.listen_names.clone_from(&options.listen_names);
    }
    if options.check_config {
        let addresses = settings.addresses().map_err(ProviderError::from)?;
        settings.bus().map_err(ProviderError::from)?;
        println!("{}: {} producers, {} gatherers", settings.nickname(), settings.producers.len(), addresses.len());
        return Ok(());
    }
    let mut signals = StopSignals::listen().context("cannot listen to signals")?;
    let stop = async move {
        signals.next().await;
        stopping();
    };
    let mut provider = Provider::new(settings);
    if let Some(pages) = provider.listen()? {
        // Whoever started it may have closed standard output, and it answers all the same.
        let _ = writeln!(io::stdout(), "listening http://{pages}/");
    }
    provider.reload_at(Hangups::listen().context("cannot listen to signals")?);
    Ok(provider.run(stop, ready).await?)
}
