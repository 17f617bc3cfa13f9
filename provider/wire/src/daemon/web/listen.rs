//! Where pages are served: an address and a port, of this machine alone unless it says otherwise.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

/// The port that this project's exporters have where none is named.
const PORT: u16 = 9464;

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

/// A text that is no address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no address to listen on: write 127.0.0.1:{PORT}, [::1]:{PORT}, or 0.0.0.0:{PORT} for other machines too"
)]
pub struct ListenError(String);

impl FromStr for Listen {
    type Err = ListenError;

    /// `ADDRESS:PORT`, `ADDRESS`, `localhost:PORT`, `:PORT` or `PORT`; the last three are of this machine alone.
    fn from_str(text: &str) -> Result<Self, ListenError> {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
        let address = text
            .parse()
            .or_else(|_| port.parse().map(|port| SocketAddr::new(local, port)))
            .or_else(|_| text.parse().map(|address| SocketAddr::new(address, PORT)));
        address.map(Self).map_err(|_| ListenError(text.to_owned()))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_of_this_machine() {
        let check = |text: &str, expected: &str| {
            assert_eq!(text.parse::<Listen>().map_or_else(|error| error.to_string(), |at| at.to_string()), expected);
        };
        check("127.0.0.1:9464", "127.0.0.1:9464");
        check("0.0.0.0:80", "0.0.0.0:80");
        check("[::1]:9464", "[::1]:9464");
        check("192.0.2.7", "192.0.2.7:9464");
        check("9000", "127.0.0.1:9000");
        check(":9000", "127.0.0.1:9000");
        check("localhost:0", "127.0.0.1:0");
        let refused =
            "is no address to listen on: write 127.0.0.1:9464, [::1]:9464, or 0.0.0.0:9464 for other machines too";
        for wrong in ["", "example.org:80", "127.0.0.1:99999", "http://127.0.0.1:80", "99999"] {
            check(wrong, &format!("{wrong:?} {refused}"));
        }
    }
}
