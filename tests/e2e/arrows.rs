//! The arrows between crates: gatherer -> wire <- provider, producer-sdk <- examples, and what each must never compile.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use statsgrid_tests::workspace;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// A crate of this workspace has one.
    path: Option<String>,
}

#[test]
fn there_are_no_others() {
    let printed = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Metadata = serde_json::from_str(&printed).unwrap();
    let arrows = |package: &Package| -> BTreeSet<String> {
        let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        ours.map(|dependency| dependency.name.clone()).collect()
    };
    let found: BTreeMap<&str, BTreeSet<String>> =
        metadata.packages.iter().map(|package| (package.name.as_str(), arrows(package))).collect();
    let expected = [
        ("statsgrid-wire", vec![]),
        ("statsgrid-provider", vec!["statsgrid-wire"]),
        ("statsgrid-gatherer", vec!["statsgrid-wire"]),
        ("statsgrid-producer", vec![]),
        ("load-monitor", vec!["statsgrid-producer"]),
        ("storage-server", vec!["statsgrid-producer"]),
        ("host", vec!["statsgrid-producer"]),
        ("latencies", vec!["statsgrid-producer"]),
        ("guest-flood", vec!["statsgrid-producer"]),
        ("guest-loop", vec!["statsgrid-producer"]),
        ("guest-reach", vec!["statsgrid-producer"]),
        ("guest-slow", vec!["statsgrid-producer"]),
        ("guest-trap", vec!["statsgrid-producer"]),
        ("statsgrid-tests", vec!["statsgrid-gatherer", "statsgrid-wire"]),
        ("statsgrid-fuzz", vec!["statsgrid-gatherer", "statsgrid-wire"]),
    ];
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    assert_eq!(found, expected.map(|(name, arrows)| (name, owned(arrows))).into());
}

#[test]
fn nobody_compiles_what_is_anothers() {
    let check = |arguments: &[&str], forbidden: &[&str]| {
        let tree =
            cargo(&[&["tree", "--edges", "normal,build", "--prefix", "none", "--target", "all"], arguments].concat());
        let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(crates.contains(arguments[1]), "{tree}");
        for name in crates {
            // A crate's own family counts too: wasmtime-wasi, tokio-util.
            let family = forbidden.iter().find(|forbidden| name.starts_with(*forbidden));
            assert_eq!(family, None, "{arguments:?} compiles {name}");
        }
    };
    let (sandbox, runtime) = (["wasmtime", "cranelift", "wit-"], ["tokio", "async-nats", "futures"]);
    let secrets = ["nkeys", "ed25519", "statsgrid-wire"];
    check(&["--package", "statsgrid-gatherer"], &[&sandbox[..], &["statsgrid-provider"]].concat());
    check(&["--package", "statsgrid-provider"], &["statsgrid-gatherer", "statsgrid-producer"]);
    check(&["--package", "statsgrid-wire", "--all-features"], &sandbox);
    // The munin plugin and whoever reads a snapshot.
    check(&["--package", "statsgrid-gatherer", "--no-default-features"], &[&sandbox[..], &runtime[..]].concat());
    check(&["--package", "statsgrid-fuzz"], &[&sandbox[..], &["libfuzzer-sys"]].concat());
    for producer in ["statsgrid-producer", "load-monitor", "storage-server", "host"] {
        check(&["--package", producer], &[&secrets[..], &runtime[..], &["wasmtime"]].concat());
    }
}

fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = cargo.args(arguments).args(["--locked", "--offline"]).current_dir(workspace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
