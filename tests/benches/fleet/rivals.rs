//! Who does the same with other means: Debian's vmagent and Prometheus, each of which scrapes as many targets, at the same
//! interval, as the gatherer asks providers.
//!
//! Both run with their defaults. vmagent, which stores nothing, writes to a sink whose cost is not counted; Prometheus stores
//! in a folder of its own. Neither checks who answers, for there is nothing to check.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use statsgrid_tests::fleet::{Report, cpu_seconds};
use statsgrid_tests::{PATIENCE, Process, await_until, command};

use crate::Failed;
use crate::scale::Scale;
use crate::sink::Sink;
use crate::targets::Targets;

/// Who it is, and how it is started.
pub struct Rival {
    /// Its program.
    pub name: &'static str,
    /// Debian's package that has it.
    package: &'static str,
    /// What else it needs beside its configuration's path.
    arguments: fn(&Scene) -> Vec<String>,
}

/// What there is when a rival starts.
pub struct Scene<'s> {
    folder: &'s Path,
    config: &'s Path,
    sink: SocketAddr,
}

/// What became of it.
pub enum Outcome {
    /// It ran.
    Ran(Cost),
    /// It is not installed; this says how to get it.
    Missing(String),
}

/// What it took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// CPU seconds an interval, on the average.
    pub cpu_s: f64,
    /// The most memory that it had resident, in bytes.
    pub memory: u64,
}

/// All of them.
pub const RIVALS: [Rival; 2] = [
    Rival { name: "vmagent", package: "victoria-metrics", arguments: vmagent },
    Rival { name: "prometheus", package: "prometheus", arguments: prometheus },
];

/// In what is scraped in so many intervals this share may be missing, for the first and the last are cut anywhere.
const CUT: f64 = 0.02;

fn vmagent(scene: &Scene) -> Vec<String> {
    vec![
        format!("-promscrape.config={}", scene.config.display()),
        format!("-remoteWrite.url=http://{}/api/v1/write", scene.sink),
        format!("-remoteWrite.tmpDataPath={}", scene.folder.join("vmagent").display()),
        "-httpListenAddr=127.0.0.1:0".to_owned(),
    ]
}

fn prometheus(scene: &Scene) -> Vec<String> {
    vec![
        format!("--config.file={}", scene.config.display()),
        format!("--storage.tsdb.path={}", scene.folder.join("prometheus").display()),
        "--web.listen-address=127.0.0.1:0".to_owned(),
    ]
}

impl Rival {
    /// Has it scrape, and says what that takes once all targets are known to it.
    pub fn measure(&self, scale: &Scale, folder: &Path) -> Result<Outcome, Failed> {
        let Some(program) = found(self.name) else {
            let remedy = "which starts a service of its own: stop it before you measure";
            return Ok(Outcome::Missing(format!("get it with `apt-get install {}`, {remedy}", self.package)));
        };
        let targets = Targets::serve(scale.rivals, &Report::of(scale.stats, scale.spread))?;
        let sink = Sink::serve()?;
        let config = folder.join(format!("{}.yml", self.name));
        fs::write(&config, configuration(&targets, scale.interval))?;
        let mut run = command(program);
        run.current_dir(folder).args((self.arguments)(&Scene { folder, config: &config, sink: sink.address() }));
        let process = Process::start(self.name, folder, run);
        let all = u64::from(scale.rivals);
        await_until("the first scrape of all targets", PATIENCE + scale.interval, || {
            (targets.scrapes() >= all).then_some(())
        });
        // The first scrape of a target is dearer than all others: its series are made. So one more for all of them.
        sleep(scale.interval);
        let cost = over(&process, &targets, scale)?;
        if self.name == "vmagent" && sink.bytes() == 0 {
            return Err("vmagent has written nothing to the sink".into());
        }
        Ok(Outcome::Ran(cost))
    }

    /// The version of its package.
    pub fn version(&self) -> String {
        let asked = Command::new("dpkg-query").args(["--show", "--showformat", "${Version}", self.package]).output();
        let version = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        if version.is_empty() { "of an unknown version".to_owned() } else { version }
    }
}

fn over(process: &Process, targets: &Targets, scale: &Scale) -> Result<Cost, Failed> {
    let (before, scraped) = (cpu_seconds(process.id())?, targets.scrapes());
    sleep(scale.interval * scale.rounds);
    let (after, scraped) = (cpu_seconds(process.id())?, targets.scrapes() - scraped);
    let expected = f64::from(scale.rivals) * f64::from(scale.rounds);
    if (scraped as f64) < expected * (1.0 - CUT) {
        return Err(format!("{scraped} scrapes where {expected} were due: the figures would flatter it").into());
    }
    let [_, memory] = process.memory();
    // Per scrape of all targets that there were: at the edges there may be some more or less.
    Ok(Cost { cpu_s: (after - before) / (scraped as f64 / f64::from(scale.rivals)), memory })
}

/// Both read the same.
fn configuration(targets: &Targets, interval: Duration) -> String {
    let addresses: Vec<String> = targets.addresses().iter().map(|address| format!("  - {address}\n")).collect();
    format!(
        "global:\n  scrape_interval: {}s\nscrape_configs:\n- job_name: fleet\n  static_configs:\n  - targets:\n{}",
        interval.as_secs(),
        addresses.concat().replace("  - ", "    - ")
    )
}

fn found(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}
