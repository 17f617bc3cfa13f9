//! The compile cache of a running provider: a restart compiles nothing, and what is damaged or planted is never run.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use serde_json::Value;
use statsgrid_tests::{Ended, Node, Process, Site};

/// One reading of `node`, with the log at its most talkative.
fn once(node: &Node) -> Ended {
    let mut once = node.command("once");
    once.env("STATSGRID_LOG", "debug");
    let once = Process::start("once", node.folder(), once).ended().succeeded();
    let reply: Value = serde_json::from_str(&once.stdout).unwrap();
    assert_eq!(reply["answer"]["sample"]["producers"]["load_monitor"]["outcome"], "ok", "{}", once.stderr);
    once
}

fn compiled(ended: &Ended) -> usize {
    ended.stderr.matches(".wasm: compiled").count()
}

fn cached(ended: &Ended) -> usize {
    ended.stderr.matches(".wasm: native code from the cache").count()
}

fn entries(node: &Node) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(node.folder().join("native")).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[test]
fn a_restart_compiles_nothing_again() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor().guest("trap", "").guest("slow", "");
    let first = once(&node);
    assert_eq!((compiled(&first), cached(&first)), (3, 0), "{}", first.stderr);
    let numbers = || entries(&node).iter().map(|entry| entry.metadata().unwrap().ino()).collect::<Vec<_>>();
    let before = numbers();
    assert_eq!(before.len(), 3);
    let second = once(&node);
    assert_eq!((compiled(&second), cached(&second)), (0, 3), "{}", second.stderr);
    assert_eq!(numbers(), before, "nothing was written again");
}

#[test]
fn sections_that_run_one_file_compile_it_once() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor().guest("trap", "");
    let node = node.runs("again", &statsgrid_tests::programs().guest("trap"), "");
    let first = once(&node);
    assert_eq!((compiled(&first), cached(&first)), (2, 0), "{}", first.stderr);
    assert_eq!(entries(&node).len(), 2);
}

#[test]
fn a_damaged_entry_is_compiled_anew() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor();
    once(&node);
    let [entry] = entries(&node).try_into().unwrap();
    let mut code = fs::read(&entry).unwrap();
    let middle = code.len() / 2;
    code[middle] ^= 1;
    fs::write(&entry, &code).unwrap();
    let again = once(&node);
    assert_eq!((compiled(&again), cached(&again)), (1, 0), "{}", again.stderr);
    assert!(again.stderr.contains("is damaged; it is removed and compiled anew"), "{}", again.stderr);
    assert_ne!(fs::read(&entries(&node)[0]).unwrap(), code);
    assert_eq!(compiled(&once(&node)), 0);
}

#[test]
fn a_folder_that_others_can_write_is_gone_without() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor();
    once(&node);
    fs::set_permissions(node.folder().join("native"), Permissions::from_mode(0o777)).unwrap();
    let without = once(&node);
    assert_eq!((compiled(&without), cached(&without)), (1, 0), "{}", without.stderr);
    let told = without.stderr.matches("others may write native code there; run `chmod 700").count();
    assert_eq!(told, 1, "{}", without.stderr);
}
