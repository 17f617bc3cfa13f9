//! `host:port`: where a producer may send HTTP requests to.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use serde::Deserialize;

/// A host and its port. Names are compared without regard to case, addresses as they are written in their usual form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HttpHost {
    host: String,
    port: u16,
}

/// Why a text is no host and port.
#[derive(Debug, thiserror::Error)]
#[error("http {0:?}: write `host:port` without a scheme or a path, as `localhost:8080` or `[::1]:443`")]
pub struct HttpHostError(String);

impl HttpHost {
    /// The host that a request is for; without a port it is the scheme's.
    pub(crate) fn of(host: &str, port: Option<u16>, is_https: bool) -> Self {
        let port = port.unwrap_or(if is_https { 443 } else { 80 });
        Self { host: usual(host).unwrap_or_else(|| host.to_owned()), port }
    }
}

impl FromStr for HttpHost {
    type Err = HttpHostError;

    fn from_str(text: &str) -> Result<Self, HttpHostError> {
        let error = || HttpHostError(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port = Some(port).filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        let port = port.and_then(|port| port.parse().ok()).filter(|port| *port != 0).ok_or_else(error)?;
        Ok(Self { host: usual(host).ok_or_else(error)?, port })
    }
}

impl TryFrom<String> for HttpHost {
    type Error = HttpHostError;

    fn try_from(text: String) -> Result<Self, HttpHostError> {
        text.parse()
    }
}

impl fmt::Display for HttpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// One of the many ways to write a host; none: it is not one.
fn usual(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!host.is_empty() && host.bytes().all(is_name)).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_port_and_nothing_more() {
        let check = |text: &str, expected: Option<&str>| {
            let host: Result<HttpHost, _> = text.parse();
            assert_eq!(host.ok().map(|host| host.to_string()).as_deref(), expected, "{text}");
        };
        check("localhost:8080", Some("localhost:8080"));
        check("API.Example.org:443", Some("api.example.org:443"));
        check("127.0.0.1:80", Some("127.0.0.1:80"));
        check("[0:0::1]:443", Some("[::1]:443"));
        for text in [
            "localhost",
            "localhost:",
            ":80",
            "localhost:0",
            "localhost:+80",
            "localhost:65536",
            "::1:80",
            "[::1]",
            "[::1:80",
            "http://localhost:80",
            "localhost:80/",
            "user@localhost:80",
            "*:80",
            "",
        ] {
            check(text, None);
        }
        let error = "localhost".parse::<HttpHost>().unwrap_err().to_string();
        assert!(error.starts_with("http \"localhost\": write `host:port`"), "{error}");
    }

    #[test]
    fn a_request_without_a_port_is_for_its_schemes() {
        let granted: HttpHost = "Example.org:443".parse().unwrap();
        assert_eq!(HttpHost::of("example.ORG", None, true), granted);
        assert_eq!(HttpHost::of("example.org", Some(443), false), granted);
        assert_ne!(HttpHost::of("example.org", None, false), granted);
        assert_ne!(HttpHost::of("example.org.", None, true), granted);
        assert_eq!(HttpHost::of("[0::1]", Some(80), false), "[::1]:80".parse().unwrap());
    }
}
