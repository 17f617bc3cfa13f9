//! A real nats-server on a free port of this machine.

use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde::Deserialize;

use crate::patience::{PATIENCE, await_until};
use crate::process::Process;
use crate::programs::{command, programs};

/// A server that runs, or is stopped for a while; it ends with this guard.
#[derive(Debug)]
pub struct NatsServer {
    program: PathBuf,
    folder: PathBuf,
    config: Option<PathBuf>,
    url: String,
    process: Option<Process>,
}

/// What the server writes once it listens.
#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
    #[serde(default)]
    cluster: Vec<String>,
}

impl NatsServer {
    /// Starts one whose files lie in `folder`, with the text of a configuration if it needs one.
    pub fn start(folder: &Path, config: Option<&str>) -> Self {
        Self::of(&programs().nats_server(), folder, config)
    }

    /// The same of this program.
    pub fn of(program: &Path, folder: &Path, config: Option<&str>) -> Self {
        let config = config.map(|text| {
            let path = folder.join("nats-server.conf");
            std::fs::write(&path, text).expect("the test's folder takes files");
            path
        });
        let (program, folder) = (program.to_owned(), folder.to_owned());
        let mut server = Self { program, folder, config, url: String::new(), process: None };
        server.listen("-1");
        server
    }

    /// Where clients reach it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where other servers of its cluster reach it.
    pub fn cluster_url(&self) -> String {
        let url = self.ports(self.id()).and_then(|ports| ports.cluster.into_iter().next());
        url.expect("the configuration names a cluster")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.as_ref().map(Process::id).expect("the server runs")
    }

    /// What it has logged since it was started last.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::stderr).unwrap_or_default()
    }

    /// Gives it another configuration, which it reads while it runs, as at `systemctl reload`.
    pub fn reload(&self, config: &str) {
        self.write_config(config);
        let reloads = || self.log().matches("Reloaded server configuration").count();
        let before = reloads();
        self.signal(Signal::HUP);
        await_until("the server's reload", PATIENCE, || (reloads() > before).then_some(()));
    }

    /// Starts another one in its place, on the same port.
    pub fn replace(&mut self, config: &str) {
        self.stop();
        self.write_config(config);
        self.restart();
    }

    fn write_config(&self, text: &str) {
        let path = self.config.as_ref().expect("it was started with a configuration");
        std::fs::write(path, text).expect("the test's folder takes files");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.as_ref().expect("the server runs").signal(signal);
    }

    /// Stops it: its clients see the connection end, and nobody listens on the port any more.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.terminate();
        }
    }

    /// Ends it at once, with what it had in hand.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) {
        self.stop();
        let port = self.url.rsplit(':').next().unwrap_or_default().to_owned();
        self.listen(&port);
    }

    /// Starts it on `port`, where -1 is a free one of the system's choosing, and waits until it listens.
    fn listen(&mut self, port: &str) {
        let mut server = command(&self.program);
        server.args(["--addr", "127.0.0.1", "--port", port, "--ports_file_dir"]).arg(&self.folder);
        if let Some(config) = &self.config {
            server.arg("--config").arg(config);
        }
        let mut process = Process::start("nats-server", &self.folder, server);
        let id = process.id();
        self.url = await_until("the NATS server's port", PATIENCE, || {
            if let Some(status) = process.ends_within(std::time::Duration::ZERO) {
                panic!("nats-server: {status}: {}", process.stderr());
            }
            self.ports(id)?.nats.into_iter().next()
        });
        self.process = Some(process);
    }

    /// What the server with this process id says of itself: its file appears once it listens, not always whole.
    fn ports(&self, id: u32) -> Option<Ports> {
        let files = self.folder.read_dir().ok()?.flatten().map(|entry| entry.path());
        let file = files.filter(|path| path.to_string_lossy().ends_with(&format!("_{id}.ports"))).last()?;
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    }
}
