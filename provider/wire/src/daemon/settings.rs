//! Values of settings that both daemons write alike.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

/// For `#[serde(deserialize_with)]`: a duration in words, as `1s`, `250ms` or `5m`.
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text)
        .map_err(|error| D::Error::custom(format_args!("duration {text:?}: {error}; write it as `60s` or `5m`")))
}

/// As [`duration`], for a key that may be left out.
pub fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Example {
        #[serde(default, deserialize_with = "optional_duration")]
        interval: Option<Duration>,
    }

    #[test]
    fn durations_are_in_words() {
        let read = |text: &str| toml::from_str::<Example>(text).map(|example| example.interval);
        assert_eq!(read("interval = \"2s\"").unwrap(), Some(Duration::from_secs(2)));
        assert_eq!(read("").unwrap(), None);
        let error = read("interval = \"sixty\"").unwrap_err().to_string();
        assert!(error.contains("write it as `60s`"), "{error}");
    }
}
