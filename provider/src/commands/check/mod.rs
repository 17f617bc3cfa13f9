//! `stats-provider check FILE`: would it run, what may it ask for, what does it give, what does that cost.
//!
//! An author runs it each minute, an operator before trusting a file. It tries the file under the limits and grants of a
//! running provider, and touches neither identity nor bus. section.rs says which grants, report.rs finds out, text.rs and
//! json.rs print, hint.rs names remedies, watch.rs does it again.

mod file;
mod hint;
mod json;
mod report;
mod section;
mod text;
mod watch;

use anyhow::anyhow;
use statsgrid_wire::daemon::Exit;

use super::Failure;
use crate::cli::CheckOptions;
use report::Report;
use section::Section;

pub async fn check(options: &CheckOptions) -> Result<(), Failure> {
    if options.watch { watch::watch(options).await } else { once(options).await }
}

/// Checks and prints.
async fn once(options: &CheckOptions) -> Result<(), Failure> {
    let report = Report::of(&options.file, Section::of(options)?).await?;
    if options.json {
        println!("{}", json::of(&report));
    } else {
        print!("{}", text::of(&report));
    }
    match report.failure() {
        None => Ok(()),
        Some(reason) => Err(Failure { exit: Exit::Component, error: anyhow!(reason) }),
    }
}
