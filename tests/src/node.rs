//! A node's folder: its provider.toml, its identity, its storage, and the provider that works in it.

use std::cell::OnceCell;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use statsgrid_wire::PublicKey;

use crate::process::Process;
use crate::programs::{command, programs};

/// A node, whose provider may run or not.
#[derive(Clone, Debug)]
pub struct Node {
    name: String,
    folder: PathBuf,
    gatherers: Vec<String>,
    keys: String,
    sections: String,
    key: OnceCell<PublicKey>,
}

impl Node {
    pub(crate) fn in_folder(folder: &Path, name: &str) -> Self {
        let (name, folder) = (name.to_owned(), folder.to_owned());
        let (keys, sections) = (String::new(), String::new());
        Self { name, folder, gatherers: Vec::new(), keys, sections, key: OnceCell::new() }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Answers the gatherer of this address too.
    pub fn answers(mut self, address: &str) -> Self {
        self.gatherers.push(address.to_owned());
        self
    }

    /// Has this line above its sections.
    pub fn set(mut self, line: &str) -> Self {
        writeln!(self.keys, "{line}").expect("a string takes text");
        self
    }

    /// Keeps its counters over a restart, in [`Node::counters_path`].
    pub fn keeps_counters(self) -> Self {
        self.set("persist_counters = true")
    }

    /// Keeps its counters over a restart, in this file.
    pub fn keeps_counters_in(self, path: &Path) -> Self {
        let mut node = self.keeps_counters();
        writeln!(node.keys, "counters = {path:?}").expect("a string takes text");
        node
    }

    /// Runs the example load-monitor.
    pub fn load_monitor(self) -> Self {
        self.runs("load_monitor", &programs().producer("load_monitor"), "")
    }

    /// Runs the example storage-server on [`Node::storage`].
    pub fn storage_server(self) -> Self {
        let root = self.storage();
        std::fs::create_dir_all(root.join("incoming")).expect("the test's folder takes folders");
        let grants = format!("folders = [{root:?}]\nconfig = {{ root = {root:?} }}");
        self.runs("storage_server", &programs().producer("storage_server"), &grants)
    }

    /// Runs the example host on this machine's /proc.
    pub fn host(self) -> Self {
        let files = r#"files = ["/proc/loadavg", "/proc/meminfo", "/proc/uptime", "/proc/stat"]"#;
        self.runs("host", &programs().producer("host"), files)
    }

    /// Runs the guest `name`, with more keys of its section.
    pub fn guest(self, name: &str, more: &str) -> Self {
        self.runs(name, &programs().guest(name), more)
    }

    /// Runs `component` under `name`, with more keys of its section.
    pub fn runs(mut self, name: &str, component: &Path, more: &str) -> Self {
        writeln!(self.sections, "[producers.{name}]\ncomponent = {component:?}\n{more}").expect("a string takes text");
        self
    }

    /// Listens on [`Node::socket`].
    pub fn statsd(mut self) -> Self {
        let socket = self.socket();
        writeln!(self.sections, "[statsd]\nsocket = {socket:?}").expect("a string takes text");
        self
    }

    /// Logs in at the server as these keys of the section `[bus]` say.
    pub fn bus(mut self, keys: &str) -> Self {
        writeln!(self.sections, "[bus]\n{keys}").expect("a string takes text");
        self
    }

    /// The gatherers that it answers.
    pub fn gatherers(&self) -> &[String] {
        &self.gatherers
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the storage server looks at.
    pub fn storage(&self) -> PathBuf {
        self.folder.join("storage")
    }

    /// Its statsd socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("statsd.sock")
    }

    /// Its seed file.
    pub fn seed_path(&self) -> PathBuf {
        self.folder.join("identity.seed")
    }

    /// Where its counters are kept by default.
    pub fn counters_path(&self) -> PathBuf {
        self.folder.join("counters.json")
    }

    /// Writes provider.toml, if it does not stand there already, where a running provider may be reading it; gives its
    /// path.
    pub fn configure(&self) -> PathBuf {
        let path = self.folder.join("provider.toml");
        let text = format!("nickname = {:?}\n{}{}{}", self.name, self.gatherers_key(), self.keys, self.sections);
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            std::fs::write(&path, text).expect("the test's folder takes files");
        }
        path
    }

    /// The key `gatherer`: not there, a string, or a list.
    fn gatherers_key(&self) -> String {
        match self.gatherers.as_slice() {
            [] => String::new(),
            [address] => format!("gatherer = {address:?}\n"),
            addresses => format!("gatherer = {addresses:?}\n"),
        }
    }

    /// A command of stats-provider on this node.
    pub fn command(&self, subcommand: &str) -> Command {
        let mut provider = command(programs().provider());
        provider.arg(subcommand).arg("--config").arg(self.configure());
        provider
    }

    /// Starts its provider, with an identity that the test knows.
    pub fn start(&self) -> Process {
        self.key();
        Process::start(&self.name, &self.folder, self.command("run"))
    }

    /// Its public key, as `stats-provider identity` prints it.
    pub fn key(&self) -> PublicKey {
        *self.key.get_or_init(|| {
            let identity = Process::start("identity", &self.folder, self.command("identity"));
            let printed = identity.ended().succeeded().stdout;
            printed.trim().parse().expect("what is printed is a key")
        })
    }
}
