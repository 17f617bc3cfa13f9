//! What both daemons show over HTTP is served from here: who may ask what, within which bounds, under which headers.
//!
//! A site answers requests that only read; nothing that is asked changes anything. Left out on purpose: TLS and logins,
//! which a proxy in front of it gives, and compression, for readers are near and their numbers small.

mod answer;
mod connections;
mod escape;
mod host;
mod listen;
mod request;
mod server;
mod statistics;

pub use answer::{Answer, Body, Chunks};
pub use escape::escape;
pub use listen::{Listen, ListenError};
pub use request::Request;
pub use server::{BindError, Server, Site};
pub use statistics::{STATISTICS_STYLE, Statistics};
