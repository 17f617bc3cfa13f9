//! A TOML file of settings: unknown keys are refused, with the nearest known one named.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::nearest;

/// Why a file gives no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no such file.
    #[error("there is no configuration {path}: name one that is there, or begin with the example in share/statsgrid")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("configuration {path}: cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not TOML, or not of its shape.
    #[error("configuration {path}, line {line}: {message}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What, and the nearest known key where one is unknown.
        message: String,
    },
}

/// Reads `path` as settings.
pub fn load_settings<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => SettingsError::Missing { path: path.to_owned() },
        _ => SettingsError::Read { path: path.to_owned(), source },
    })?;
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        SettingsError::Toml { path: path.to_owned(), line, message: with_nearest_key(error.message()) }
    })
}

/// serde says "unknown field `nickame`, expected one of `nickname`, …": the nearest of these is what was meant.
fn with_nearest_key(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let nearest = message.starts_with("unknown field").then(|| {
        let unknown = quoted.next()?;
        let (nearest, _) = nearest(unknown, quoted).filter(|(_, slips)| *slips <= 1 + unknown.len() / 3)?;
        Some(format!("unknown key `{unknown}`; did you mean `{nearest}`?"))
    });
    nearest.flatten().unwrap_or_else(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "keys to choose from")]
    struct Example {
        #[serde(default)]
        interval: String,
        #[serde(default)]
        nickname: String,
    }

    fn load(text: &str) -> Result<Example, SettingsError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        load_settings(file.path())
    }

    #[test]
    fn faults_name_the_line_and_the_remedy() {
        let check = |text: &str, expected: &str| {
            let error = load(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("\nnickame = \"alpha\"", "line 2: unknown key `nickame`; did you mean `nickname`?");
        check("entirely_else = 1", "expected `interval` or `nickname`");
        check("interval = 60", "line 1: invalid type");
        check("nickname = ", "line 1");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load_settings::<Example>(Path::new("/nowhere/provider.toml")).unwrap_err().to_string();
        assert!(error.starts_with("there is no configuration /nowhere/provider.toml: name one"), "{error}");
        let error = load_settings::<Example>(Path::new("/")).unwrap_err().to_string();
        assert_eq!(error, "configuration /: cannot be read");
    }
}
