//! `stats-gatherer show`: a snapshot as a table, as JSON or as CSV, once or after each round.

use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use statsgrid_gatherer::show::{Chosen, rows, show as table, write_csv, write_json};
use statsgrid_gatherer::snapshot::{Catalogue, Meanings, ReadError, Snapshot};
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::{Clock, SystemClock};

use super::{Failure, print_with, settings_file};
use crate::cli::ShowOptions;

/// How often a watched file is looked at: rounds are a second apart at least.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub fn show(options: &ShowOptions) -> Result<Exit, Failure> {
    let shown = Shown {
        path: &path(options)?,
        chosen: Chosen::new(&options.nodes, &options.stats, options.sandbox),
        form: Form::of(options),
        watched: options.watch,
    };
    if options.watch {
        shown.watch(options.rounds)?
    } else {
        shown.print().map(|_| ())?
    };
    Ok(Exit::Success)
}

/// The snapshot that is named, or else that of the configuration, which not everybody may read.
fn path(options: &ShowOptions) -> Result<PathBuf, Failure> {
    let path = match &options.snapshot {
        Some(path) => path.clone(),
        None => {
            let unnamed = "no snapshot is named: give its path, or --config gatherer.toml with `snapshot` set in it";
            let settings = settings_file(options.config.as_deref())?;
            settings.snapshot.ok_or_else(|| Failure { exit: Exit::Settings, error: anyhow!(unnamed) })?
        }
    };
    match path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        Some(folder) => {
            let error = anyhow!("there is no folder {}: name the snapshot that a gatherer writes", folder.display());
            Err(Failure { exit: Exit::Files, error })
        }
        None => Ok(path),
    }
}

/// For whom it is printed.
#[derive(Clone, Copy, Debug)]
enum Form {
    Table,
    Json,
    Csv,
}

impl Form {
    fn of(options: &ShowOptions) -> Self {
        match (options.json, options.csv) {
            (true, _) => Self::Json,
            (_, true) => Self::Csv,
            _ => Self::Table,
        }
    }
}

/// What is printed of which snapshot, and how.
#[derive(Debug)]
struct Shown<'a> {
    path: &'a Path,
    chosen: Chosen,
    form: Form,
    watched: bool,
}

impl Shown<'_> {
    /// Prints each round, which is a file of its own: it was renamed into place. Ends when nobody reads on.
    fn watch(&self, rounds: Option<u64>) -> Result<(), Failure> {
        let (mut shown, mut last) = (0, None);
        while rounds.is_none_or(|rounds| shown < rounds) {
            let file = std::fs::metadata(self.path).ok().map(|file| (file.ino(), file.mtime_nsec()));
            if file.is_none() || file == last {
                std::thread::sleep(LOOK_EVERY);
                continue;
            }
            last = file;
            shown += 1;
            if !self.print()? {
                break;
            }
        }
        Ok(())
    }

    fn print(&self) -> Result<bool, Failure> {
        let failed = |error: ReadError| Failure { exit: Exit::Files, error: error.into() };
        let snapshot = Snapshot::read(self.path).map_err(failed)?;
        let misspelt = |error| Failure { exit: Exit::Usage, error: anyhow::Error::new(error) };
        self.chosen.check(&snapshot).map_err(misspelt)?;
        let now_ms = SystemClock::start().now().wall_ms;
        if matches!(self.form, Form::Table) {
            return print_with(|out| self.write_table(out, &snapshot, now_ms));
        }
        let catalogue = self.catalogue();
        let meanings = Meanings::of(&catalogue);
        let rows = rows(&snapshot, &meanings, &self.chosen, now_ms);
        print_with(|out| if matches!(self.form, Form::Json) { write_json(out, rows) } else { write_csv(out, rows) })
    }

    /// A terminal is cleared between rounds, a pipe gets one table after the other.
    fn write_table(&self, out: &mut dyn Write, snapshot: &Snapshot, now_ms: u64) -> io::Result<()> {
        let stdout = io::stdout();
        let width = rustix::termios::tcgetwinsize(&stdout).ok().map(|size| usize::from(size.ws_col));
        let before = if self.watched && stdout.is_terminal() { "\x1b[2J\x1b[H" } else { "" };
        let text = table(snapshot, now_ms, width.filter(|width| *width > 0), &self.chosen);
        writeln!(out, "{before}{text}")
    }

    /// Values are worth printing without their descriptions, which come later than they do.
    fn catalogue(&self) -> Catalogue {
        match Catalogue::read(self.path) {
            Ok((catalogue, _)) => catalogue,
            Err(error) => {
                eprintln!("stats-gatherer: units and descriptions are left out: {:#}", anyhow::Error::new(error));
                Catalogue::default()
            }
        }
    }
}
