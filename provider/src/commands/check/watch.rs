//! `check --watch`: checks again each time the file or the configuration has changed, until Ctrl-C.
//!
//! It looks at the files rather than being told by the kernel: that works on every file system, and three looks a second
//! cost nothing. A file is checked once two looks are alike, for a build writes for a while; one that is gone is waited
//! for, for a build may remove it first.

use std::time::{Duration, Instant};

use anyhow::Context;
use statsgrid_wire::daemon::{Looks, StopSignals};

use crate::cli::CheckOptions;
use crate::commands::Failure;

/// Between two looks: an author does not feel it.
const PAUSE: Duration = Duration::from_millis(300);

pub async fn watch(options: &CheckOptions) -> Result<(), Failure> {
    let mut signals = StopSignals::listen().context("cannot listen to signals")?;
    tokio::select! {
        () = signals.next() => Ok(()),
        () = forever(options) => Ok(()),
    }
}

async fn forever(options: &CheckOptions) {
    let mut seen = looks(options);
    if seen.0.is_none() {
        eprintln!("stats-provider: {} is not there yet; waiting for it", options.file.display());
        seen = change(options, seen).await;
    }
    for number in 1_u64.. {
        let began = Instant::now();
        if let Err(failure) = super::once(options).await {
            eprintln!("stats-provider: {:#}", failure.error);
        }
        if !options.json {
            println!("---- check {number} took {:.1?}; waiting for a change", began.elapsed());
        }
        seen = change(options, seen).await;
    }
}

/// What is watched: the file, and the configuration if there is one.
type Seen = (Option<Looks>, Option<Looks>);

fn looks(options: &CheckOptions) -> Seen {
    (Looks::of(&options.file), options.config.as_deref().and_then(Looks::of))
}

/// Waits until something other than `checked` is there and stays.
async fn change(options: &CheckOptions, checked: Seen) -> Seen {
    let mut last = checked;
    loop {
        tokio::time::sleep(PAUSE).await;
        let now = looks(options);
        if now.0.is_some() && now == last && now != checked {
            return now;
        }
        last = now;
    }
}
