//! The munin of Debian's packages, in a folder of a test's own: its node, its master, and what the master keeps.
//!
//! Both are started as they are installed, under the users that they have: as root, the node runs plugins as nobody in
//! the group munin, and the master is munin. Who is not root is all of them. Nothing of /etc/munin is read, and nothing
//! under /var is written. Left out on purpose: TLS, other nodes, notifications.

mod master;
mod node;
mod picture;
mod rrd;
mod session;

pub use master::MuninMaster;
pub use node::MuninNode;
pub use picture::Picture;
pub use rrd::Rrd;
pub use session::Session;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;
use statsgrid_gatherer::snapshot::{Record, write_snapshot};
use statsgrid_wire::PublicKey;
use tempfile::TempDir;

use crate::process::Process;
use crate::programs::{command, programs, workspace};
use crate::skip::skip;

/// What Debian's packages munin-node, munin and rrdtool bring.
const INSTALLED: [&str; 3] = ["/usr/sbin/munin-node", "/usr/share/munin/munin-update", "/usr/bin/rrdtool"];

/// What the node calls itself, and the master calls it. Its group is `example`.
pub(crate) const HOST: &str = "statsgrid.example";
pub(crate) const GROUP: &str = "example";

/// A folder with munin's settings, the plugin, and a snapshot for it.
#[derive(Debug)]
pub struct Munin {
    folder: TempDir,
    statsfile: PathBuf,
}

impl Munin {
    /// One that draws these graphs. Where no munin is installed, it is said that `what` did not run.
    pub fn find(what: &str, links: &[&str]) -> Option<Self> {
        if let Some(missing) = INSTALLED.iter().find(|program| !Path::new(program).exists()) {
            skip(&format!("{what}: there is no {missing}; get it with `sudo apt-get install munin-node munin`"));
            return None;
        }
        let folder =
            tempfile::Builder::new().prefix("statsgrid-munin-").tempdir().expect("there is a folder for tests");
        let munin = Self { statsfile: folder.path().join("stats.json"), folder };
        munin.furnish(links);
        Some(munin)
    }

    /// Draws another snapshot than its own. Its folder must be one that all may enter.
    pub fn reads(mut self, statsfile: &Path) -> Self {
        self.statsfile = statsfile.to_owned();
        self.configure_plugin();
        self
    }

    /// Writes its snapshot, as the gatherer does.
    pub fn write<'a>(&self, records: impl IntoIterator<Item = (PublicKey, &'a Record)>) {
        let sorted: BTreeMap<PublicKey, &Record> = records.into_iter().collect();
        write_snapshot(&self.statsfile, sorted).expect("the test's folder takes files");
    }

    /// Adds a section to its settings of plugins.
    pub fn add_settings(&self, section: &str) {
        fs::write(self.path("plugin-conf.d/zz-more"), section).expect("the test's folder takes files");
        open_to_all(&self.path("plugin-conf.d/zz-more"), 0o644);
    }

    /// What `munin-node-configure --shell --families auto` prints: commands that make the links.
    pub fn configure(&self) -> String {
        let mut configure = command("munin-node-configure");
        configure.args(["--shell", "--families", "auto"]);
        for (option, folder) in [("--libdir", "lib"), ("--servicedir", "plugins"), ("--sconfdir", "plugin-conf.d")] {
            configure.arg(option).arg(self.path(folder));
        }
        let ended = Process::start("munin-node-configure", self.folder(), configure).ended().succeeded();
        assert_eq!(ended.stderr, "", "munin-node-configure has nothing to complain of");
        ended.stdout
    }

    /// Its folder, which all may enter.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its snapshot.
    pub fn statsfile(&self) -> &Path {
        &self.statsfile
    }

    /// The plugin: a copy, for the build folder may lie where nobody else may go.
    pub fn plugin(&self) -> PathBuf {
        self.path("lib/statsgrid_")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn furnish(&self, links: &[&str]) {
        open_to_all(self.folder(), 0o755);
        for name in ["lib", "plugins", "plugin-conf.d", "plugin-state"] {
            fs::create_dir(self.path(name)).expect("the test's folder takes folders");
            open_to_all(&self.path(name), 0o755);
        }
        fs::copy(programs().munin_plugin(), self.plugin()).expect("the plugin was built");
        open_to_all(&self.plugin(), 0o755);
        for link in links {
            symlink(self.plugin(), self.path("plugins").join(link)).expect("the test's folder takes links");
        }
        self.configure_plugin();
    }

    /// The file that we ship, with the snapshot's path in it.
    fn configure_plugin(&self) {
        let shipped = workspace().join("gatherer/pkg/munin/statsgrid");
        let shipped = fs::read_to_string(shipped).expect("it is in the repository");
        let usual = "/var/lib/stats-gatherer/stats.json";
        assert!(shipped.contains(usual), "the shipped file names the usual snapshot: {shipped}");
        let text = shipped.replace(usual, &self.statsfile.to_string_lossy());
        fs::write(self.path("plugin-conf.d/statsgrid"), text).expect("the test's folder takes files");
    }

    /// A folder that is the master's.
    fn masters(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("the test's folder takes folders");
        if geteuid().is_root() {
            let munin = fs::metadata("/var/lib/munin").expect("Debian's package has made it");
            let owner = std::os::unix::fs::MetadataExt::uid(&munin);
            chown(&path, Some(owner), None).expect("root may");
        }
        open_to_all(&path, 0o755);
        path
    }
}

/// A Perl program, run after what these flags say: munin takes neither folders nor the time from outside.
fn perl(flags: &[&str], program: &str) -> Command {
    let mut perl = command("perl");
    perl.args(flags).arg(program);
    perl
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the test's files are its own");
}
