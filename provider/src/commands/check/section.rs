//! Under which section a file is checked: that of provider.toml that runs it, one that is named, or one of the command
//! line alone, which grants what its flags grant.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use statsgrid_provider::{ProducerSettings, ProviderError, Settings};
use statsgrid_wire::check_producer_name;
use statsgrid_wire::daemon::Exit;

use crate::cli::CheckOptions;
use crate::commands::Failure;

/// The section, with the settings around it.
#[derive(Debug)]
pub struct Section {
    pub name: String,
    pub producer: ProducerSettings,
    pub settings: Settings,
    /// It was named and runs another file: its pin is that file's.
    pub is_lent: bool,
}

impl Section {
    pub fn of(options: &CheckOptions) -> Result<Self, Failure> {
        let mut section = match (&options.config, &options.section) {
            (None, _) => Self::bare(&options.file),
            (Some(config), None) => Self::running(&options.file, load(config)?)?,
            (Some(config), Some(name)) => Self::named(name, &options.file, load(config)?)?,
        };
        section.grant(options)?;
        section.settings.producers.insert(section.name.clone(), section.producer.clone());
        section.settings.check().map_err(ProviderError::from)?;
        Ok(section)
    }

    /// One that grants nothing, called by the file's name.
    fn bare(file: &Path) -> Self {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().replace(['.', '-'], "_"));
        let name = stem.filter(|stem| check_producer_name(stem).is_ok());
        let name = name.unwrap_or_else(|| "producer".to_owned());
        let producer = ProducerSettings::of(file.to_owned());
        Self { name, producer, settings: Settings::default(), is_lent: false }
    }

    /// The one that runs `file`.
    fn running(file: &Path, settings: Settings) -> Result<Self, Failure> {
        let ours = std::fs::canonicalize(file).ok();
        let runs = |section: &ProducerSettings| {
            let theirs = std::fs::canonicalize(settings.path(&section.component)).ok();
            theirs.is_some() && theirs == ours
        };
        match settings.producers.iter().find(|(_, section)| runs(section)) {
            Some((name, producer)) => {
                Ok(Self { name: name.clone(), producer: producer.clone(), settings, is_lent: false })
            }
            None => Err(wrong(none_runs(file, &settings))),
        }
    }

    /// The one of this name, whatever it runs.
    fn named(name: &str, file: &Path, settings: Settings) -> Result<Self, Failure> {
        let Some(producer) = settings.producers.get(name).cloned() else {
            let known = known(&settings);
            return Err(wrong(anyhow!("{}: no section [producers.{name}]; {known}", settings.file.display())));
        };
        let same = |theirs: PathBuf| std::fs::canonicalize(file).is_ok_and(|ours| ours == theirs);
        let is_lent = !std::fs::canonicalize(settings.path(&producer.component)).is_ok_and(same);
        Ok(Self { name: name.to_owned(), producer, settings, is_lent })
    }

    /// Grants and tells it what the flags say, over what it has.
    fn grant(&mut self, options: &CheckOptions) -> Result<(), Failure> {
        // A path of the command line is taken from where the command runs.
        let absolute = |path: &PathBuf| std::path::absolute(path).with_context(|| format!("path {}", path.display()));
        for file in &options.grant_file {
            self.producer.files.push(absolute(file)?);
        }
        for folder in &options.grant_folder {
            self.producer.folders.push(absolute(folder)?);
        }
        self.producer.env.extend(options.grant_env.iter().cloned());
        self.producer.http.extend(options.grant_http.iter().cloned());
        for (key, value) in &options.config_value {
            self.producer.config_files.remove(key);
            self.producer.config_env.remove(key);
            self.producer.config.insert(key.clone(), value.clone());
        }
        Ok(())
    }
}

fn load(config: &Path) -> Result<Settings, Failure> {
    Ok(Settings::load(config).map_err(ProviderError::from)?)
}

fn none_runs(file: &Path, settings: &Settings) -> anyhow::Error {
    let named_so = |section: &&ProducerSettings| section.component.file_name() == file.file_name();
    let name = settings.producers.iter().find(|(_, section)| named_so(section));
    let remedy = match name {
        Some((name, section)) => format!(
            "[producers.{name}] runs {}: check this file under its grants with `--section {name}`",
            settings.path(&section.component).display()
        ),
        None => known(settings),
    };
    anyhow!("{}: no section of it runs {}; {remedy}", settings.file.display(), file.display())
}

fn known(settings: &Settings) -> String {
    let names: Vec<String> = settings.producers.keys().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return "it has no section [producers.NAME] at all".to_owned();
    }
    format!("there are {}: choose one with `--section NAME` to check the file under its grants", names.join(", "))
}

fn wrong(error: anyhow::Error) -> Failure {
    Failure { exit: Exit::Settings, error }
}
