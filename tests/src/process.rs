//! A program that runs for a test and ends with it.
//!
//! What it prints goes into files, so that no pipe can fill up, and is shown when the test fails. Only children are
//! ever signalled, by their own handle: another test's programs have the same names.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::patience::{PATIENCE, await_until, within};

/// How long a program that was asked to end may take, before the guard makes it.
const GRACE: Duration = Duration::from_secs(10);

/// A running program.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    /// Set once its end was seen.
    ended: Option<ExitStatus>,
}

/// A program that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit code; none: a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

impl Process {
    /// Starts `command`; what it prints goes to files in `folder` that are named after `name`.
    pub fn start(name: &str, folder: &Path, mut command: Command) -> Self {
        let (stdout, stderr) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.log")));
        let create = |path: &Path| File::create(path).expect("the test's folder takes files");
        command.stdin(Stdio::null()).stdout(create(&stdout)).stderr(create(&stderr));
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { name: name.to_owned(), child, stdout, stderr, ended: None }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How much memory it has, and the most that it ever had, in bytes (VmRSS and VmHWM of proc_pid_status(5)).
    pub fn memory(&self) -> [u64; 2] {
        let status = read(Path::new(&format!("/proc/{}/status", self.id())));
        ["VmRSS:", "VmHWM:"].map(|name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the program runs");
            let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
            kilobytes * 1024
        })
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    /// What it has logged so far.
    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// Waits until it has logged `text`.
    #[track_caller]
    pub fn await_log(&self, text: &str) {
        let what = format!("{text:?} in the log of {}", self.name);
        await_until(&what, PATIENCE, || self.stderr().contains(text).then_some(()));
    }

    /// How it ended, if it does so within `limit`.
    pub fn ends_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = within(limit, || self.child.try_wait().expect("a child can be waited for"));
        }
        self.ended
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ended(mut self) -> Ended {
        let status = self.ends_within(PATIENCE);
        let status = status.unwrap_or_else(|| panic!("{} did not end within {PATIENCE:?}", self.name));
        Ended { code: status.code(), stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Asks it to end, as an init system does, and waits for that.
    #[track_caller]
    pub fn terminate(self) -> Ended {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Ends it at once, with no chance to tidy up.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        self.ends_within(GRACE);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        if self.ended.is_none() {
            // A child that has ended keeps its id until it is waited for, so nobody else is hit.
            let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            let _ = kill_process(pid.expect("a child has an id"), signal);
        }
    }
}

impl Ended {
    /// The same, where a program that succeeds was expected.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        if self.ends_within(GRACE).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            let (name, stdout, stderr) = (&self.name, self.stdout(), self.stderr());
            println!("---- {name} printed:\n{stdout}---- {name} logged:\n{stderr}---- end of {name}");
        }
    }
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
