//! A real munin-node on a free port of this machine.

use std::fs;
use std::time::Duration;

use rustix::process::{getegid, geteuid};

use super::{HOST, Munin, Session, perl};
use crate::patience::{PATIENCE, await_until};
use crate::process::Process;

/// What it logs when it has asked the system for a port.
const BOUND: &str = "Bound to auto-assigned port ";

/// A node that runs; it ends with this guard.
#[derive(Debug)]
pub struct MuninNode {
    process: Process,
    port: u16,
}

impl MuninNode {
    /// Starts one. It calls each plugin for its configuration before it answers, and drops those that print none.
    pub fn start(munin: &Munin) -> Self {
        let config = munin.path("munin-node.conf");
        fs::write(&config, settings()).expect("the test's folder takes files");
        let mut node = perl(&["-T", &folders(munin)], "/usr/sbin/munin-node");
        node.args(["--foreground", "--config"]).arg(config);
        let mut process = Process::start("munin-node", munin.folder(), node);
        let port = await_until("munin-node's port", PATIENCE, || {
            if let Some(status) = process.ends_within(Duration::ZERO) {
                panic!("munin-node: {status}: {}", process.stderr());
            }
            let log = process.stderr();
            let (_, port) = log.split_once(BOUND)?;
            port.split_once('\n')?.0.trim().parse().ok()
        });
        Self { process, port }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has logged, plugins' standard error among it.
    pub fn log(&self) -> String {
        self.process.stderr()
    }

    /// Talks to it as a master does.
    pub fn session(&self) -> Session {
        Session::open(self.port)
    }
}

/// Where it looks for plugins and their settings, and where plugins keep their state, is built into munin-node.
fn folders(munin: &Munin) -> String {
    let (folder, state) = (munin.folder().display(), munin.path("plugin-state"));
    let state = state.display();
    format!(
        "-MMunin::Common::Defaults; BEGIN {{ $Munin::Common::Defaults::MUNIN_CONFDIR = '{folder}'; \
        $Munin::Common::Defaults::MUNIN_PLUGSTATE = '{state}'; }}"
    )
}

/// As Debian's munin-node.conf, but for host, port and log: without a file's name it logs to standard error.
fn settings() -> String {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    format!(
        "log_level 4\n\
        user {user}\n\
        group {group}\n\
        host_name {HOST}\n\
        allow ^127\\.0\\.0\\.1$\n\
        host 127.0.0.1\n\
        port 0\n"
    )
}
