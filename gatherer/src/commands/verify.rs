//! `stats-gatherer verify`: a journal checked again, with nothing but the keys.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Stdout, Write};
use std::path::Path;

use anyhow::Context;
use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::journal::{Checked, Findings, Verification};
use statsgrid_gatherer::settings::Enrol;
use statsgrid_gatherer::trust::{Admission, TrustFile};
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::{Reason, Rejection};

use super::{Failure, tell_bad_lines};
use crate::cli::VerifyOptions;

pub fn verify(options: &VerifyOptions) -> Result<Exit, Failure> {
    let mut verification = Verification::of(options.gatherer.clone());
    if let Some(path) = &options.trust {
        let (trust, bad) = TrustFile::read(path).map_err(GathererError::from)?;
        tell_bad_lines(path, &bad);
        verification = verification.trusting(Admission::new(Enrol::Approve, trust.standings()));
    }
    let mut out = BufWriter::new(io::stdout());
    let mut strange = Strange::default();
    for path in &options.files {
        let file = File::open(path).with_context(|| format!("cannot open the journal {}", path.display()));
        let file = file.map_err(unreadable)?;
        let mut report = Report { path, out: &mut out, replies: options.replies, strange: &mut strange };
        let read = verification.read(BufReader::new(file), &mut report);
        read.with_context(|| format!("cannot read the journal {}", path.display())).map_err(unreadable)?;
    }
    let (more, summary) = (strange.unsaid(), verification.summary());
    let mut report = Report { path: Path::new(""), out: &mut out, replies: options.replies, strange: &mut strange };
    if let Some(more) = more {
        report.say(&more);
    }
    report.say(&summary.to_string());
    let _ = out.flush();
    Ok(if summary.bad == 0 { Exit::Success } else { Exit::Unverified })
}

fn unreadable(error: anyhow::Error) -> Failure {
    Failure { exit: Exit::Files, error }
}

/// How many entries that are of gatherers which `--gatherer` does not name are said one by one.
const STRANGE_SAID: u64 = 10;

/// Such entries: all of them, where it names a wrong key.
#[derive(Debug, Default)]
struct Strange {
    entries: u64,
}

impl Strange {
    /// Whether one more is said.
    fn is_said(&mut self, why: &Rejection) -> bool {
        self.entries += u64::from(why.reason == Reason::OtherGatherer);
        why.reason != Reason::OtherGatherer || self.entries <= STRANGE_SAID
    }

    /// What is said in place of the others.
    fn unsaid(&self) -> Option<String> {
        let more = self.entries.checked_sub(STRANGE_SAID).filter(|more| *more > 0)?;
        Some(format!(
            "other_gatherer: {more} more; is --gatherer the key at the end of this journal's gatherer's address?"
        ))
    }
}

/// Says what is found in one file. A reader that went away is no error.
struct Report<'a> {
    path: &'a Path,
    out: &'a mut BufWriter<Stdout>,
    /// Standard output is for replies alone.
    replies: bool,
    strange: &'a mut Strange,
}

impl Report<'_> {
    fn say(&mut self, line: &str) {
        let _ = if self.replies { writeln!(io::stderr(), "{line}") } else { writeln!(self.out, "{line}") };
    }
}

impl Findings for Report<'_> {
    fn bad(&mut self, line: u64, why: &Rejection) {
        if self.strange.is_said(why) {
            self.say(&format!("{}:{line}: {why}", self.path.display()));
        }
    }

    fn torn(&mut self, line: u64, bytes: usize) {
        let path = self.path.display();
        self.say(&format!("{path}:{line}: {bytes} bytes without an end: being written, or left by a kill"));
    }

    fn reply(&mut self, Checked { round, provider, instance, sequence, late }: &Checked) {
        if self.replies {
            let sequence = sequence.map_or("refusal".to_owned(), |sequence| sequence.to_string());
            let late = if *late { "late" } else { "in_time" };
            let _ = writeln!(self.out, "{round}\t{provider}\t{instance}\t{sequence}\t{late}");
        }
    }
}
