//! Who is told to end takes along what it has started: a guard's Drop does not run at a signal.

use std::fs;
use std::io;
use std::process;

use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

/// What a shell adds to the number of the signal that ended a program.
const ENDED_BY: i32 = 128;

/// From now on SIGTERM and SIGINT end this process and all programs that it has started, which they are passed on to.
pub fn take_children_along() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let listening = runtime.enter();
    let [mut terminate, mut interrupt] = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    drop(listening);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let ended_by = runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => Signal::TERM,
                _ = interrupt.recv() => Signal::INT,
            }
        });
        // They are children until they are waited for, so nobody else has their ids.
        for child in children() {
            let _ = kill_process(child, Signal::TERM);
        }
        process::exit(ENDED_BY + ended_by.as_raw())
    })?;
    Ok(())
}

/// Those whose parent this process is (field 4 of proc_pid_stat(5)).
fn children() -> Vec<Pid> {
    let me = process::id().to_string();
    let parent =
        |stat: &str| stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1).map(str::to_owned));
    let is_mine = |entry: &fs::DirEntry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        parent(&stat).as_deref() == Some(&me)
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter(is_mine).filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)).collect()
}
