//! Sites whose server runs the shipped configuration, with the users that `stats-gatherer bus-config` prints: who logs in
//! needs a key that the trust file holds, or the login for enrolment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use statsgrid_tests::{Gatherer, Node, Site, workspace};
use statsgrid_wire::{Identity, PublicKey};

/// User and password under which a new node may announce itself.
pub const ENROLMENT: [&str; 2] = ["enrol", "choose-a-password"];

/// A site as the shipped files make it.
pub struct Guarded {
    pub site: Site,
    pub gatherer: Gatherer,
    /// What a test changes in the users, to see that it matters.
    edit: fn(String) -> String,
}

impl Guarded {
    /// Exactly as shipped. The gatherer alone is listed.
    pub fn new() -> Self {
        Self::edited(|users| users)
    }

    /// With this change in the users, however often they are written.
    pub fn edited(edit: fn(String) -> String) -> Self {
        let site = Site::with_server_of(|gatherer, folder| {
            write_users(&enrolling(gatherer.clone()), folder, edit);
            server_config()
        });
        let gatherer = enrolling(site.gatherer());
        Self { site, gatherer, edit }
    }

    /// A node with the gatherer's address, in which the login for enrolment is.
    pub fn node(&self, name: &str) -> Node {
        self.site.node(name).answers(self.gatherer.address())
    }

    /// A node with an address in which it is not.
    pub fn node_without_enrolment(&self, name: &str) -> Node {
        let login = format!("{}@", ENROLMENT.join(":"));
        self.site.node(name).answers(&self.gatherer.address().replacen(&login, "", 1))
    }

    /// Has people trust it, and the server let it in.
    pub fn approve(&self, key: PublicKey) {
        self.gatherer.runs("approve", &[key.as_str()]).succeeded();
        self.reload();
    }

    /// Has people trust it no more, and the server turn it out.
    pub fn revoke(&self, key: PublicKey) {
        self.gatherer.runs("revoke", &[key.as_str()]).succeeded();
        self.reload();
    }

    /// Gives the server the users as they are by the trust file, as the shipped file says.
    fn reload(&self) {
        write_users(&self.gatherer, &self.site.path().join("nats-server"), self.edit);
        self.site.server.reload(&server_config());
    }
}

/// The shipped file as it is. The harness gives the port by a flag, which goes over it.
pub fn server_config() -> String {
    fs::read_to_string(workspace().join("gatherer/pkg/nats-server.conf")).unwrap()
}

/// What the shipped file includes.
fn write_users(gatherer: &Gatherer, folder: &Path, edit: fn(String) -> String) {
    let printed = gatherer.runs("bus-config", &[]).succeeded();
    fs::write(folder.join("statsgrid-users.conf"), edit(printed.stdout)).unwrap();
}

fn enrolling(gatherer: Gatherer) -> Gatherer {
    gatherer.with(&["--enrolment", &ENROLMENT.join(":")])
}

/// Gives a daemon this identity.
pub fn write_seed(path: &Path, identity: &Identity) {
    fs::write(path, identity.seed().unwrap()).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Who a daemon is.
pub fn read_seed(path: &Path) -> Identity {
    Identity::from_seed(fs::read_to_string(path).unwrap().trim()).unwrap()
}
