//! What each command does, one file a command.

mod check;
mod identity;
mod manual;
mod new;
mod once;
mod run;

use anyhow::Context;
use statsgrid_provider::{OneOrMany, ProviderError, Settings};
use statsgrid_wire::daemon::{Exit, LockError};

use crate::cli::{Command, NodeOptions};
pub use new::PackageName;

/// How a command ended that did not succeed.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub error: anyhow::Error,
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(options) => run::run(&options).await,
        Command::Once { node } => once::once(&node).await,
        Command::Check(options) => check::check(&options).await,
        Command::New(options) => new::new(&options),
        Command::Identity { node } => identity::identity(&node),
        Command::Completions { shell } => manual::completions(shell),
        Command::ManPages { folder, date } => manual::man_pages(&folder, date.as_deref()),
    }
}

/// The settings of the file, with the flags over them.
fn settings(options: &NodeOptions) -> Result<Settings, Failure> {
    let mut settings = Settings::load(&options.config).map_err(ProviderError::from)?;
    if let Some(nickname) = &options.nickname {
        settings.nickname = Some(nickname.clone());
    }
    if let Some(identity) = &options.identity {
        // A path of the command line is taken from where the command runs.
        let absolute = std::path::absolute(identity).with_context(|| format!("path {}", identity.display()))?;
        settings.identity = Some(absolute);
    }
    if !options.gatherer.is_empty() {
        settings.gatherer = OneOrMany::Many(options.gatherer.clone());
    }
    settings.check().map_err(ProviderError::from)?;
    Ok(settings)
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Failure, error }
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let exit = match &error {
            ProviderError::Settings(_) | ProviderError::Listen(_) => Exit::Settings,
            ProviderError::Identity(_) => Exit::Identity,
            ProviderError::Link { .. } => Exit::Bus,
            ProviderError::Lock(LockError::Held { .. }) => Exit::Locked,
            ProviderError::Lock(_) | ProviderError::Counters(_) | ProviderError::Statsd(_) => Exit::Files,
            ProviderError::Host(_) | ProviderError::Thread(_) | ProviderError::Random(_) => Exit::Failure,
        };
        Self { exit, error: error.into() }
    }
}
