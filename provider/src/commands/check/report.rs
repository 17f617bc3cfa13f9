//! What a check found out, as data: whether it is printed for people or for machines is another matter.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use statsgrid_provider::{
    ComponentSource, Counters, Grants, Host, LoadError, Number, Pace, ProducerSettings, Program, ProviderError, Trial,
    Want,
};
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::{Named, SystemClock};

use super::file::Looked;
use super::hint;
use super::section::Section;
use crate::commands::Failure;

/// All that is known of one file.
pub struct Report {
    pub file: PathBuf,
    /// None: it cannot be read.
    pub looked: Option<Looked>,
    pub section: Section,
    pub end: End,
}

/// How far it came.
pub enum End {
    /// It is no producer, or not for this provider.
    NotLoaded(anyhow::Error),
    /// What the section grants is refused, whatever the component is.
    NotGranted(Loaded, anyhow::Error),
    /// It was tried, for better or worse.
    Tried(Loaded, Box<Tried>),
}

/// A component that is a producer.
pub struct Loaded {
    pub compiled_in: Duration,
    pub imports: Vec<String>,
    pub wants: Vec<Want>,
}

/// What became of it.
pub struct Tried {
    pub trial: Trial,
    pub counters: Named<u64>,
    /// What it may ask for and has none of.
    pub denied: Vec<Want>,
    pub hint: Option<String>,
}

impl Report {
    /// Looks at `file`, loads it, and tries it under `section`.
    pub async fn of(file: &Path, section: Section) -> Result<Self, Failure> {
        let looked = Looked::at(file);
        let end = match load(file, &section).await? {
            Err(error) => End::NotLoaded(error.into()),
            Ok((host, program, compiled_in)) => {
                let (imports, wants) = (program.imports().to_vec(), program.wants());
                let loaded = Loaded { compiled_in, imports, wants };
                attempt(&host, program, loaded, &section).await
            }
        };
        Ok(Self { file: file.to_owned(), looked, section, end })
    }

    /// Why it would not run; none: it would.
    pub fn failure(&self) -> Option<String> {
        let file = self.file.display();
        match &self.end {
            End::NotLoaded(error) => Some(format!("{error:#}")),
            End::NotGranted(_, refused) => Some(format!("{file}: {refused:#}")),
            End::Tried(_, tried) => {
                let failed = tried.trial.failed()?;
                Some(format!("{file}: it would not run well: {} ended in `{}`", failed.name, failed.outcome.label()))
            }
        }
    }
}

/// The program, unless `file` is none. Compiling takes a core for a while, and Ctrl-C must be heard meanwhile.
async fn load(
    file: &Path,
    section: &Section,
) -> Result<Result<(Arc<Host>, Arc<Program>, Duration), LoadError>, Failure> {
    let host = Arc::new(Host::new(section.settings.stack_bytes()).map_err(ProviderError::from)?);
    // A section that was lent pins the file that it runs, and not this one.
    let pin = section.producer.sha256.filter(|_| !section.is_lent);
    let file = file.to_owned();
    let loading = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let program = Program::load(&host, &file, pin)?;
        Ok((host, program, began.elapsed()))
    });
    let loaded = loading.await.context("the compiler ended");
    loaded.map_err(|error| Failure { exit: Exit::Component, error })
}

async fn attempt(host: &Arc<Host>, program: Arc<Program>, loaded: Loaded, section: &Section) -> End {
    let Section { name, producer, settings, .. } = section;
    let counters = Counters::default();
    let grants = match Grants::check(name, producer, &settings.secrets()) {
        Ok(grants) => grants,
        Err(error) => return End::NotGranted(loaded, error.into()),
    };
    let denied: Vec<Want> = loaded.wants.iter().copied().filter(|want| !grants.covers(*want)).collect();
    let mut source = ComponentSource::of(host, program, grants, name, producer, &counters);
    // One reading is wanted now, whatever its pace.
    source.pace = Pace::default();
    let trial = Trial::of(source, Arc::new(SystemClock::start())).await;
    let hint = trial.failed().and_then(|failed| hint::of(failed, producer, &denied));
    End::Tried(loaded, Box::new(Tried { trial, counters: counters.read(), denied, hint }))
}

impl Tried {
    /// The readings, the first one and the warm one, as far as there are any.
    pub fn readings(&self) -> impl Iterator<Item = &[(String, Number)]> {
        self.trial.calls.iter().filter(|call| call.name == "get-stats").map(|call| call.stats.as_slice())
    }

    /// What it reports or counts, as `name`, that its description does not name: slips of a pen, most of them.
    pub fn undescribed(&self, name: &str) -> Vec<String> {
        let Some(described) = &self.trial.described else { return Vec::new() };
        let description = &described.description;
        let of_stats = description.stats.iter().map(|stat| stat.name.as_str());
        let known: BTreeSet<&str> =
            of_stats.chain(description.counters.iter().map(|held| held.name.as_str())).collect();
        let stats = self.readings().flatten().map(|(full, _)| full.as_str());
        let all: BTreeSet<&str> = stats.chain(self.counters.iter().map(|(full, _)| full)).collect();
        let own = all.into_iter().filter_map(|full| full.strip_prefix(name)?.strip_prefix('.'));
        own.filter(|own| !known.contains(own)).map(str::to_owned).collect()
    }

    /// Bytes of its numbers in a reply: `"name":value,` each.
    pub fn reply_bytes(&self) -> usize {
        let entry = |name: &str, value: String| name.len() + value.len() + 4;
        let stats = self.readings().last().unwrap_or_default();
        let stats: usize = stats.iter().map(|(name, value)| entry(name, value.to_string())).sum();
        stats + self.counters.iter().map(|(name, value)| entry(name, value.to_string())).sum::<usize>()
    }
}

/// What `producer` grants, one a line: the kind, and what of it.
pub fn granted(producer: &ProducerSettings) -> Vec<(&'static str, String)> {
    let ProducerSettings { files, folders, env, http, config, config_files, config_env, .. } = producer;
    let path = |kind: &'static str| move |path: &PathBuf| (kind, path.display().to_string());
    let text = |kind: &'static str| move |text: &String| (kind, text.clone());
    let files = files.iter().map(path("file")).chain(folders.iter().map(path("folder")));
    let granted = files.chain(env.iter().map(text("env"))).chain(http.iter().map(|host| ("http", host.to_string())));
    // The keys alone: a value may be a secret.
    let config = config.keys().chain(config_files.keys()).chain(config_env.keys());
    granted.chain(config.map(text("config"))).collect()
}
