//! What each command does, one file a command.

mod address;
mod bus_config;
mod decide;
mod manual;
mod merge;
mod providers;
mod run;
mod show;
mod status;
mod verify;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::journal::JournalError;
use statsgrid_gatherer::serve::RoundsError;
use statsgrid_gatherer::settings::{InvalidSettings, Settings};
use statsgrid_gatherer::trust::{BadLine, TrustFile};
use statsgrid_wire::daemon::{Exit, LockError};
use statsgrid_wire::{KeyError, PublicKey};

use crate::cli::{Command, GathererOptions};

/// How a command ended that did not succeed.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub error: anyhow::Error,
}

pub fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(options) => run::run(&options),
        Command::Address { gatherer } => address::address(&gatherer),
        Command::Providers { gatherer, json } => providers::providers(&gatherer, json),
        Command::Approve { gatherer, keys, all_pending } => decide::approve(&gatherer, &keys, all_pending),
        Command::Revoke { gatherer, keys } => decide::revoke(&gatherer, &keys),
        Command::BusConfig { gatherer, also, account } => bus_config::bus_config(&gatherer, &also, account.as_deref()),
        Command::Status { gatherer } => status::status(&gatherer),
        Command::Show(options) => show::show(&options),
        Command::Merge(options) => merge::merge(&options),
        Command::Verify(options) => verify::verify(&options),
        Command::Completions { shell } => manual::completions(shell),
        Command::ManPages { folder, date } => manual::man_pages(&folder, date.as_deref()),
    }
}

/// The file that is read where none is named, if it is there. A gatherer can be told all by flags, so it need not be.
const USUAL_CONFIG: &str = "gatherer.toml";

/// The settings of the file, if there is one, with the flags over them.
fn settings(options: &GathererOptions) -> Result<Settings, Failure> {
    let file = settings_file(options.config.as_deref())?;
    let flags = Settings {
        nickname: options.nickname.clone(),
        nats: options.nats.clone(),
        advertise: options.advertise.clone(),
        prefix: options.prefix.clone(),
        identity: options.identity.clone(),
        snapshot: options.snapshot.clone(),
        address_file: options.address_file.clone(),
        trust: options.trust.clone(),
        enrol: options.enrol,
        enrolment: options.enrolment.clone(),
        ..Settings::default()
    };
    Ok(flags.over(file))
}

/// The settings of the file alone.
fn settings_file(named: Option<&Path>) -> Result<Settings, Failure> {
    let usual = Path::new(USUAL_CONFIG);
    match named.or_else(|| usual.exists().then_some(usual)) {
        Some(path) => Ok(Settings::load(path).map_err(GathererError::from)?),
        None => Ok(Settings::default()),
    }
}

/// What to do after a decision where the NATS server knows its users by name.
const RELOAD_HINT: &str = "If the NATS server has logins, give it the new users: stats-gatherer bus-config > \
                           statsgrid-users.new && mv statsgrid-users.new statsgrid-users.conf, beside its \
                           configuration, then nats-server --signal reload";

/// Writes to standard output.
fn print(text: impl Display) -> Result<(), Failure> {
    print_with(|out| write!(out, "{text}")).map(|_| ())
}

/// Has something written to standard output; gives whether anybody reads on there. A reader that went away is no error; a
/// disk that is full is, for what stands there now is not all of it.
fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<bool, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let is_read = match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).context("cannot write to standard output"),
    };
    is_read.map_err(|error| Failure { exit: Exit::Files, error })
}

/// Lines of a trust file that are no entries change nothing, and somebody meant something by them.
fn tell_bad_lines(path: &Path, bad: &[BadLine]) {
    for line in bad {
        eprintln!("stats-gatherer: trust file {}, {line}", path.display());
    }
}

/// Keys that a line trusts and that nobody may use, for anybody can sign under them.
fn tell_weak_keys(path: &Path, file: &TrustFile) -> BTreeSet<PublicKey> {
    let weak: BTreeSet<PublicKey> = file.weak().collect();
    for key in &weak {
        eprintln!("stats-gatherer: trust file {}, {key}: {}; it is left out", path.display(), KeyError::Weak);
    }
    weak
}

impl From<GathererError> for Failure {
    fn from(error: GathererError) -> Self {
        let exit = match &error {
            GathererError::Settings(_) | GathererError::Listen(_) => Exit::Settings,
            GathererError::Identity(_) => Exit::Identity,
            GathererError::Lock(LockError::Held { .. })
            | GathererError::Journal(JournalError::Lock(LockError::Held { .. })) => Exit::Locked,
            GathererError::Lock(_)
            | GathererError::Folder(_)
            | GathererError::Journal(_)
            | GathererError::Load(_)
            | GathererError::Catalogue(_)
            | GathererError::Address(_)
            | GathererError::Trust(_)
            | GathererError::Pending(_)
            | GathererError::Rounds(RoundsError::Write(_)) => Exit::Files,
            GathererError::Rounds(RoundsError::Seal(_)) | GathererError::Thread(_) | GathererError::Random(_) => {
                Exit::Failure
            }
            GathererError::Rounds(_) => Exit::Bus,
        };
        Self { exit, error: error.into() }
    }
}

impl From<InvalidSettings> for Failure {
    fn from(error: InvalidSettings) -> Self {
        GathererError::from(error).into()
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Failure, error }
    }
}
