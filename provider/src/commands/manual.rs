//! `stats-provider completions` and `man-pages`.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use statsgrid_wire::daemon::{Exit, Shell};

use super::Failure;
use crate::manual::manual;

/// A reader that went away is no error; a disk that is full is.
pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = match out.write_all(manual().completions(shell).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    };
    written.map_err(|error| Failure { exit: Exit::Files, error })
}

pub fn man_pages(folder: &Path, date: Option<&str>) -> Result<(), Failure> {
    manual().write_man_pages(folder, date).map_err(|error| Failure { exit: Exit::Files, error: error.into() })
}
