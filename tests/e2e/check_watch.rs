//! `stats-provider check --watch`: an author builds again, and reads what became of it.

use std::fs;
use std::path::Path;

use statsgrid_tests::{PATIENCE, Process, await_until, command, programs};

fn watch(folder: &Path) -> Process {
    let mut watch = command(programs().provider());
    watch.args(["check", "--watch", "built.wasm"]).current_dir(folder);
    Process::start("watch", folder, watch)
}

#[track_caller]
fn await_check(watch: &Process, number: u32) -> String {
    let what = format!("check {number} in what is printed");
    await_until(&what, PATIENCE, || {
        let printed = watch.stdout();
        let (before, _) = printed.split_once(&format!("---- check {number} took "))?;
        let begin = before.rfind("; waiting for a change").unwrap_or_default();
        Some(before[begin..].to_owned())
    })
}

#[test]
fn each_build_is_checked_and_a_file_that_is_gone_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let built = folder.path().join("built.wasm");
    let watch = watch(folder.path());
    watch.await_log("built.wasm is not there yet; waiting for it");

    fs::copy(programs().producer("load_monitor"), &built).unwrap();
    let first = await_check(&watch, 1);
    assert!(first.contains("stat         built.avg_load") && first.contains("result       it runs"), "{first}");

    // As cargo does it: the old file is removed, the new one is written in its place.
    fs::remove_file(&built).unwrap();
    fs::write(&built, "half a bui").unwrap();
    let second = await_check(&watch, 2);
    assert!(second.contains("kind         text"), "{second}");
    watch.await_log("component built.wasm: not WASM");

    fs::copy(programs().guest("trap"), folder.path().join("new.wasm")).unwrap();
    fs::rename(folder.path().join("new.wasm"), &built).unwrap();
    let third = await_check(&watch, 3);
    assert!(third.contains("kind         a component: a producer"), "{third}");

    assert_eq!(watch.terminate().code, Some(0));
}

/// A change of what it is granted is one too.
#[test]
fn a_change_of_the_section_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (component, config) = (programs().producer("load_monitor"), folder.path().join("provider.toml"));
    let section = format!("[producers.monitor]\ncomponent = {component:?}\n");
    fs::write(&config, &section).unwrap();
    let mut command = command(programs().provider());
    command.args(["check", "--watch", "--config", "provider.toml"]).arg(&component).current_dir(folder.path());
    let watch = Process::start("watch", folder.path(), command);
    let first = await_check(&watch, 1);
    assert!(first.contains("granted      nothing"), "{first}");
    fs::write(&config, format!("{section}files = [\"/proc/loadavg\"]\n")).unwrap();
    let second = await_check(&watch, 2);
    assert!(second.contains("granted      file /proc/loadavg"), "{second}");
}
