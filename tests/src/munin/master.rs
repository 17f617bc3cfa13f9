//! munin's master: what its cron job runs, one program after the other, at moments that the test chooses.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::geteuid;

use super::{GROUP, HOST, Munin, MuninNode, Picture, Rrd, perl};
use crate::patience::now_ms;
use crate::process::{Ended, Process};

/// Between two runs of munin's cron job, and the step of its RRDs: 5 minutes.
const STEP_S: u64 = 300;

/// A master of one node.
#[derive(Debug)]
pub struct MuninMaster<'a> {
    munin: &'a Munin,
    first: u64,
}

impl<'a> MuninMaster<'a> {
    /// One that is to run so many times, the last of them now. It has run before, but never saw the node.
    pub fn new(munin: &'a Munin, node: &MuninNode, runs: u64) -> Self {
        let folders = ["db", "html", "log", "run"].map(|name| (name, munin.masters(name)));
        let folders: String = folders.iter().map(|(name, path)| format!("{name}dir {}\n", path.display())).collect();
        let port = node.port();
        // With "cron", and not "cgi", pages and graphs are files.
        let settings = format!(
            "{folders}graph_strategy cron\nhtml_strategy cron\n\
            [{HOST}]\n    address 127.0.0.1\n    port {port}\n    use_node_name yes\n"
        );
        fs::write(munin.path("munin.conf"), settings).expect("the test's folder takes files");
        let last = now_ms() / 1000 / STEP_S * STEP_S;
        let first = last - (runs - 1) * STEP_S;
        let master = Self { munin, first };
        // The very first run would tune RRDs that are not there yet, and log that as errors.
        master.runs("munin-update", first, &["--host", "nobody"]);
        master
    }

    /// When it runs after so many steps, in Unix seconds: every 5 minutes, as its cron job has it.
    pub fn at(&self, step: u64) -> u64 {
        self.first + step * STEP_S
    }

    /// Runs munin-update at that time: it asks the node for each graph, and stores what it gets. The time is munin's
    /// alone: the plugin, and what it says of ages, goes by the clock.
    pub fn update(&self, step: u64) {
        self.runs("munin-update", self.at(step), &[]);
    }

    /// Draws all graphs as they are at that time. The two that run before munin-graph write what it reads, and when a
    /// graph is due, which "lazy" would go by, it knows from the clock.
    pub fn draw(&self, step: u64) {
        for (program, more) in
            [("munin-limits", &[] as &[&str]), ("munin-html", &[]), ("munin-graph", &["--cron", "--nolazy"])]
        {
            self.runs(program, self.at(step), more);
        }
    }

    /// The last day of a graph, as it was drawn.
    pub fn picture(&self, graph: &str) -> Picture {
        Picture::read(&self.munin.path("html").join(GROUP).join(HOST).join(format!("{graph}-day.png")))
    }

    /// What it stored for a field of a graph, if it ever did. The suffix is the kind: `g` for GAUGE, `d` for DERIVE.
    pub fn rrd(&self, graph: &str, field: &str, suffix: char) -> Option<Rrd> {
        let graph = graph.replace('.', "-");
        let path = self.rrds().join(format!("{HOST}-{graph}-{field}-{suffix}.rrd"));
        path.exists().then(|| Rrd::new(path))
    }

    /// The folder of all that it stored.
    pub fn rrds(&self) -> PathBuf {
        self.munin.path("db").join(GROUP)
    }

    /// What its programs logged but for plain information.
    pub fn complaints(&self) -> Vec<String> {
        let log = fs::read_to_string(self.munin.path("log/munin-update.log")).expect("munin-update has run");
        log.lines().filter(|line| !line.contains("[INFO]")).map(str::to_owned).collect()
    }

    #[track_caller]
    fn runs(&self, program: &str, at: u64, more: &[&str]) -> Ended {
        let mut command = as_munin(perl(&[&clock(at)], &format!("/usr/share/munin/{program}")));
        command.arg("--config").arg(self.munin.path("munin.conf")).args(more);
        Process::start(program, self.munin.folder(), command).ended().succeeded()
    }
}

/// A clock that stands still: all of a run then happens at one moment, on the step, and what rrdtool makes of the values
/// is exactly what went in. Of values that came with a configuration munin knows no time, and lets their RRD begin at
/// -1 less a step: that rrdtool would take from the real clock.
fn clock(at: u64) -> String {
    format!(
        "-Mwarnings; BEGIN {{ *CORE::GLOBAL::time = sub () {{ {at} }}; require RRDs; my $create = \\&RRDs::create; \
        no warnings 'redefine'; *RRDs::create = sub {{ \
        my ($file, $start, $from, @rest) = @_; $create->($file, $start, $from < 0 ? {at} + $from : $from, @rest) }} }}"
    )
}

/// The master's programs refuse to run as root.
fn as_munin(command: Command) -> Command {
    if !geteuid().is_root() {
        return command;
    }
    let mut munin = Command::new("setpriv");
    munin.args(["--reuid", "munin", "--regid", "munin", "--init-groups"]);
    munin.arg(command.get_program()).args(command.get_args());
    munin
}
