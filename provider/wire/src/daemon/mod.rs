//! What both daemons do alike: settings, seed file, log, exit codes, delays, signals and the connection to the bus.
//!
//! It lives beside the messages because the crates above know no other crate in common, and behind a feature because
//! readers of a snapshot need none of it.

mod backoff;
mod bus;
mod bus_settings;
mod connect;
mod exit;
mod files;
mod limits;
mod log;
mod login;
mod seed_file;
mod settings;
mod signals;

pub use backoff::Backoff;
pub use bus::{Bus, BusError, BusEvent};
pub use bus_settings::{BusSettings, BusSettingsError};
pub use connect::{ConnectError, Tries, connect, try_connect};
pub use exit::Exit;
pub use files::FileError;
pub use log::{LogFormat, LogOptions, Seldom};
pub use login::{Login, LoginError, Proof};
pub use seed_file::{SeedFileError, load_identity, load_or_make_identity};
pub use settings::{SettingsError, duration, load_settings, optional_duration};
pub use signals::{StopSignals, ready, stopping};
