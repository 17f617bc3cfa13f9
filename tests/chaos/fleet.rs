//! The processes and what is done to them: real ones, each with logs that a machine can read.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use statsgrid_gatherer::snapshot::{Record, Role};
use statsgrid_tests::{Gatherer, Node, Process, Site, now_ms};
use statsgrid_wire::{Number, PublicKey};

use super::history::History;
use super::plan::{Deed, Step, Target};
use super::watch::Watch;

/// Between two looks at the snapshot, and two visits of one node.
const PAUSE: Duration = Duration::from_millis(20);
/// From the last deed on, a complete round comes within this: the longest delay of a client that tries again is 4 s, a
/// try may take 5 s, and a round 1 s.
const RECOVERY: Duration = Duration::from_secs(30);

/// A server, a gatherer, providers. What runs ends with it.
pub struct Fleet {
    processes: BTreeMap<Target, Process>,
    pub gatherer: Gatherer,
    pub nodes: Vec<Node>,
    pub history: History,
    /// How many lives each has had.
    pub lives: BTreeMap<Target, usize>,
    /// What went wrong with a process.
    pub faults: Vec<String>,
    visitor: UnixDatagram,
    visits: usize,
    // Last, for the others' files lie in it.
    pub site: Site,
}

impl Fleet {
    /// Starts all. The gatherer trusts the nodes, and nobody else; every second node keeps its counters.
    pub fn start(size: usize) -> Self {
        let site = Site::new();
        let gatherer = site.gatherer();
        let node = |number| site.node(&Target::Provider(number).to_string()).answers(gatherer.address()).statsd();
        let nodes: Vec<Node> =
            (0..size).map(|number| if keeps(number) { node(number).keeps_counters() } else { node(number) }).collect();
        trust(&gatherer, nodes.iter().map(Node::key));
        let visitor = UnixDatagram::unbound().expect("the machine has a socket left");
        visitor.set_nonblocking(true).expect("a provider that stands still must not hold up the visitor");
        let (processes, lives, faults) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut history = History::default();
        // The site has started it.
        history.note(Target::Server, Deed::Start);
        let mut fleet = Self { processes, gatherer, nodes, history, lives, faults, visitor, visits: 0, site };
        fleet.start_process(Target::Gatherer);
        (0..size).for_each(|number| fleet.start_process(Target::Provider(number)));
        fleet
    }

    /// Visits nodes and watches the snapshot until `moment`.
    pub fn idle_until(&mut self, moment: Instant, watch: &mut Watch) {
        loop {
            watch.look();
            self.visit_next();
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            // The plan's own pause, in which the fleet is left alone.
            std::thread::sleep(left.min(PAUSE));
        }
    }

    /// Does one thing of the plan.
    pub fn take(&mut self, step: Step) {
        match (step.target, step.deed) {
            (target, Deed::Start) => self.start_process(target),
            (Target::Server, deed) => self.treat_server(deed),
            (target, deed) => self.treat(target, deed),
        }
    }

    /// Waits for a round in which all have answered; it is a fault if none comes.
    pub fn recover(&mut self, watch: &mut Watch) -> Duration {
        let (begun, now) = (Instant::now(), now_ms());
        while begun.elapsed() < RECOVERY {
            let whole = self.own().filter(|own| own.round > now && self.is_complete(own));
            if whole.is_some() {
                return begun.elapsed();
            }
            self.idle_until(Instant::now() + PAUSE, watch);
        }
        self.faults.push(format!("no complete round came within {RECOVERY:?}: {:?}", self.own()));
        begun.elapsed()
    }

    /// Stops all, the gatherer last: what the providers said comes in.
    pub fn stop(&mut self, watch: &mut Watch) {
        let providers: Vec<Target> = (0..self.nodes.len()).map(Target::Provider).collect();
        providers.iter().for_each(|target| self.treat(*target, Deed::Stop));
        providers.iter().for_each(|target| self.await_end(*target));
        let (begun, now) = (Instant::now(), now_ms());
        // A round that begins now is over after all that came before.
        while begun.elapsed() < RECOVERY && self.own().is_none_or(|own| own.round <= now) {
            self.idle_until(Instant::now() + PAUSE, watch);
        }
        self.treat(Target::Gatherer, Deed::Stop);
        self.await_end(Target::Gatherer);
        watch.look();
    }

