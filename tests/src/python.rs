//! Programs in Python, which need packages: these are looked for in $STATSGRID_PYTHON_PACKAGES too.

use std::env::{join_paths, split_paths, var_os};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::programs::command;
use crate::skip::skip;

/// A python3 that has what our programs need.
#[derive(Clone, Debug)]
pub struct Python {
    packages: OsString,
}

impl Python {
    /// The one of this machine, with a package that tests/PACKAGE.txt pins; where there is none, it is said that `what` did
    /// not run.
    pub fn find(what: &str, package: &str) -> Option<Self> {
        let lists = ["STATSGRID_PYTHON_PACKAGES", "PYTHONPATH"].into_iter().filter_map(var_os);
        let folders: Vec<PathBuf> = lists.flat_map(|list| split_paths(&list).collect::<Vec<_>>()).collect();
        let python = Self { packages: join_paths(folders).unwrap_or_default() };
        let import = format!("import {}", package.replace('-', "_"));
        let has_it = python.command().args(["-c", &import]).output();
        if has_it.is_ok_and(|output| output.status.success()) {
            return Some(python);
        }
        skip(&format!("{what}: no python3 with the package {package}; see tests/{package}.txt"));
        None
    }

    /// A command of it.
    pub fn command(&self) -> Command {
        let mut python = command("python3");
        python.env("PYTHONPATH", &self.packages);
        python
    }
}
