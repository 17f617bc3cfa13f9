//! A gatherer's folder: its snapshot, its identity, its address, and the program that works in it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::Command;

use statsgrid_gatherer::snapshot::{ReadError, Record, Role, Snapshot};
use statsgrid_wire::{Address, PublicKey};

use crate::patience::{PATIENCE, await_until};
use crate::process::{Ended, Process};
use crate::programs::{command, programs};

/// A record without what became of its provider in the last round: what stays when it is silent.
pub fn values(record: &Record) -> Record {
    Record { outcome: None, ..record.clone() }
}

/// A gatherer, which may run or not.
#[derive(Clone, Debug)]
pub struct Gatherer {
    folder: PathBuf,
    snapshot: PathBuf,
    /// What the daemon and its address have in common.
    flags: Vec<String>,
    address: OnceCell<String>,
}

impl Gatherer {
    pub(crate) fn in_folder(folder: &Path, nats: &str) -> Self {
        let flags = ["--nats", nats].map(str::to_owned).to_vec();
        let (folder, snapshot) = (folder.to_owned(), folder.join("stats.json"));
        Self { folder, snapshot, flags, address: OnceCell::new() }
    }

    /// Another one of the same identity and in the same folder, with a snapshot of this name.
    pub fn with_snapshot(&self, name: &str) -> Self {
        Self { snapshot: self.folder.join(name), ..self.clone() }
    }

    /// What each of its commands is told.
    fn tells(&self, program: &mut Command) {
        program.arg("--snapshot").arg(&self.snapshot).args(&self.flags);
    }

    /// The same with more flags that its address knows too.
    pub fn with(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its snapshot.
    pub fn snapshot_path(&self) -> PathBuf {
        self.snapshot.clone()
    }

    /// The line that nodes take, as `stats-gatherer address` prints it.
    pub fn address(&self) -> &str {
        self.address.get_or_init(|| {
            let mut address = command(programs().gatherer());
            self.tells(address.arg("address"));
            let printed = Process::start("address", &self.folder, address).ended().succeeded().stdout;
            printed.trim().to_owned()
        })
    }

    /// Its public key, as the address has it.
    pub fn key(&self) -> PublicKey {
        self.address().parse::<Address>().expect("what is printed is an address").gatherer
    }

    /// The command line of a run with a round each second and open enrolment, unless these flags say otherwise.
    pub fn command(&self, more: &[&str]) -> Command {
        let mut run = command(programs().gatherer());
        self.tells(run.arg("run"));
        run.args(["--nickname", "gatherer"]);
        for (flag, usual) in [("--enrol", "open"), ("--interval", "1s")] {
            if !more.contains(&flag) {
                run.args([flag, usual]);
            }
        }
        run.args(more);
        run
    }

    /// Starts it, with an identity that the test knows.
    pub fn start(&self, more: &[&str]) -> Process {
        self.address();
        Process::start("stats-gatherer", &self.folder, self.command(more))
    }

    /// What another command of stats-gatherer does with its files, whether the daemon runs or not.
    pub fn runs(&self, subcommand: &str, more: &[&str]) -> Ended {
        self.begins(subcommand, subcommand, more).ended()
    }

    /// The same, under a name of its own beside others.
    pub fn begins(&self, name: &str, subcommand: &str, more: &[&str]) -> Process {
        let mut program = command(programs().gatherer());
        self.tells(program.arg(subcommand));
        program.args(more);
        Process::start(name, &self.folder, program)
    }

    /// Its seed file.
    pub fn seed_path(&self) -> PathBuf {
        self.folder.join("gatherer.seed")
    }

    /// The keys that people trust and have revoked.
    pub fn trust_path(&self) -> PathBuf {
        self.folder.join("gatherer.trust")
    }

    /// Where it keeps its journal, if it is started with [`Gatherer::journal_flags`].
    pub fn journal_path(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// Has it keep a journal.
    pub fn journal_flags(&self) -> [String; 2] {
        ["--journal".to_owned(), self.journal_path().to_string_lossy().into_owned()]
    }

    /// What `stats-gatherer verify` says of these files of a journal.
    pub fn verify(&self, more: &[&str], files: &[PathBuf]) -> Ended {
        let mut verify = command(programs().gatherer());
        verify.arg("verify").args(more).args(files);
        Process::start("verify", &self.folder, verify).ended()
    }

    /// The snapshot as it is now, if there is one. At any moment it is whole.
    #[track_caller]
    pub fn snapshot(&self) -> Option<Snapshot> {
        match Snapshot::read(&self.snapshot) {
            Ok(snapshot) => Some(snapshot),
            Err(ReadError::Missing { .. }) => None,
            Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
        }
    }

    /// Waits until the snapshot is as it is wanted.
    #[track_caller]
    pub fn await_snapshot<T>(&self, what: &str, mut wanted: impl FnMut(&Snapshot) -> Option<T>) -> T {
        await_until(what, PATIENCE, || self.snapshot().and_then(|snapshot| wanted(&snapshot)))
    }

    /// Waits until the record of `key` is as it is wanted.
    #[track_caller]
    pub fn await_record(&self, key: PublicKey, what: &str, wanted: impl Fn(&Record) -> bool) -> Record {
        self.await_snapshot(what, |snapshot| snapshot.records.get(&key).filter(|record| wanted(record)).cloned())
    }

    /// Waits until the gatherer's own record is as it is wanted.
    #[track_caller]
    pub fn await_own(&self, what: &str, wanted: impl Fn(&Record) -> bool) -> Record {
        let own = |record: &&Record| record.role == Role::Gatherer && wanted(record);
        self.await_snapshot(what, |snapshot| snapshot.records.values().find(own).cloned())
    }

    /// Waits for the end of a round that begins after this is called; gives the gatherer's own record of it.
    #[track_caller]
    pub fn await_round(&self) -> Record {
        let now = crate::now_ms();
        self.await_own("a whole round", |own| own.round > now)
    }
}
