//! `run --print`: who comes, who goes and what they say, on standard output, as the original's stdout gatherer did.
//!
//! A thread of its own writes, for whoever reads may stand still: then lines are lost, and no round is.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use statsgrid_wire::PublicKey;

use crate::limits::PRINTED;
use crate::snapshot::Record;

/// How long an end waits for a reader to take the last lines.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints, or does not.
#[derive(Debug, Default)]
pub(crate) struct Print {
    to: Option<(SyncSender<String>, Receiver<()>)>,
}

impl Print {
    /// Nothing is printed.
    pub(crate) fn off() -> Self {
        Self::default()
    }

    /// Everything is printed.
    pub(crate) fn on() -> io::Result<Self> {
        let (lines, queue) = sync_channel::<String>(PRINTED);
        let (end, ended) = sync_channel(1);
        std::thread::Builder::new().name("print".to_owned()).spawn(move || {
            // A reader that went away (`| head`) is no reason to stop gathering.
            queue.iter().take_while(|line| writeln!(io::stdout(), "{line}").is_ok()).for_each(drop);
            let _ = end.send(());
        })?;
        Ok(Self { to: Some((lines, ended)) })
    }

    pub(crate) fn connected(&self, key: PublicKey, record: &Record) {
        self.line(|| format!("connected {key} {}", record.nickname));
    }

    pub(crate) fn disconnected(&self, key: PublicKey, record: &Record) {
        self.line(|| format!("disconnected {key} {}", record.nickname));
    }

    pub(crate) fn stats(&self, key: PublicKey, record: &Record) {
        self.line(|| {
            let stats = serde_json::to_string(&record.stats).unwrap_or_default();
            format!("stats {key} {} {stats}", record.nickname)
        });
    }

    /// Waits a moment for the last lines.
    pub(crate) fn finish(self) {
        if let Some((lines, ended)) = self.to {
            drop(lines);
            let _ = ended.recv_timeout(PATIENCE);
        }
    }

    fn line(&self, text: impl FnOnce() -> String) {
        if let Some((lines, _)) = &self.to {
            let _ = lines.try_send(text());
        }
    }
}
