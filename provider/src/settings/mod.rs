//! provider.toml: who the node is, whom it answers, and which producers it runs with what granted.

mod http_host;
mod producer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use statsgrid_wire::daemon::web::Listen;
use statsgrid_wire::daemon::{BusSettings, BusSettingsError, ByteSize, SettingsError, load_settings};
use statsgrid_wire::limits::NICKNAME_BYTES;
use statsgrid_wire::{Address, check_name, check_producer_name};

use crate::limits::{STACK, STACK_LEAST, STACK_MOST};
pub use http_host::{HttpHost, HttpHostError};
pub use producer::{LimitSettings, ProducerSettings};

/// All that a provider is told. Paths are taken from the folder of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What people call the node; by default its host name.
    pub nickname: Option<String>,
    /// The seed file; by default `identity.seed` beside the configuration.
    pub identity: Option<PathBuf>,
    /// Whether counters outlive a restart.
    pub persist_counters: bool,
    /// Where they are kept; by default `counters.json` beside the seed file.
    pub counters: Option<PathBuf>,
    /// One address or several; by default what a file `gatherer.address` beside the configuration holds.
    pub gatherer: OneOrMany,
    /// The socket for counts of other programs; without the section there is none.
    pub statsd: Option<StatsdSettings>,
    /// Where the node's own pages are served; by default nowhere.
    pub listen: Option<Listen>,
    /// Names under which readers find them, beside addresses and `localhost`.
    pub listen_names: Vec<String>,
    /// The login at the NATS servers, and TLS.
    pub bus: BusSettings,
    /// The folder of natively compiled components; by default `native` in the folder that the service manager gives, or
    /// else beside the seed file. Empty: there is none.
    pub compile_cache: Option<PathBuf>,
    /// How deep a producer's calls may nest, in bytes of stack: one value for all of them.
    pub stack: Option<ByteSize>,
    /// Whether what each producer uses of its limits goes out as `statsgrid.*` stats.
    pub usage: Option<bool>,
    /// The producers by name.
    pub producers: BTreeMap<String, ProducerSettings>,
    /// The file itself.
    #[serde(skip)]
    pub file: PathBuf,
}

/// A value or a list of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// The key is not there.
    #[default]
    None,
    /// A string.
    One(String),
    /// A list of strings.
    Many(Vec<String>),
}

/// The section `[statsd]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatsdSettings {
    /// Where the socket is.
    pub socket: PathBuf,
    /// The first level of all names that come over it.
    #[serde(default = "default_prefix")]
    pub prefix: String,
}

