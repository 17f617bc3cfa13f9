//! The driver's process, and a session of it.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::pages::agent;
use crate::patience::{PATIENCE, await_until};
use crate::process::Process;

/// As root, without a screen, and without the browser's own errands.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A session; it ends with this guard, and the driver with it.
#[derive(Debug)]
pub(super) struct Driver {
    agent: Agent,
    session: String,
    _process: Process,
    _folder: TempDir,
}

impl Driver {
    /// Of these programs: the browser and its driver.
    pub(super) fn start([browser, driver]: [&str; 2]) -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for tests");
        let mut command = Command::new(driver);
        // Whatever the browser keeps goes with the test.
        command.arg("--port=0").env("HOME", folder.path()).env("TMPDIR", folder.path());
        let process = Process::start("chromedriver", folder.path(), command);
        let port = await_until("the browser's driver", PATIENCE, || port(&process.stdout()));
        let server = format!("http://127.0.0.1:{port}/session");
        let flags: Vec<String> = FLAGS.iter().map(ToString::to_string).collect();
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let args = [flags, vec![profile]].concat();
        let options = json!({ "binary": browser, "args": args });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let agent = agent();
        let begun = call(agent.post(&server).send(json!({ "capabilities": { "alwaysMatch": wanted } }).to_string()));
        let session = format!("{server}/{}", begun["sessionId"].as_str().expect("a session has an id"));
        Self { agent, session, _process: process, _folder: folder }
    }

    /// What a command gives.
    #[track_caller]
    pub(super) fn post(&self, command: &str, parameters: &Value) -> Value {
        call(self.agent.post(format!("{}{command}", self.session)).send(parameters.to_string()))
    }

    /// What a question gives.
    #[track_caller]
    pub(super) fn get(&self, question: &str) -> Value {
        call(self.agent.get(format!("{}{question}", self.session)).call())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser is the driver's child, which it ends with the session.
        let _ = self.agent.delete(&self.session).call();
    }
}

#[track_caller]
fn call(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut answer = answer.expect("the driver answers");
    let text = answer.body_mut().with_config().limit(u64::MAX).read_to_string().expect("it answers text");
    let value: Value = serde_json::from_str(&text).expect("it answers JSON");
    assert!(answer.status().is_success(), "{text}");
    value["value"].clone()
}

fn port(printed: &str) -> Option<u16> {
    let line = printed.lines().find_map(|line| line.strip_prefix("ChromeDriver was started successfully on port "))?;
    line.trim_end_matches('.').parse().ok()
}
