//! A gatherer's address: one line that a provider takes, as a node of the original took the gatherer's furl.
//!
//! ```text
//! nats://[user:password@]host:port[,nats://host:port…]/PREFIX/KEY
//! ```
//!
//! The servers as providers reach them, the subject prefix, the gatherer's public key, and, where the server has one,
//! the login with which a new node may announce itself. A provider answers no other key than the one in its address.

use std::fmt;
use std::str::FromStr;

use crate::PublicKey;
use crate::limits::ADDRESS_BYTES;
use crate::subject::{PrefixError, Subjects};

/// Where a gatherer is, and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// URLs of NATS servers of one cluster, without login.
    pub servers: Vec<String>,
    /// Under which it speaks.
    pub subjects: Subjects,
    /// Who it is.
    pub gatherer: PublicKey,
    /// User and password that may publish announcements and nothing else.
    pub enrolment: Option<(String, String)>,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not of the form.
    #[error("not an address: it reads nats://host:port/PREFIX/KEY, and `stats-gatherer address` prints it whole")]
    Form,
    /// The last part is no public key.
    #[error("the address ends in no gatherer's key")]
    Key(#[source] crate::KeyError),
    /// The part before it is no prefix.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// One of the servers is none.
    #[error("server {0:?} in the address: give nats://host:port or tls://host:port")]
    Server(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.len() > ADDRESS_BYTES || text.contains(char::is_whitespace) {
            return Err(AddressError::Form);
        }
        let (rest, key) = text.rsplit_once('/').ok_or(AddressError::Form)?;
        let (servers, prefix) = rest.rsplit_once('/').ok_or(AddressError::Form)?;
        let gatherer = key.parse().map_err(AddressError::Key)?;
        let subjects = Subjects::under(prefix)?;
        let (servers, enrolment) = split_login(servers);
        let servers: Vec<String> = servers.split(',').map(str::to_owned).collect();
        match servers.iter().find(|server| !is_server(server)) {
            Some(server) => Err(AddressError::Server(server.clone())),
            None => Ok(Self { servers, subjects, gatherer, enrolment }),
        }
    }
}

impl Address {
    /// For a log, which others read: `***` stands for the password.
    pub fn without_password(&self) -> Self {
        let enrolment = self.enrolment.clone().map(|(user, _)| (user, "***".to_owned()));
        Self { enrolment, ..self.clone() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.servers.join(",");
        match (&self.enrolment, servers.split_once("://")) {
            (Some((user, password)), Some((scheme, rest))) => write!(f, "{scheme}://{user}:{password}@{rest}")?,
            _ => f.write_str(&servers)?,
        }
        write!(f, "/{}/{}", self.subjects.prefix(), self.gatherer)
    }
}

/// Takes `user:password@` out of the first server.
fn split_login(servers: &str) -> (String, Option<(String, String)>) {
    let parts = || {
        let (scheme, rest) = servers.split_once("://")?;
        let (login, host) = rest.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let plain = |text: &str| !text.is_empty() && !text.contains([',', '/', '@']);
        (plain(user) && plain(password)).then(|| (format!("{scheme}://{host}"), user.to_owned(), password.to_owned()))
    };
    match parts() {
        Some((servers, user, password)) => (servers, Some((user, password))),
        None => (servers.to_owned(), None),
    }
}

/// Whether `text` is the URL of a NATS server: a scheme of NATS, a host, perhaps a port, and no login.
pub fn is_server(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    // An IPv6 address stands in brackets, and its colons are no port's.
    let (name, rest) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, rest)) => (address, rest),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port = rest.strip_prefix(':').map_or(rest.is_empty(), |port| port.parse().is_ok_and(|port: u16| port > 0));
    let plain = !name.is_empty() && !name.contains(['@', '/', ',', ' ', '[', ']']);
    matches!(scheme, "nats" | "tls") && plain && port
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    #[test]
    fn comes_back_from_its_line() {
        let key = Identity::generate().unwrap().public_key();
        for line in [
            format!("nats://10.0.0.1:4222/stats.v1/{key}"),
            format!("nats://a:4222,nats://b:4222,tls://c:4223/site-1.stats.v1/{key}"),
            format!("nats://enrol:s3cret@a:4222,nats://b:4222/stats.v1/{key}"),
            format!("nats://[::1]:4222/stats.v1/{key}"),
        ] {
            let address: Address = line.parse().unwrap();
            assert_eq!(address.to_string(), line);
            assert!(address.servers.iter().all(|server| !server.contains('@')));
        }
    }

    #[test]
    fn a_log_gets_it_without_the_password() {
        let key = Identity::generate().unwrap().public_key();
        let check = |line: String, expected: String| {
            assert_eq!(line.parse::<Address>().unwrap().without_password().to_string(), expected);
        };
        check(
            format!("nats://enrol:s3cret@a:4222,nats://b:4222/stats.v1/{key}"),
            format!("nats://enrol:***@a:4222,nats://b:4222/stats.v1/{key}"),
        );
        check(format!("nats://a:4222/stats.v1/{key}"), format!("nats://a:4222/stats.v1/{key}"));
    }

    #[test]
    fn each_fault_is_named() {
        let key = Identity::generate().unwrap().public_key();
        let check = |line: String, expected: &str| {
            let error = line.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        };
        check(String::new(), "not an address");
        check("nats://a:4222".to_owned(), "ends in no gatherer's key");
        check(format!("nats://a:4222/stats.v1/{key}x"), "no gatherer's key");
        check(format!("nats://a:4222/stats.*/{key}"), "subject prefix");
        check(format!("http://a:4222/stats.v1/{key}"), "server \"http://a:4222\"");
        check(format!("nats://a:4222,nats://x:y@b:1/stats.v1/{key}"), "server \"nats://x:y@b:1\"");
        check(format!("nats://a:port/stats.v1/{key}"), "server \"nats://a:port\"");
        check(format!("nats://a b/stats.v1/{key}"), "not an address");
    }
}
