//! What the parts of Statsgrid owe each other on the bus: subjects, messages, and the seal on each.
//!
//! PROTOCOL.md beside this crate states the same for another language, and `vectors/` holds messages to check it
//! against. Left out on purpose: the bus itself (nothing here sends or receives), and every memory of what was said
//! before.
#![deny(missing_docs)]

mod address;
mod batch;
mod clock;
#[cfg(feature = "daemon")]
pub mod daemon;
pub mod envelope;
#[cfg(feature = "daemon")]
pub mod exposition;
mod harmless;
mod hex;
mod key;
mod key_text;
pub mod limits;
pub mod message;
mod name;
mod named;
mod names;
#[cfg(feature = "settings")]
mod nearest;
mod number;
mod rejection;
#[cfg(feature = "settings")]
pub mod settings;
mod shard;
pub mod subject;
mod text;
mod unknown;

pub use address::{Address, AddressError, is_server};
pub use clock::{Clock, ManualClock, Moment, SystemClock};
pub use harmless::{harmless, is_harmless, visible};
pub use hex::{Hash, Hex, HexError, Id};
pub use key::{Identity, KeyError, PublicKey, SignatureBytes, Verifier};
pub use name::{NameError, check_name, check_producer_name};
pub use named::Named;
#[cfg(feature = "settings")]
pub use nearest::nearest;
pub use number::Number;
pub use rejection::{Reason, Rejection};
pub use text::one_line;
pub use unknown::Unknown;

/// Its example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
