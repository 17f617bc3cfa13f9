//! What both daemons do alike: settings, seed file, state files and their locks, log, exit codes, manuals, delays, signals
//! and the connection to the bus.
//!
//! It lives beside the messages because the crates above know no other crate in common, and behind a feature because
//! readers of a snapshot need none of it.

pub mod atomic;
mod backoff;
mod bus;
mod bus_settings;
mod byte_size;
mod connect;
mod exit;
mod files;
mod limits;
mod lock;
mod log;
mod login;
mod looks;
mod manual;
mod owner;
mod seed_file;
mod settings;
mod signals;
pub mod web;

pub use crate::settings::{SettingsError, load_settings};
pub use backoff::Backoff;
pub use bus::{Bus, BusError, BusEvent};
pub use bus_settings::{BusSettings, BusSettingsError};
pub use byte_size::{ByteSize, ByteSizeError};
pub use connect::{ConnectError, Tries, connect, try_connect};
pub use exit::Exit;
pub use files::FileError;
pub use lock::{Lock, LockError};
pub use log::{LogFormat, LogOptions, Seldom};
pub use login::{Login, LoginError, Proof};
pub use looks::Looks;
pub use manual::{Chapter, Manual, Shell};
pub use owner::Foreign;
pub use seed_file::{SeedFileError, load_identity, load_or_make_identity};
pub use settings::{duration, optional_duration};
pub use signals::{Hangups, StopSignals, ready, stopping};
