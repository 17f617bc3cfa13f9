//! `stats-provider run`.

use anyhow::Context;
use statsgrid_provider::{Provider, ProviderError};
use statsgrid_wire::daemon::{Hangups, StopSignals, ready, stopping};

use super::{Failure, settings};
use crate::cli::NodeOptions;

pub async fn run(options: &NodeOptions, check_config: bool) -> Result<(), Failure> {
    let settings = settings(options)?;
    if check_config {
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
    provider.reload_at(Hangups::listen().context("cannot listen to signals")?);
    Ok(provider.run(stop, ready).await?)
}
