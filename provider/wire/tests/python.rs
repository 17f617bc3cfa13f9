//! Another language's receiver, written from PROTOCOL.md alone, agrees with every vector.
//!
//! It needs python3 and the package `cryptography`, which is looked for in the folder $STATSGRID_PYTHON_PACKAGES too.
//! Where they are missing, a line in the file $STATSGRID_SKIPPED says so, and `make test` repeats it.

// Said aloud, so that clippy frees helpers too from the rules for code that must not panic.
#![cfg(test)]

use std::env;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const FILES: [&str; 3] = ["good.json", "bad_seals.json", "bad_bodies.json"];

#[test]
fn a_receiver_in_another_language_agrees_with_every_vector() {
    let has_cryptography = python().args(["-c", "import cryptography"]).output();
    if !has_cryptography.is_ok_and(|output| output.status.success()) {
        return skip(
            "the golden vectors in Python: no python3 with the package cryptography; see tests/cryptography.txt",
        );
    }
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let output = python().arg(vectors.join("check.py")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    // A checker that looks at nothing finds no fault either.
    let released = fs::read_dir(vectors.join("released")).unwrap().map(|entry| entry.unwrap().path());
    let editions = released.chain([vectors]);
    let count: usize = editions.flat_map(|edition| FILES.map(|file| count(&edition.join(file)))).sum();
    assert_eq!(said, format!("{count} vectors, 0 faults\n"));
}

fn python() -> Command {
    let folders = ["STATSGRID_PYTHON_PACKAGES", "PYTHONPATH"].into_iter().filter_map(env::var_os);
    let folders: Vec<_> = folders.flat_map(|list| env::split_paths(&list).collect::<Vec<_>>()).collect();
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", env::join_paths(folders).unwrap_or(OsString::new()));
    command
}

fn skip(what: &str) {
    let Some(file) = env::var_os("STATSGRID_SKIPPED") else { return eprintln!("not run: {what}") };
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    writeln!(file, "{what}").unwrap();
}

fn count(file: &Path) -> usize {
    let vectors: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    vectors.len()
}
