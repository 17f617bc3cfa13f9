//! Where a test happens: a folder of its own and a NATS server.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::gatherer::Gatherer;
use crate::nats_server::NatsServer;
use crate::node::Node;

/// A folder and a server. Declare it before what runs on it, so that it is dropped last.
#[derive(Debug)]
pub struct Site {
    /// The server.
    pub server: NatsServer,
    // After the server, whose files lie in it.
    folder: TempDir,
}

impl Site {
    /// A site whose server lets everybody do everything.
    pub fn new() -> Self {
        Self::with(None)
    }

    /// A site whose server is configured by `config`.
    pub fn with_server(config: &str) -> Self {
        Self::with(Some(config))
    }

    /// A site whose server is configured by what `configure` gives, from the gatherer's files and the server's folder,
    /// before there is a server.
    pub fn with_server_of(configure: impl FnOnce(&Gatherer, &Path) -> String) -> Self {
        let folder = new_folder();
        let servers = make(folder.path(), "nats-server");
        // Where the server will be is nothing that its configuration needs to know.
        let gatherer = Gatherer::in_folder(&make(folder.path(), "gatherer"), "nats://127.0.0.1:4222");
        let config = configure(&gatherer, &servers);
        Self { server: NatsServer::start(&servers, Some(&config)), folder }
    }

    fn with(config: Option<&str>) -> Self {
        let folder = new_folder();
        let server = NatsServer::start(&make(folder.path(), "nats-server"), config);
        Self { server, folder }
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A gatherer that uses the server.
    pub fn gatherer(&self) -> Gatherer {
        self.gatherer_in("gatherer")
    }

    /// Another one, in a folder of this name.
    pub fn gatherer_in(&self, name: &str) -> Gatherer {
        self.gatherer_at(name, self.server.url())
    }

    /// One that uses the servers of this list, in a folder of this name.
    pub fn gatherer_at(&self, name: &str, servers: &str) -> Gatherer {
        Gatherer::in_folder(&make(self.path(), name), servers)
    }

    /// Another server, in a folder of this name.
    pub fn another_server(&self, name: &str, config: &str) -> NatsServer {
        NatsServer::start(&make(self.path(), name), Some(config))
    }

    /// A node of this name, which answers nobody yet.
    pub fn node(&self, name: &str) -> Node {
        Node::in_folder(&make(self.path(), name), name)
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

fn new_folder() -> TempDir {
    tempfile::Builder::new().prefix("statsgrid-").tempdir().expect("there is a folder for tests")
}

fn make(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(name);
    std::fs::create_dir_all(&folder).expect("the test's folder takes folders");
    folder
}
