//! `stats-gatherer address`.

use statsgrid_gatherer::gatherer::write_address;
use statsgrid_wire::daemon::Exit;

use super::{Failure, settings};
use crate::cli::GathererOptions;

pub fn address(options: &GathererOptions) -> Result<Exit, Failure> {
    println!("{}", write_address(&settings(options)?)?);
    Ok(Exit::Success)
}