/// What is wrong with settings that have the right shape.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// The file itself.
    #[error(transparent)]
    File(#[from] SettingsError),
    /// A section's name.
    #[error("[producers.{name}]: {reason}")]
    Producer {
        /// The section.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The prefix of the statsd socket.
    #[error("[statsd] prefix {prefix:?}: {reason}")]
    Prefix {
        /// The prefix.
        prefix: String,
        /// Why not.
        reason: String,
    },
    /// The nickname.
    #[error("nickname {0:?}: give 1 to {NICKNAME_BYTES} bytes without control characters")]
    Nickname(String),
    /// The counters would be written over another file of the provider's.
    #[error("counters file {0}: is the configuration or the seed file; name a file of its own")]
    Counters(PathBuf),
    /// An address.
    #[error("gatherer {text:?}")]
    Address {
        /// What stands there.
        text: String,
        /// Why it is none.
        source: statsgrid_wire::AddressError,
    },
    /// One gatherer twice: each poll would be answered twice.
    #[error("gatherer {0:?}: its key is listed before; name each gatherer once, with all its servers in one address")]
    Twice(String),
    /// The section `[bus]`, or a file that it names.
    #[error(transparent)]
    Bus(#[from] BusSettingsError),
    /// The depth of a producer's stack.
    #[error("stack of {0}: give {STACK_LEAST} to {STACK_MOST} bytes")]
    Stack(ByteSize),
    /// The address file.
    #[error("address file {path}: cannot be read")]
    AddressFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What systemd gives for `CacheDirectory=`: a list, of which the unit names one.
fn cache_directory() -> Option<PathBuf> {
    let folders = std::env::var_os("CACHE_DIRECTORY").filter(|folders| !folders.is_empty())?;
    std::env::split_paths(&folders).next()
}

fn default_prefix() -> String {
    "app".to_owned()
}

impl Settings {
    /// Reads a file.
    pub fn load(path: &Path) -> Result<Self, InvalidSettings> {
        let mut settings: Self = load_settings(path)?;
        settings.file = path.to_owned();
        settings.check()?;
        settings.place_config_files();
        Ok(settings)
    }

    /// Config values of producers lie where the paths say from the folder of the file, as the other files of it do.
    fn place_config_files(&mut self) {
        let folder = self.file.parent().unwrap_or(Path::new("")).to_owned();
        for path in self.producers.values_mut().flat_map(|section| section.config_files.values_mut()) {
            *path = folder.join(&*path);
        }
    }

    /// Checks what the shape does not say.
    pub fn check(&self) -> Result<(), InvalidSettings> {
        for (name, section) in &self.producers {
            let named = check_producer_name(name).map_err(|error| error.to_string());
            named
                .and_then(|()| section.check())
                .map_err(|reason| InvalidSettings::Producer { name: name.clone(), reason })?;
        }
        if let Some(StatsdSettings { prefix, .. }) = &self.statsd {
            let reason = match check_name(prefix) {
                Err(error) => Some(error.to_string()),
                Ok(()) if prefix == "statsgrid" => Some("the daemons' own stats are under it".to_owned()),
                Ok(()) if prefix.contains('.') => Some("a prefix is one level, without a dot".to_owned()),
                Ok(()) if self.producers.contains_key(prefix) => Some("a producer has this name".to_owned()),
                Ok(()) => None,
            };
            if let Some(reason) = reason {
                return Err(InvalidSettings::Prefix { prefix: prefix.clone(), reason });
            }
        }
        if let Some(path) = self.counters_path().filter(|path| *path == self.identity_path() || *path == self.file) {
            return Err(InvalidSettings::Counters(path));
        }
        if let Some(stack) = self.stack.filter(|stack| !(STACK_LEAST..=STACK_MOST).contains(&stack.0)) {
            return Err(InvalidSettings::Stack(stack));
        }
        match &self.nickname {
            Some(name) if name.is_empty() || name.len() > NICKNAME_BYTES || name.chars().any(char::is_control) => {
                Err(InvalidSettings::Nickname(name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// What people call the node.
    pub fn nickname(&self) -> String {
        let host_name = || {
            let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
            Some(name).filter(|name| !name.is_empty())
        };
        self.nickname.clone().or_else(host_name).unwrap_or_else(|| "unnamed".to_owned())
    }

    /// Where the seed file is.
    pub fn identity_path(&self) -> PathBuf {
        self.path(self.identity.as_deref().unwrap_or(Path::new("identity.seed")))
    }

    /// Where the counters are kept, if they are.
    pub fn counters_path(&self) -> Option<PathBuf> {
        let beside = || self.identity_path().with_file_name("counters.json");
        self.persist_counters.then(|| self.counters.as_ref().map_or_else(beside, |path| self.path(path)))
    }

    /// Where native code is kept, if it is.
    pub fn compile_cache_path(&self) -> Option<PathBuf> {
        match &self.compile_cache {
            Some(path) if path.as_os_str().is_empty() => None,
            Some(path) => Some(self.path(path)),
            None => Some(
                cache_directory()
                    .map_or_else(|| self.identity_path().with_file_name("native"), |folder| folder.join("native")),
            ),
        }
    }

    /// `path`, from the folder of the file.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// How deep a producer's calls may nest, in bytes of stack.
    pub fn stack_bytes(&self) -> usize {
        usize::try_from(self.stack.map_or(STACK, |stack| stack.0)).unwrap_or(usize::MAX)
    }

    /// The gatherers to answer; none: no bus is used.
    pub fn addresses(&self) -> Result<Vec<Address>, InvalidSettings> {
        let texts = match &self.gatherer {
            OneOrMany::One(text) => vec![text.clone()],
            OneOrMany::Many(texts) => texts.clone(),
            OneOrMany::None => self.address_file()?,
        };
        let mut addresses: Vec<Address> = Vec::new();
        for text in texts {
            let address: Address = match text.parse() {
                Ok(address) => address,
                Err(source) => return Err(InvalidSettings::Address { text, source }),
            };
            let same = |held: &Address| held.gatherer == address.gatherer && held.subjects == address.subjects;
            if addresses.iter().any(same) {
                return Err(InvalidSettings::Twice(text));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    /// The login at the NATS servers, with files that are found good.
    pub fn bus(&self) -> Result<BusSettings, InvalidSettings> {
        let bus = self.bus_from_folder();
        bus.check()?;
        Ok(bus)
    }

    fn bus_from_folder(&self) -> BusSettings {
        self.bus.clone().from_folder(self.file.parent().unwrap_or(Path::new("")))
    }

    /// Files that no producer may be granted.
    pub fn secrets(&self) -> Vec<PathBuf> {
        let own = [self.identity_path(), self.file.clone(), self.path(Path::new("gatherer.address"))];
        let told =
            self.producers.values().flat_map(|section| section.config_files.values().map(|path| self.path(path)));
        own.into_iter().chain(self.bus_from_folder().secrets().map(Path::to_owned)).chain(told).collect()
    }

    fn address_file(&self) -> Result<Vec<String>, InvalidSettings> {
        let path = self.path(Path::new("gatherer.address"));
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(InvalidSettings::AddressFile { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Settings, InvalidSettings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("provider.toml");
        std::fs::write(&path, text).unwrap();
        Settings::load(&path)
    }

    #[test]
    fn faults_are_named() {
        let check = |text: &str, expected: &str| {
            let error = load(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("nicknam = \"a\"", "did you mean `nickname`?");
        check("nickname = \"\"", "nickname \"\"");
        check("persist_counters = true\ncounters = \"identity.seed\"", "name a file of its own");
        check("persist_counters = true\ncounters = \"provider.toml\"", "name a file of its own");
        check("persist_counters = \"yes\"", "invalid type");
        check("[producers.app]\ncomponent = \"x\"", "[producers.app]: `app`");
        check("[producers.\"a.b\"]\ncomponent = \"x\"", "has no dot");
        check("[producers.a]\ncomponnt = \"x\"", "did you mean `component`?");
        check("[producers.a]\n", "missing field `component`");
        check("[producers.a]\ncomponent = \"x\"\nhttp = [\"http://a\"]", "write `host:port`");
        check("[producers.a]\ncomponent = \"x\"\nenv = [\"STATSGRID_GATHERER\"]", "environment variable STATSGRID_");
        check("[producers.a]\ncomponent = \"x\"\nenv = [\"A=B\"]", "environment variable A=B: give a name");
        check("[producers.a]\ncomponent = \"x\"\ntimeout = \"soon\"", "write it as `60s`");
        check("[statsd]\nsocket = \"s\"\nprefix = \"statsgrid\"", "own stats");
        check("[statsd]\nsocket = \"s\"\nprefix = \"a\"\n[producers.a]\ncomponent = \"x\"", "a producer has this name");
    }

    #[test]
    fn counters_are_kept_beside_the_seed_file_where_that_is_wanted() {
        let check = |text: &str, expected: Option<&str>| {
            let path = load(text).unwrap().counters_path();
            assert_eq!(
                path.as_deref().and_then(|path| path.to_str()?.rsplit_once('/')).map(|(_, name)| name),
                expected
            );
        };
        check("", None);
        check("counters = \"a\"", None);
        check("persist_counters = true", Some("counters.json"));
        check("persist_counters = true\ncounters = \"a\"", Some("a"));
        let elsewhere = load("persist_counters = true\nidentity = \"/srv/alpha/seed\"").unwrap();
        assert_eq!(elsewhere.counters_path().unwrap(), Path::new("/srv/alpha/counters.json"));
    }

    #[test]
    fn native_code_is_kept_beside_the_seed_file_unless_another_folder_is_named_or_none() {
        let check = |text: &str, expected: Option<&str>| {
            let settings = Settings { file: "/etc/provider.toml".into(), ..load(text).unwrap() };
            assert_eq!(settings.compile_cache_path().as_deref(), expected.map(Path::new), "{text}");
        };
        check("", Some("/etc/native"));
        check("identity = \"/var/lib/a/seed\"", Some("/var/lib/a/native"));
        check("compile_cache = \"code\"", Some("/etc/code"));
        check("compile_cache = \"/var/cache/a\"", Some("/var/cache/a"));
        check("compile_cache = \"\"", None);
    }

    #[test]
    fn addresses_come_from_the_key_or_the_file_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("provider.toml");
        let key = statsgrid_wire::Identity::generate().unwrap().public_key();
        let address = format!("nats://a:4222/stats.v1/{key}");
        std::fs::write(&path, "").unwrap();
        assert!(Settings::load(&path).unwrap().addresses().unwrap().is_empty());
        std::fs::write(folder.path().join("gatherer.address"), format!("{address}\n")).unwrap();
        assert_eq!(Settings::load(&path).unwrap().addresses().unwrap().len(), 1);
        std::fs::write(&path, format!("gatherer = [\"{address}\", \"{address}2\"]")).unwrap();
        let error = Settings::load(&path).unwrap().addresses().unwrap_err();
        assert!(matches!(error, InvalidSettings::Address { .. }), "{error}");
        std::fs::write(&path, format!("gatherer = [\"{address}\", \"{address}\"]")).unwrap();
        let error = Settings::load(&path).unwrap().addresses().unwrap_err().to_string();
        assert!(error.contains("name each gatherer once"), "{error}");
    }

    #[test]
    fn what_logs_in_anywhere_is_a_secret() {
        let mut database = ProducerSettings::of("a.wasm".into());
        database.config_files.insert("password".to_owned(), "database.password".into());
        let settings = Settings {
            producers: BTreeMap::from([("database".to_owned(), database)]),
            bus: BusSettings {
                creds: Some("node.creds".into()),
                tls_ca: Some("ca.pem".into()),
                tls_cert: Some("node.pem".into()),
                tls_key: Some("node.key".into()),
            },
            file: "/etc/statsgrid/provider.toml".into(),
            ..Settings::default()
        };
        let secrets = settings.secrets();
        for name in
            ["identity.seed", "provider.toml", "gatherer.address", "node.creds", "node.key", "database.password"]
        {
            assert!(secrets.contains(&Path::new("/etc/statsgrid").join(name)), "{name} is not in {secrets:?}");
        }
        assert!(!secrets.iter().any(|path| path.ends_with("ca.pem")), "{secrets:?}");
    }
}
