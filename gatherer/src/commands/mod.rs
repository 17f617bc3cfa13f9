//! What each command does, one file a command.

mod address;
mod run;
mod show;

use statsgrid_gatherer::gatherer::GathererError;
use statsgrid_gatherer::serve::RoundsError;
use statsgrid_gatherer::settings::{InvalidSettings, Settings};
use statsgrid_wire::daemon::{Exit, LockError};

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
        Command::Show { snapshot, watch, rounds } => show::show(&snapshot, watch, rounds),
    }
}

/// The settings of the file, if one is named, with the flags over them.
fn settings(options: &GathererOptions) -> Result<Settings, Failure> {
    let file = match &options.config {
        Some(path) => Settings::load(path).map_err(GathererError::from)?,
        None => Settings::default(),
    };
    let flags = Settings {
        nickname: options.nickname.clone(),
        nats: options.nats.clone(),
        advertise: options.advertise.clone(),
        prefix: options.prefix.clone(),
        identity: options.identity.clone(),
        snapshot: options.snapshot.clone(),
        address_file: options.address_file.clone(),
        ..Settings::default()
    };
    Ok(flags.over(file))
}

impl From<GathererError> for Failure {
    fn from(error: GathererError) -> Self {
        let exit = match &error {
            GathererError::Settings(_) => Exit::Settings,
            GathererError::Identity(_) => Exit::Identity,
            GathererError::Lock(LockError::Held { .. }) => Exit::Locked,
            GathererError::Lock(_)
            | GathererError::Load(_)
            | GathererError::Catalogue(_)
            | GathererError::Address(_)
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
