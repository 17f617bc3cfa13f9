//! `stats-gatherer show`: a snapshot as a table, once or after each round.

use std::io::{IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use statsgrid_gatherer::show::{Values, show as table};
use statsgrid_gatherer::snapshot::{ReadError, Snapshot};
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::{Clock, SystemClock};

use super::Failure;

/// How often a watched file is looked at: rounds are a second apart at least.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub fn show(path: &Path, watch: bool, rounds: Option<u64>, sandbox: bool) -> Result<Exit, Failure> {
    let values = if sandbox { Values::Sandbox } else { Values::Reported };
    if !watch {
        print(&read(path)?, false, values);
        return Ok(Exit::Success);
    }
    let (mut shown, mut last) = (0, None);
    while rounds.is_none_or(|rounds| shown < rounds) {
        // Each round is a file of its own: it was renamed into place.
        let file = std::fs::metadata(path).ok().map(|file| (file.ino(), file.mtime_nsec()));
        if file.is_none() || file == last {
            std::thread::sleep(LOOK_EVERY);
            continue;
        }
        last = file;
        shown += 1;
        print(&read(path)?, true, values);
    }
    Ok(Exit::Success)
}

fn read(path: &Path) -> Result<Snapshot, Failure> {
    let failed = |error: ReadError| Failure { exit: Exit::Files, error: error.into() };
    Snapshot::read(path).map_err(failed)
}

/// A terminal is cleared between rounds, a pipe gets one table after the other.
fn print(snapshot: &Snapshot, watched: bool, values: Values) {
    let mut out = std::io::stdout();
    let width =
        rustix::termios::tcgetwinsize(&out).ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0);
    let text = table(snapshot, SystemClock::start().now().wall_ms, width, values);
    let before = if watched && out.is_terminal() { "\x1b[2J\x1b[H" } else { "" };
    // A reader that went away is no error.
    let _ = writeln!(out, "{before}{text}");
    let _ = out.flush();
}
