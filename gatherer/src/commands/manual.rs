//! `stats-gatherer completions` and `man-pages`: the manual of this program, and of the munin plugin, which writes none.

use std::path::Path;

use statsgrid_gatherer::munin;
use statsgrid_wire::daemon::{Exit, FileError, Shell};

use super::{Failure, print};
use crate::manual::manual;

pub fn completions(shell: Shell) -> Result<Exit, Failure> {
    print(manual().completions(shell))?;
    Ok(Exit::Success)
}

pub fn man_pages(folder: &Path, date: Option<&str>) -> Result<Exit, Failure> {
    let failed = |error: FileError| Failure { exit: Exit::Files, error: error.into() };
    manual().write_man_pages(folder, date).map_err(failed)?;
    munin::manual().write_man_pages(folder, date).map_err(failed)?;
    Ok(Exit::Success)
}
