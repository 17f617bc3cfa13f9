//! The kept corpus and the golden vectors, given to the targets: what a fuzzer found once stays mended.

// Said aloud, so that clippy frees helpers too from the rules for code that must not panic.
#![cfg(test)]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use statsgrid_fuzz::{TARGETS, Target, seeds};

/// Some dozens of small files a target: they are read with every test run.
const FILES_AT_MOST: usize = 150;
const FILE_BYTES_AT_MOST: usize = 8 * 1024;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(target: &str) -> Vec<PathBuf> {
    let folder = here().join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_target_holds_for_its_corpus() {
    for (name, target) in TARGETS {
        let files = files(name);
        assert!((1..=FILES_AT_MOST).contains(&files.len()), "{name} has {} files", files.len());
        for file in files {
            let data = fs::read(&file).unwrap();
            assert!(data.len() <= FILE_BYTES_AT_MOST, "{} has {} bytes", file.display(), data.len());
            check(&file.display().to_string(), target, &data);
        }
    }
}

#[test]
fn every_target_holds_for_its_seeds() {
    for (name, seed) in seeds() {
        let (_, target) = TARGETS.into_iter().find(|(target, _)| *target == name).unwrap();
        check(&format!("{name} with {:?}", String::from_utf8_lossy(&seed)), target, &seed);
    }
}

fn check(what: &str, target: Target, data: &[u8]) {
    assert!(catch_unwind(|| target(data)).is_ok(), "{what}");
}

#[test]
fn every_target_has_its_fuzzer_and_every_folder_its_target() {
    let manifest = fs::read_to_string(here().join("Cargo.toml")).unwrap();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    for name in &names {
        let binary = format!("[[bin]]\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n");
        assert!(manifest.contains(&binary), "Cargo.toml lacks the binary {name}");
        let call = format!("fuzz_target!(|data: &[u8]| statsgrid_fuzz::{name}(data))");
        let fuzzer = fs::read_to_string(here().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(fuzzer.contains(&call), "fuzz_targets/{name}.rs lacks {call}");
    }
    for folder in fs::read_dir(here().join("corpus")).unwrap() {
        let folder = folder.unwrap().file_name();
        assert!(names.iter().any(|name| folder == *name), "corpus/{} has no target", folder.display());
    }
}
