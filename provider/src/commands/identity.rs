//! `stats-provider identity`: the key that a gatherer knows this node by.

use statsgrid_provider::ProviderError;
use statsgrid_wire::daemon::load_or_make_identity;

use super::{Failure, settings};
use crate::cli::NodeOptions;

pub fn identity(options: &NodeOptions) -> Result<(), Failure> {
    let identity = load_or_make_identity(&settings(options)?.identity_path()).map_err(ProviderError::from)?;
    println!("{}", identity.public_key());
    Ok(())
}
