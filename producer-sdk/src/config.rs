//! A producer's configuration: the keys of its section in provider.toml.
//!
//! A value may be a secret. So neither the errors here nor `Debug` show values, only keys; for these end in a log.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::Error;

/// The `config` keys of a producer's section in provider.toml, in their order.
///
/// ```
/// use statsgrid_producer::Config;
///
/// let config = Config::from([("root", "/srv/storage"), ("max_files", "5000")]);
/// assert_eq!(config.require("root")?, "/srv/storage");
/// assert_eq!(config.parse("max_files")?.unwrap_or(100_000), 5000);
/// assert_eq!(config.get("colour"), None);
/// # Ok::<(), statsgrid_producer::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Config {
    entries: Vec<(String, String)>,
}

impl Config {
    /// A configuration without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `key`, if it is there.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value of `key`, or an error that names the key.
    pub fn require(&self, key: &str) -> Result<&str, Error> {
        self.get(key).ok_or_else(|| {
            Error::new(format!("config key `{key}` is missing: add it to `config` in the producer's section"))
        })
    }

    /// The value of `key` as a number, a path, an address or whatever else reads itself from text. A value that
    /// cannot be read is an error that names the key; a key that is absent is none, so that a default is one
    /// `unwrap_or` away.
    pub fn parse<T>(&self, key: &str) -> Result<Option<T>, Error>
    where
        T: FromStr,
        T::Err: Display,
    {
        let unreadable = |cause| Error::new(format!("config key `{key}` cannot be read: {cause}"));
        self.get(key).map(|value| value.parse().map_err(unreadable)).transpose()
    }

    /// Refuses a key that is not among `known`, so that a misspelt one is an error and not silence.
    pub fn deny_unknown(&self, known: &[&str]) -> Result<(), Error> {
        match self.iter().find(|(key, _)| !known.contains(key)) {
            None => Ok(()),
            Some((key, _)) if known.is_empty() => {
                Err(Error::new(format!("config key `{key}` is unknown: there are none")))
            }
            Some((key, _)) => {
                let known = known.join("`, `");
                Err(Error::new(format!("config key `{key}` is unknown: there are `{known}`")))
            }
        }
    }

    /// All keys with their values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(key, _)| key)).finish()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Config {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Config {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::from([("zone", "b"), ("limit", "12"), ("token", "s3cret")])
    }

    #[test]
    fn keys_keep_their_order() {
        let keys: Vec<_> = config().iter().map(|(key, _)| key.to_owned()).collect();
        assert_eq!(keys, ["zone", "limit", "token"]);
    }

    #[test]
    fn values_are_read() {
        let config = config();
        assert_eq!(config.require("zone").unwrap(), "b");
        assert_eq!(config.parse::<u8>("limit").unwrap(), Some(12));
        assert_eq!(config.parse::<u8>("absent").unwrap(), None);
    }

    #[test]
    fn errors_name_the_key_and_never_the_value() {
        let config = config();
        let cases = [
            (
                config.require("root").unwrap_err(),
                "config key `root` is missing: add it to `config` in the producer's section",
            ),
            (
                config.parse::<u8>("token").unwrap_err(),
                "config key `token` cannot be read: invalid digit found in string",
            ),
            (config.deny_unknown(&["zone"]).unwrap_err(), "config key `limit` is unknown: there are `zone`"),
            (
                config.deny_unknown(&["zone", "limits"]).unwrap_err(),
                "config key `limit` is unknown: there are `zone`, `limits`",
            ),
            (config.deny_unknown(&[]).unwrap_err(), "config key `zone` is unknown: there are none"),
        ];
        for (error, message) in cases {
            assert_eq!(error.to_string(), message);
        }
        assert!(config.deny_unknown(&["zone", "limit", "token"]).is_ok());
        assert_eq!(format!("{config:?}"), r#"{"zone", "limit", "token"}"#);
    }
}
