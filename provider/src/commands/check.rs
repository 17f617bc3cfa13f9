//! `stats-provider check FILE`: would it run, what does it ask for, what does it give, what does that cost.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use statsgrid_provider::{
    ComponentSource, ConfigSource, Counters, Described, Grants, Host, Kind, ProducerSettings, Producers, Program,
    ProviderError, Reading, Settings, Source,
};
use statsgrid_wire::SystemClock;
use statsgrid_wire::daemon::Exit;
use statsgrid_wire::message::Outcome;

use super::Failure;

const PATIENCE: Duration = Duration::from_secs(10);

pub async fn check(file: &Path, config: Option<&Path>) -> Result<(), Failure> {
    let (name, section, secrets) = section_of(file, config)?;
    let host = Arc::new(Host::new().map_err(ProviderError::from)?);
    let started = Instant::now();
    let program = Program::load(&host, file).map_err(|error| refused(error.into()))?;
    let compiled = started.elapsed();
    println!("component    {}", file.display());
    println!("sha256       {}", program.digest());
    println!("compiled in  {compiled:.1?}");
    for import in program.imports() {
        println!("imports      {import}");
    }
    let grants = Grants::check(&name, &section, &secrets).map_err(|error| refused(error.into()))?;
    for path in section.files.iter().chain(&section.folders) {
        println!("granted      {}", path.display());
    }
    if section.files.is_empty() && section.folders.is_empty() {
        println!("granted      nothing");
    }
    let counters = Counters::default();
    let source = ComponentSource {
        name: name.clone(),
        host,
        program,
        grants: Arc::new(grants),
        config: ConfigSource::of(&section),
        counters: counters.under(&name),
        bounds: section.bounds(),
    };
    let sources = vec![(name, Source::Component(Box::new(source)))];
    let producers = Producers::start(sources, Arc::new(SystemClock::start())).await;
    let started = Instant::now();
    let readings = producers.read(PATIENCE).await;
    let took = started.elapsed();
    let healthy = readings.iter().all(report);
    for (name, value) in counters.read().iter() {
        println!("counter      {name} {value}");
    }
    println!("read in      {took:.1?}");
    if healthy { Ok(()) } else { Err(refused(anyhow::anyhow!("{}: it did not give a clean reading", file.display()))) }
}

/// The section that runs `file`, or one that grants nothing, called by the file's name.
fn section_of(
    file: &Path,
    config: Option<&Path>,
) -> Result<(String, ProducerSettings, Vec<std::path::PathBuf>), Failure> {
    let bare = ProducerSettings::of(file.to_owned());
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().replace(['.', '-'], "_"));
    let stem = stem.filter(|stem| statsgrid_wire::check_producer_name(stem).is_ok());
    let named = stem.unwrap_or_else(|| "producer".to_owned());
    let Some(config) = config else {
        return Ok((named, bare, Vec::new()));
    };
    let settings = Settings::load(config).map_err(ProviderError::from)?;
    let same = |section: &ProducerSettings| {
        let theirs = std::fs::canonicalize(settings.path(&section.component));
        theirs.is_ok_and(|theirs| std::fs::canonicalize(file).is_ok_and(|ours| ours == theirs))
    };
    let secrets = settings.secrets();
    match settings.producers.iter().find(|(_, section)| same(section)) {
        Some((name, section)) => Ok((name.clone(), section.clone(), secrets)),
        None => Err(Failure {
            exit: Exit::Settings,
            error: anyhow::anyhow!("{}: no section of it runs {}", config.display(), file.display()),
        }),
    }
}

fn report(reading: &Reading) -> bool {
    if let Some(described) = &reading.described {
        describe(described);
    }
    for (name, value) in &reading.stats {
        println!("stat         {name} {value}");
    }
    match &reading.message {
        Some(message) => println!("outcome      {}: {message}", reading.outcome.label()),
        None => println!("outcome      {}", reading.outcome.label()),
    }
    reading.outcome == Outcome::Ok
}

fn describe(described: &Described) {
    let description = &described.description;
    println!("version      {}", description.version);
    if let Some(interval) = description.sample_interval_ms {
        println!("samples      every {}", humantime::format_duration(Duration::from_millis(interval.into())));
    }
    for stat in &description.stats {
        let kind = match stat.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        println!("reports      {} ({kind}, {}): {}", stat.name, unit(&stat.unit), stat.help);
    }
    for counter in &description.counters {
        println!("counts       {} ({}): {}", counter.name, unit(&counter.unit), counter.help);
    }
}

fn unit(unit: &str) -> &str {
    if unit.is_empty() { "no unit" } else { unit }
}

fn refused(error: anyhow::Error) -> Failure {
    Failure { exit: Exit::Component, error }
}
