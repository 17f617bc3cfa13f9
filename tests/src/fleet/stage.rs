//! What a fleet answers: a nats-server and a gatherer of its own, whose files lie in one folder.

use std::ffi::OsString;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use statsgrid_wire::{Address, PublicKey};

use crate::nats_server::NatsServer;
use crate::process::Process;
use crate::programs::command;

/// A stage without its gatherer, which is started once there is somebody to answer it.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    gatherer: PathBuf,
    server: NatsServer,
    /// What the gatherer's providers take.
    pub address: Address,
}

/// How the gatherer goes about its rounds.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Between two rounds.
    pub interval: Duration,
    /// How long one waits.
    pub deadline: Duration,
    /// Whether it keeps a journal.
    pub journal: bool,
    /// More flags for it.
    pub more: Vec<OsString>,
}

impl Stage {
    /// Starts the server, and makes the gatherer's identity.
    pub fn set(folder: &Path, gatherer: &Path, server: &Path) -> Result<Self> {
        let server = NatsServer::of(server, folder, None);
        let mut address = command(gatherer);
        address.arg("address").arg("--snapshot").arg(folder.join("stats.json")).args(["--nats", server.url()]);
        let printed = address.output().with_context(|| format!("{} cannot be started", gatherer.display()))?;
        if !printed.status.success() {
            bail!("{}: {}", gatherer.display(), String::from_utf8_lossy(&printed.stderr).trim());
        }
        let address = String::from_utf8_lossy(&printed.stdout).trim().parse()?;
        Ok(Self { folder: folder.to_owned(), gatherer: gatherer.to_owned(), server, address })
    }

    /// Where the server is.
    pub fn server(&self) -> &str {
        self.server.url()
    }

    /// Its process.
    pub fn server_id(&self) -> u32 {
        self.server.id()
    }

    /// Where the snapshot is.
    pub fn snapshot(&self) -> PathBuf {
        self.folder.join("stats.json")
    }

    /// The journal's files, the oldest first.
    pub fn journal(&self) -> Vec<PathBuf> {
        let newest = self.folder.join("journal");
        let older = (1..).map(|number| self.folder.join(format!("journal.{number}"))).take_while(|path| path.exists());
        let mut files: Vec<PathBuf> = older.collect();
        files.reverse();
        files.push(newest);
        files
    }

    /// Has people trust these keys.
    pub fn trust(&self, keys: impl Iterator<Item = PublicKey>) -> Result<()> {
        let mut file = BufWriter::new(fs::File::create(self.folder.join("gatherer.trust"))?);
        for key in keys {
            writeln!(file, "{key} trusted")?;
        }
        Ok(file.flush()?)
    }

    /// Starts the gatherer.
    pub fn gather(&self, pace: &Pace) -> Process {
        let mut run = Command::new(&self.gatherer);
        run.arg("run").arg("--snapshot").arg(self.snapshot()).args(["--nats", self.server.url()]);
        let time = |time: Duration| humantime::format_duration(time).to_string().replace(' ', "");
        run.args(["--interval", &time(pace.interval), "--deadline", &time(pace.deadline), "--nickname", "gatherer"]);
        if pace.journal {
            // No reply is to be rotated away.
            run.arg("--journal").arg(self.folder.join("journal")).args([
                "--journal-size",
                "1GiB",
                "--journal-keep",
                "1000",
            ]);
        }
        run.args(&pace.more);
        Process::start("stats-gatherer", &self.folder, run)
    }
}
