//! The node's key: made once, kept private, and never guessed at.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use snapbox::{assert_data_eq, str};

use crate::Terminal;

#[test]
fn it_is_made_once_with_mode_600() {
    let terminal = Terminal::new().with("provider.toml", "");
    let first = terminal.run("identity");
    assert_data_eq!(
        first.clone(),
        str![[r#"
$ stats-provider identity
U[..]
exit 0

"#]]
    );
    assert_eq!(terminal.run("identity"), first);
    let seed = terminal.folder.path().join("identity.seed");
    assert_eq!(fs::metadata(&seed).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!first.contains(fs::read_to_string(seed).unwrap().trim()), "the secret is not told");
}

/// Whoever comes second to a fresh node takes what the first one made.
#[test]
fn many_that_make_it_at_once_agree() {
    let terminal = Terminal::new().with("provider.toml", "");
    let printed: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| terminal.run("identity"))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(printed.iter().all(|other| other.ends_with("\nexit 0\n") && *other == printed[0]), "{printed:?}");
    let files: Vec<_> = terminal.folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "nothing is left beside the seed: {files:?}");
}

#[test]
fn a_flag_goes_over_the_file() {
    let terminal = Terminal::new().with("provider.toml", "identity = \"/nowhere/identity.seed\"");
    assert_data_eq!(
        terminal.run("identity"),
        str![[r#"
$ stats-provider identity
stats-provider: seed file /nowhere/identity.seed: its folder is not there: mkdir -p /nowhere
exit 4

"#]]
    );
    assert_data_eq!(
        terminal.run("identity --identity other.seed"),
        str![[r#"
$ stats-provider identity --identity other.seed
U[..]
exit 0

"#]]
    );
    assert!(terminal.folder.path().join("other.seed").exists());
}

#[test]
fn a_seed_file_that_is_not_safe_or_no_seed() {
    let with_seed = |text: &str, mode| {
        let terminal = Terminal::new().with("provider.toml", "").with("identity.seed", text);
        terminal.with_mode("identity.seed", mode).run("identity")
    };
    assert_data_eq!(
        with_seed("", 0o644),
        str![[r#"
$ stats-provider identity
stats-provider: seed file identity.seed has mode 644, and others may read it: run `chmod 600 identity.seed`
exit 4

"#]]
    );
    assert_data_eq!(
        with_seed("", 0o600),
        str![[r#"
$ stats-provider identity
stats-provider: seed file identity.seed holds no seed: restore it, or remove it for a new identity: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum
exit 4

"#]]
    );
    assert_data_eq!(
        with_seed("UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4", 0o600),
        str![[r#"
$ stats-provider identity
stats-provider: seed file identity.seed holds no seed: restore it, or remove it for a new identity: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum
exit 4

"#]]
    );
    let folder = Terminal::new().with("provider.toml", "").with_folder("identity.seed");
    assert_data_eq!(
        folder.with_mode("identity.seed", 0o700).run("identity"),
        str![[r#"
$ stats-provider identity
stats-provider: seed file identity.seed: not a regular file; remove it, or name another path
exit 4

"#]]
    );
}
