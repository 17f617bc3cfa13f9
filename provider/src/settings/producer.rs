//! A section `[producers.NAME]`: which component, what it may see, what it is told, and what it may use.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use statsgrid_wire::Hash;
use statsgrid_wire::daemon::{ByteSize, optional_duration};

use super::HttpHost;
use crate::bounds::Bounds;
use crate::limits::{CALL_TIMEOUT, CALL_TIMEOUT_MOST, EVERY_LEAST, EVERY_MOST, PACED_TIMEOUT};

/// One producer, as its section has it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProducerSettings {
    /// The component's file.
    pub component: PathBuf,
    /// The SHA-256 that the file must have.
    #[serde(default)]
    pub sha256: Option<Hash>,
    /// Files that are copied for it before each call.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Folders that it may read.
    #[serde(default)]
    pub folders: Vec<PathBuf>,
    /// Names of the provider's environment variables that it sees.
    #[serde(default)]
    pub env: Vec<String>,
    /// The `host:port` pairs that it may send HTTP requests to.
    #[serde(default)]
    pub http: Vec<HttpHost>,
    /// What its `init` is told.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// As `config`, each value being what a file holds.
    #[serde(default)]
    pub config_files: BTreeMap<String, PathBuf>,
    /// As `config`, each value being that of an environment variable.
    #[serde(default)]
    pub config_env: BTreeMap<String, String>,
    /// Wall time of a call.
    #[serde(default, deserialize_with = "optional_duration")]
    pub timeout: Option<Duration>,
    /// Its own pace, in the background; none: it is asked at each poll.
    #[serde(default, deserialize_with = "optional_duration")]
    pub every: Option<Duration>,
    /// How old the last good stats may be that go out again while it is broken; none: they do not.
    #[serde(default, deserialize_with = "optional_duration")]
    pub resend: Option<Duration>,
    /// What else it may use.
    #[serde(default)]
    pub limits: LimitSettings,
}

/// The table `limits` of a section; what is left out is as `limits.rs` has it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Linear memory, all memories together.
    pub memory_bytes: Option<ByteSize>,
    /// Elements of all tables together.
    pub table_elements: Option<u32>,
    /// Core instances, memories and tables, each.
    pub instances: Option<u32>,
    /// Stats of one reading.
    pub stats: Option<u32>,
    /// Bytes of a name, the section's included.
    pub name_bytes: Option<ByteSize>,
    /// Bytes of a unit or of a help text.
    pub help_bytes: Option<ByteSize>,
    /// Bytes that one call hands over.
    pub result_bytes: Option<ByteSize>,
    /// Counters that it creates.
    pub counters: Option<u32>,
    /// Calls of `count` in a minute.
    pub counts_per_minute: Option<u32>,
    /// Lines of its stdout and stderr in the log in a minute.
    pub log_lines_per_minute: Option<u32>,
}

impl ProducerSettings {
    /// A component that is granted and told nothing.
    pub fn of(component: PathBuf) -> Self {
        Self { component, ..Self::default() }
    }

    /// What it may use.
    pub fn bounds(&self) -> Bounds {
        let default = Bounds::default();
        let bytes = |size: Option<ByteSize>, default| {
            size.map_or(default, |size| usize::try_from(size.0).unwrap_or(usize::MAX))
        };
        let number = |number: Option<u32>, default| number.map_or(default, |number| number as usize);
        let LimitSettings {
            memory_bytes,
            table_elements,
            instances,
            stats,
            name_bytes,
            help_bytes,
            result_bytes,
            counters,
            ..
        } = &self.limits;
        Bounds {
            timeout: self.timeout(),
            memory_bytes: bytes(*memory_bytes, default.memory_bytes),
            table_elements: number(*table_elements, default.table_elements),
            instances: number(*instances, default.instances),
            stats: number(*stats, default.stats),
            name_bytes: bytes(*name_bytes, default.name_bytes),
            help_bytes: bytes(*help_bytes, default.help_bytes),
            result_bytes: bytes(*result_bytes, default.result_bytes),
            counters: number(*counters, default.counters),
            counts_per_minute: self.limits.counts_per_minute.unwrap_or(default.counts_per_minute),
            log_lines_per_minute: self.limits.log_lines_per_minute.unwrap_or(default.log_lines_per_minute),
        }
    }

    /// Whether something that it grants, tells or allows is not in `other`.
    pub(crate) fn grants_more_than(&self, other: &Self) -> bool {
        fn lost<T: PartialEq>(mine: &[T], theirs: &[T]) -> bool {
            mine.iter().any(|grant| !theirs.contains(grant))
        }
        lost(&self.files, &other.files)
            || lost(&self.folders, &other.folders)
            || lost(&self.env, &other.env)
            || lost(&self.http, &other.http)
            || self.config.iter().any(|(key, value)| other.config.get(key) != Some(value))
            || self.config_files.iter().any(|(key, path)| other.config_files.get(key) != Some(path))
            || self.config_env.iter().any(|(key, name)| other.config_env.get(key) != Some(name))
            || other.sha256.is_some() && self.sha256 != other.sha256
            || self.bounds().allow_more_than(&other.bounds())
    }

    /// What is wrong with it, beside its files.
    pub(super) fn check(&self) -> Result<(), String> {
        let named_twice = |key: &&String| {
            let of = [
                self.config.contains_key(*key),
                self.config_files.contains_key(*key),
                self.config_env.contains_key(*key),
            ];
            of.iter().filter(|named| **named).count() > 1
        };
        let zero = [self.limits.memory_bytes, self.limits.result_bytes, self.limits.name_bytes]
            .into_iter()
            .flatten()
            .any(|size| size.0 == 0);
        if self.timeout.is_some_and(|timeout| timeout.is_zero() || timeout > CALL_TIMEOUT_MOST) {
            Err("timeout: give more than 0s and at most 1h".to_owned())
        } else if self.every.is_some_and(|every| !(EVERY_LEAST..=EVERY_MOST).contains(&every)) {
            Err("every: give 1s to 1day".to_owned())
        } else if zero {
            Err("limits: a size of 0 lets no call through".to_owned())
        } else if let Some(key) = self.config_files.keys().chain(self.config_env.keys()).find(named_twice) {
            Err(format!("config key `{key}`: give it once, in `config`, `config_files` or `config_env`"))
        } else {
            self.env.iter().chain(self.config_env.values()).try_for_each(|name| check_variable(name))
        }
    }

    fn timeout(&self) -> Duration {
        // Nobody waits for a producer with a pace of its own.
        self.timeout.unwrap_or_else(|| self.every.map_or(CALL_TIMEOUT, |every| every.min(PACED_TIMEOUT)))
    }
}

/// The provider's own variables are no producer's: one may hold a gatherer's address, with the password in it.
fn check_variable(name: &str) -> Result<(), String> {
    if name.starts_with("STATSGRID_") {
        Err(format!("environment variable {name}: the provider's own, which no producer sees"))
    } else if name.is_empty() || name.contains(['=', '\0']) {
        Err(format!("environment variable {name}: give a name without `=`"))
    } else {
        Ok(())
    }
}
