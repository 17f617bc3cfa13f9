//! `stats-provider once`: the reply that a poll would get, for people and for a node without a gatherer.

use std::time::Duration;

use anyhow::Context;
use statsgrid_provider::Provider;
use statsgrid_wire::Hash;

use super::{Failure, settings};
use crate::cli::NodeOptions;

/// Nobody's poll asks, so its hash is nobody's.
const NO_POLL: Hash = statsgrid_wire::Hex([0; 32]);
/// As long as a gatherer would wait.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn once(options: &NodeOptions) -> Result<(), Failure> {
    let (node, _) = Provider::new(settings(options)?).start().await?;
    let taken = node.take(PATIENCE).await;
    let reply = node.reply(NO_POLL, &taken, 1, &[]);
    let text = serde_json::to_string_pretty(&reply).context("the reply cannot be written")?;
    println!("{text}");
    Ok(())
}
