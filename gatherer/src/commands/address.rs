//! `stats-gatherer address`.

use statsgrid_gatherer::gatherer::write_address;
use statsgrid_wire::daemon::Exit;

use super::{Failure, print, settings};
use crate::cli::GathererOptions;

pub fn address(options: &GathererOptions) -> Result<Exit, Failure> {
    print(format_args!("{}\n", write_address(&settings(options)?)?))?;
    Ok(Exit::Success)
}
