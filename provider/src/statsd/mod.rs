//! Counts and gauges from any program on the machine, over a Unix datagram socket in statsd's line format.

mod line;
mod socket;

pub use socket::{Gauges, SocketError, Statsd};
