//! What a producer's `init` is told: values that stand in its section, and those that files and environment variables
//! hold, which are read anew for each instance, so that a renewed secret needs no restart.
//!
//! A value is the operator's secret, perhaps: none is ever in a message or in the log.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use statsgrid_wire::message::Outcome;

use crate::call::Fault;
use crate::host::Grants;
use crate::limits::CONFIG_VALUE_BYTES;
use crate::regular;
use crate::settings::ProducerSettings;

/// Where a producer's configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct ConfigSource {
    plain: BTreeMap<String, String>,
    files: BTreeMap<String, PathBuf>,
    env: BTreeMap<String, String>,
}

impl ConfigSource {
    /// What `section` says.
    pub fn of(section: &ProducerSettings) -> Self {
        let ProducerSettings { config, config_files, config_env, .. } = section;
        Self { plain: config.clone(), files: config_files.clone(), env: config_env.clone() }
    }

    /// Keys and values as they are now. Files are read in the producer's thread for them.
    pub async fn read(&self, grants: &Grants, patience: Duration) -> Result<Vec<(String, String)>, Fault> {
        let source = self.clone();
        if self.files.is_empty() {
            source.read_here(&|_| ())
        } else {
            grants.read(patience, move |asks_for| source.read_here(asks_for)).await?
        }
    }

    fn read_here(&self, asks_for: &dyn Fn(&Path)) -> Result<Vec<(String, String)>, Fault> {
        let mut config: Vec<(String, String)> = self.plain.clone().into_iter().collect();
        for (key, path) in &self.files {
            asks_for(path);
            let named = |error| missing(key, &format!("file {}", path.display()), &error);
            config.push((key.clone(), text_of(path).map_err(named)?));
        }
        for (key, name) in &self.env {
            let variable = format!("environment variable {name}");
            let value = std::env::var(name).map_err(|error| missing(key, &variable, &error))?;
            config.push((key.clone(), without_line_end(value)));
        }
        Ok(config)
    }
}

fn missing(key: &str, place: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(Outcome::Refused, format!("config key `{key}`: {place}: {error}"))
}

fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    regular::open(path)?.take(CONFIG_VALUE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CONFIG_VALUE_BYTES {
        return Err(io::Error::other(format!("more than {CONFIG_VALUE_BYTES} bytes")));
    }
    // The error of the conversion would show the value.
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("not UTF-8"))?;
    Ok(without_line_end(text))
}

/// What an editor puts at the end of a file is no part of a password.
fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_from_the_section_from_files_and_from_the_environment_and_are_in_no_message() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let mut section = ProducerSettings::of("a.wasm".into());
        section.config.insert("plain".to_owned(), "as it is\n".to_owned());
        section.config_files.insert("token".to_owned(), file("token", b"hush \r\n"));
        // A variable that cargo sets for each test.
        section.config_env.insert("package".to_owned(), "CARGO_PKG_NAME".to_owned());
        let read = ConfigSource::of(&section).read_here(&|_| ()).unwrap();
        let held = |key: &str| read.iter().find(|(held, _)| held == key).map(|(_, value)| value.as_str());
        assert_eq!(held("plain"), Some("as it is\n"));
        assert_eq!(held("token"), Some("hush "));
        assert_eq!(held("package"), Some("statsgrid-provider"));
        assert_eq!(read.len(), 3);

        let fails = |path: &Path, expected: &str| {
            let mut section = ProducerSettings::of("a.wasm".into());
            section.config_files.insert("token".to_owned(), path.to_owned());
            let fault = ConfigSource::of(&section).read_here(&|_| ()).unwrap_err();
            assert_eq!(fault.outcome, Outcome::Refused);
            assert!(fault.message.starts_with("config key `token`: file /"), "{}", fault.message);
            assert!(fault.message.contains(expected) && !fault.message.contains("hush"), "{}", fault.message);
        };
        fails(&folder.path().join("absent"), "No such file");
        fails(&file("latin", b"hush\xff"), "not UTF-8");
        fails(&file("long", &[b'h'; 70_000]), "more than 65536 bytes");
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        fails(&fifo, "not a regular file");
        let mut section = ProducerSettings::of("a.wasm".into());
        section.config_env.insert("token".to_owned(), "NO_VARIABLE_OF_THIS_NAME".to_owned());
        let message = ConfigSource::of(&section).read_here(&|_| ()).unwrap_err().message;
        assert_eq!(
            message,
            "config key `token`: environment variable NO_VARIABLE_OF_THIS_NAME: environment variable not found"
        );
    }
}
