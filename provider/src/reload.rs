//! Changes while a provider runs: SIGHUP reads the sections again, and a component's file that changes is loaded anew.
//!
//! A new component is compiled and initialised beside the old one and takes its place between two polls. If it is bad,
//! the old one goes on, and log and outcome say so; but not with a grant that its section has lost, or past a limit that
//! was narrowed: what was taken away is gone at once. Left out on purpose: the other keys of the file, which hold from the
//! next start on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use statsgrid_wire::daemon::{Hangups, Looks};
use statsgrid_wire::message::Outcome;
use tokio::time::{MissedTickBehavior, interval};

use crate::call::{Fault, with_cause};
use crate::counters::Sections;
use crate::limits::LOOK_AT_COMPONENTS;
use crate::loader::Loader;
use crate::node::Node;
use crate::producers::{Handle, Source};
use crate::settings::{ProducerSettings, Settings};

/// What keeps the producers of a node as their sections and files say.
pub(crate) struct Reload {
    node: Arc<Node>,
    loader: Loader,
    /// The names that no section may take.
    taken: BTreeSet<String>,
    sections: Sections,
    files: BTreeMap<String, Watched>,
}

/// A component's file.
#[derive(Clone, Copy, Default)]
struct Watched {
    /// How it looked before it was loaded.
    loaded: Option<Looks>,
    /// How it looked last.
    seen: Option<Looks>,
    /// What runs is of an earlier section, for nothing good came of the present one.
    is_behind: bool,
}

/// Why a producer is loaded again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Its file.
    File,
    /// Its section, which takes nothing away from it.
    Section,
    /// Its section is new, or has lost a grant, or has a narrower limit.
    Rights,
}

impl Reload {
    /// Watches over what `loader` has just loaded into `node`, whose `taken` names are others'.
    pub(crate) fn of(node: Arc<Node>, loader: Loader, taken: BTreeSet<String>, sections: Sections) -> Self {
        let look = |(name, section): (&String, &ProducerSettings)| {
            let looks = Looks::of(&loader.settings().path(&section.component));
            (name.clone(), Watched { loaded: looks, seen: looks, is_behind: false })
        };
        let files = loader.settings().producers.iter().map(look).collect();
        Self { node, loader, taken, sections, files }
    }

    /// Goes on until it is dropped.
    pub(crate) async fn run(mut self, mut hangups: Option<Hangups>) {
        let mut looks = interval(LOOK_AT_COMPONENTS);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = next(&mut hangups) => self.read_sections().await,
                _ = looks.tick() => self.look_at_files().await,
            }
        }
    }

    /// Reads the file of the settings again.
    async fn read_sections(&mut self) {
        let settings = match Settings::load(&self.loader.settings().file).map_err(|error| with_cause(&error)) {
            Ok(settings) => settings,
            Err(error) => return tracing::error!("reload: {error}; the producers go on as they are"),
        };
        if let Some(name) = settings.producers.keys().find(|name| self.taken.contains(*name)) {
            return tracing::error!("reload: [producers.{name}]: the name is taken; the producers go on as they are");
        }
        let before = self.loader.take_sections(settings.producers.clone());
        for name in before.keys().filter(|name| !settings.producers.contains_key(*name)) {
            self.node.producers.remove(name);
            self.node.counters.forget(name);
            self.files.remove(name);
            tracing::info!(producer = %name, "its section is gone, and so is it");
        }
        self.sections.add(settings.producers.keys().cloned());
        let changed = settings.producers.iter().filter(|(name, section)| before.get(*name) != Some(section));
        let changed: Vec<(&String, Change)> = changed
            .map(|(name, section)| match before.get(name) {
                Some(old) if !old.grants_more_than(section) => (name, Change::Section),
                _ => (name, Change::Rights),
            })
            .collect();
        for (name, change) in &changed {
            self.renew(name, *change).await;
        }
        self.look_at_files().await;
        let (changed, all) = (changed.len(), settings.producers.len());
        tracing::info!(
            "reloaded: {changed} of {all} sections are new or changed; other keys hold from the next start on"
        );
    }

    /// Loads what has changed and looks settled: a file that is being written changes from one look to the next.
    async fn look_at_files(&mut self) {
        let mut changed = Vec::new();
        for (name, section) in &self.loader.settings().producers {
            let now = Looks::of(&self.loader.settings().path(&section.component));
            let file = self.files.entry(name.clone()).or_default();
            // One that is gone may be on its way: a build removes it before it writes it.
            if now.is_some() && now == file.seen && now != file.loaded {
                changed.push(name.clone());
            }
            file.seen = now;
        }
        for name in changed {
            self.renew(&name, Change::File).await;
        }
    }

    /// Has the producer `name` as its section and its file are now.
    async fn renew(&mut self, name: &str, change: Change) {
        let Some(section) = self.loader.settings().producers.get(name) else { return };
        let looks = Looks::of(&self.loader.settings().path(&section.component));
        let file = self.files.entry(name.to_owned()).or_default();
        let is_behind = file.is_behind || change == Change::Section;
        *file = Watched { loaded: looks, seen: looks, is_behind };
        let source = match self.loader.load(name).await {
            Ok(source) => Source::Component(Box::new(source)),
            Err(fault) => Source::Refused(fault),
        };
        let running = self.node.producers.get(name);
        if let (false, Change::File, Some(old)) = (is_behind, change, &running)
            && old.digest().is_some_and(|digest| source.digest() == Some(digest))
        {
            return old.goes_on(None);
        }
        let (handle, fault) = self.node.producers.prepare(name, source).await;
        match (fault, running.filter(|old| change != Change::Rights && old.digest().is_some())) {
            (None, _) => tracing::info!(producer = %name, "loaded anew"),
            (Some(fault), None) => tracing::error!(producer = %name, "{}: {}", fault.outcome.label(), fault.message),
            (Some(fault), Some(old)) => return stay(name, &old, &fault),
        }
        self.node.producers.put(handle);
        self.files.entry(name.to_owned()).or_default().is_behind = false;
    }
}

/// Leaves `old` in its place, and has it say why.
fn stay(name: &str, old: &Handle, fault: &Fault) {
    let (label, message) = (fault.outcome.label(), &fault.message);
    let message = format!("a new one is not taken, and the old one goes on: {label}: {message}");
    tracing::error!(producer = %name, "{message}");
    old.goes_on(Some(Fault::new(Outcome::Refused, message)));
}

async fn next(hangups: &mut Option<Hangups>) {
    match hangups {
        Some(hangups) => hangups.next().await,
        None => std::future::pending().await,
    }
}