    /// The log of the `life`th life of `target`.
    pub fn log(&self, target: Target, life: usize) -> PathBuf {
        self.folder(target).join(format!("run-{life}.log"))
    }

    fn folder(&self, target: Target) -> PathBuf {
        match target {
            Target::Provider(number) => self.nodes[number].folder().to_owned(),
            _ => self.gatherer.folder().to_owned(),
        }
    }

    fn treat_server(&mut self, deed: Deed) {
        self.history.note(Target::Server, deed);
        match deed {
            Deed::Kill => self.site.server.kill(),
            Deed::Stop => self.site.server.stop(),
            Deed::Pause => self.site.server.signal(Signal::STOP),
            Deed::Resume => self.site.server.signal(Signal::CONT),
            Deed::Start => {}
        }
    }

    fn treat(&mut self, target: Target, deed: Deed) {
        let Some(process) = self.processes.get_mut(&target) else { return };
        if let Some(status) = process.ends_within(Duration::ZERO) {
            self.faults.push(format!("{target} ended by itself: {status}: {}", process.stderr()));
            return;
        }
        self.history.note(target, deed);
        match deed {
            Deed::Kill => {
                if let Some(process) = self.processes.remove(&target) {
                    process.kill();
                }
            }
            Deed::Stop => process.signal(Signal::TERM),
            Deed::Pause => process.signal(Signal::STOP),
            Deed::Resume => process.signal(Signal::CONT),
            Deed::Start => {}
        }
    }

    fn start_process(&mut self, target: Target) {
        // One that was asked to end may still be at it.
        self.await_end(target);
        self.history.note(target, Deed::Start);
        if target == Target::Server {
            return self.site.server.restart();
        }
        let life = self.lives.entry(target).or_default();
        let name = format!("run-{life}");
        *life += 1;
        let mut command = match target {
            Target::Provider(number) => self.nodes[number].command("run"),
            _ => self.gatherer_command(),
        };
        command.args(["--log", "info,statsgrid_provider=debug,statsgrid_gatherer=debug", "--log-format", "json"]);
        self.processes.insert(target, Process::start(&name, &self.folder(target), command));
    }

    /// With files that are rotated often, and none dropped.
    fn gatherer_command(&self) -> std::process::Command {
        let journal = self.gatherer.journal_flags();
        let mut flags: Vec<&str> = journal.iter().map(String::as_str).collect();
        flags.extend(["--journal-size", "1MiB", "--journal-keep", "1000", "--enrol", "approve"]);
        self.gatherer.command(&flags)
    }

    fn await_end(&mut self, target: Target) {
        if let Some(process) = self.processes.remove(&target) {
            let ended = process.ended();
            // One that was told to end before it ran its first line ends by the signal itself.
            let not_begun = ended.code.is_none() && ended.stderr.is_empty();
            if ended.code != Some(0) && !not_begun {
                self.faults.push(format!("{target} did not stop cleanly: {:?}: {}", ended.code, ended.stderr));
            }
        }
    }

    fn own(&self) -> Option<Record> {
        let records = self.gatherer.snapshot()?.records;
        records.into_values().find(|record| record.role == Role::Gatherer)
    }

    fn is_complete(&self, own: &Record) -> bool {
        let all = Some(&Number::Integer(self.nodes.len() as i64));
        ["statsgrid.providers", "statsgrid.providers_answered"].iter().all(|name| own.stats.stats.get(name) == all)
    }

    /// Counts something on the next node, if somebody listens there.
    fn visit_next(&mut self) {
        self.visits += 1;
        let node = &self.nodes[self.visits % self.nodes.len()];
        let _ = self.visitor.send_to(b"visits:1|c", node.socket());
    }
}

/// Whether the provider of this number keeps its counters over a restart.
pub fn keeps(number: usize) -> bool {
    number.is_multiple_of(2)
}

fn trust(gatherer: &Gatherer, keys: impl Iterator<Item = PublicKey>) {
    let mut text = String::new();
    for key in keys {
        writeln!(text, "{key} trusted").expect("a string takes text");
    }
    std::fs::write(gatherer.folder().join("gatherer.trust"), text).expect("the test's folder takes files");
}
