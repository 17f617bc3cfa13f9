//! The Prometheus of Debian's package, in a folder of a test's own.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::pages::Pages;
use crate::patience::{PATIENCE, await_until};
use crate::process::{Ended, Process};
use crate::skip::skip;

const PROMETHEUS: &str = "/usr/bin/prometheus";
const PROMTOOL: &str = "/usr/bin/promtool";

/// A server that scrapes one target each second.
#[derive(Debug)]
pub struct Prometheus {
    api: Pages,
    _process: Process,
    _folder: TempDir,
}

impl Prometheus {
    /// One that scrapes `target` under the job `statsgrid`. Where none is installed, it is said that `what` did not run.
    pub fn start(what: &str, target: &Pages) -> Option<Self> {
        is_there(what, PROMETHEUS)?;
        let folder = tempfile::tempdir().expect("there is a folder for tests");
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: statsgrid\n  static_configs:\n  - targets: [{:?}]\n",
            target.address()
        );
        std::fs::write(&config, text).expect("the test's folder takes files");
        let mut command = Command::new(PROMETHEUS);
        command.arg("--config.file").arg(&config).arg("--storage.tsdb.path").arg(folder.path().join("data"));
        command.arg("--web.listen-address=127.0.0.1:0");
        let process = Process::start("prometheus", folder.path(), command);
        let address = await_until("Prometheus", PATIENCE, || listens_at(&process.stderr()));
        let api = Pages::at(&address);
        await_until("Prometheus' database", PATIENCE, || (api.get("/-/ready").status == 200).then_some(()));
        Some(Self { api, _process: process, _folder: folder })
    }

    /// The samples that an expression gives now: labels and the value as Prometheus writes it.
    pub fn query(&self, expression: &str) -> Vec<(Value, String)> {
        let path = format!("/api/v1/query?query={}", encoded(expression));
        let answer = self.api.json(&path);
        let samples = answer["data"]["result"].as_array().expect("an expression gives a vector");
        samples.iter().map(|sample| (sample["metric"].clone(), text(&sample["value"][1]))).collect()
    }

    /// Waits until an expression gives something that `is_it`.
    #[track_caller]
    pub fn await_query<T>(&self, expression: &str, is_it: impl Fn(Vec<(Value, String)>) -> Option<T>) -> T {
        await_until(expression, PATIENCE, || is_it(self.query(expression)))
    }

    /// What was wrong with the last scrape; empty if nothing was.
    pub fn last_error(&self) -> String {
        let answer = self.api.json("/api/v1/targets");
        text(&answer["data"]["activeTargets"][0]["lastError"])
    }
}

/// What `promtool check metrics` finds in the text format: nothing, if all is well. Where none is installed, it is said that
/// `what` did not run.
pub fn promtool_check(what: &str, metrics: &str) -> Option<Ended> {
    is_there(what, PROMTOOL)?;
    let folder = tempfile::tempdir().expect("there is a folder for tests");
    let file = folder.path().join("metrics.txt");
    std::fs::write(&file, metrics).expect("the test's folder takes files");
    let output = Command::new(PROMTOOL)
        .args(["check", "metrics"])
        .stdin(Stdio::from(std::fs::File::open(&file).expect("it was just written")))
        .output()
        .expect("promtool starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some(Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) })
}

fn is_there(what: &str, program: &str) -> Option<()> {
    if Path::new(program).exists() {
        return Some(());
    }
    skip(&format!("{what}: there is no {program}; get it with `sudo apt-get install prometheus`"));
    None
}

/// The port that it chose is in its log alone.
fn listens_at(log: &str) -> Option<String> {
    let line = log.lines().find(|line| line.contains(r#"msg="Listening on""#))?;
    line.split("address=").nth(1).map(|address| address.trim().to_owned())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
