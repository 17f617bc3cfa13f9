//! Sites whose server runs the shipped configuration: who logs in needs a key that it lists.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use statsgrid_tests::{Gatherer, Node, Site, workspace};
use statsgrid_wire::{Identity, PublicKey};

/// A site with the shipped configuration, changed by `edit`; the gatherer and the node that it lists.
pub fn site_with_logins(edit: impl FnOnce(String) -> String) -> (Site, Gatherer, Node) {
    let [listed, alphas] = [(); 2].map(|()| Identity::generate().unwrap());
    let site = Site::with_server(&edit(server_config(listed.public_key(), alphas.public_key())));
    let (gatherer, alpha) = (site.gatherer(), site.node("alpha"));
    write_seed(&gatherer.folder().join("gatherer.seed"), &listed);
    write_seed(&alpha.seed_path(), &alphas);
    let alpha = alpha.answers(gatherer.address());
    (site, gatherer, alpha)
}

/// The shipped file, with keys in the places of G and P, as its comment says.
pub fn server_config(gatherer: PublicKey, provider: PublicKey) -> String {
    let text = fs::read_to_string(workspace().join("gatherer/pkg/nats-server.conf")).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let replace = |word: &str| match word {
        "G" => gatherer.to_string(),
        "P" => provider.to_string(),
        other => other.to_owned(),
    };
    let mut config = String::new();
    for line in lines {
        let words = line.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
        for word in words {
            let end = word.len() - word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
            let (word, separator) = word.split_at(word.len() - end);
            config.push_str(&replace(word));
            config.push_str(separator);
        }
        config.push('\n');
    }
    config
}

/// Gives a daemon this identity.
pub fn write_seed(path: &Path, identity: &Identity) {
    fs::write(path, identity.seed().unwrap()).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
