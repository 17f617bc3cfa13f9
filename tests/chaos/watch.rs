//! The snapshot as its readers see it, all the time: nothing forged is ever in it, and no counter goes down while its
//! start stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use statsgrid_gatherer::snapshot::{Millis, Record, Role};
use statsgrid_tests::Gatherer;
use statsgrid_wire::{Id, PublicKey};

/// Counters by name.
type Counters = BTreeMap<String, u64>;

/// Looks again and again.
pub struct Watch {
    gatherer: Gatherer,
    mark: &'static str,
    honest: BTreeSet<PublicKey>,
    seen: Option<SystemTime>,
    /// Of each provider, with their start.
    counters: BTreeMap<PublicKey, (Option<Millis>, Counters)>,
    /// What each run of the gatherer counted of itself, as far as a snapshot shows it.
    runs: BTreeMap<Option<Id>, Counters>,
    pub looks: u64,
    pub faults: Vec<String>,
}

impl Watch {
    /// Over the snapshot of `gatherer`, which holds records of `honest` alone, and nowhere `mark`.
    pub fn over(gatherer: &Gatherer, honest: impl IntoIterator<Item = PublicKey>, mark: &'static str) -> Self {
        Self {
            gatherer: gatherer.clone(),
            mark,
            honest: honest.into_iter().collect(),
            seen: None,
            counters: BTreeMap::new(),
            runs: BTreeMap::new(),
            looks: 0,
            faults: Vec::new(),
        }
    }

    /// Looks at the snapshot, if it is another one.
    pub fn look(&mut self) {
        let written = std::fs::metadata(self.gatherer.snapshot_path()).and_then(|file| file.modified()).ok();
        if written.is_none() || written == self.seen {
            return;
        }
        self.seen = written;
        self.looks += 1;
        let text = std::fs::read_to_string(self.gatherer.snapshot_path()).expect("a snapshot can be read");
        if text.contains(self.mark) {
            self.faults.push(format!("a forgery is in the snapshot: {text}"));
        }
        for (key, record) in self.gatherer.snapshot().expect("it is there").records {
            self.look_at(key, &record);
        }
    }

    fn look_at(&mut self, key: PublicKey, record: &Record) {
        let counters: Counters = record.stats.counters.iter().map(|(name, value)| (name.to_owned(), *value)).collect();
        if record.role == Role::Gatherer {
            self.runs.insert(record.instance, counters);
            return;
        }
        if !self.honest.contains(&key) {
            self.faults.push(format!("a stranger is in the snapshot: {key}: {record:?}"));
        }
        if let Some((started_at, before)) = self.counters.get(&key)
            && *started_at == record.started_at
            && let Some(fallen) = fallen(before, &counters)
        {
            self.faults.push(format!("in the snapshot a counter of {} went down: {fallen}", record.nickname));
        }
        self.counters.insert(key, (record.started_at, counters));
    }

    /// A counter of the gatherer's own over all its runs: what it counted after the last snapshot of a run is not in it.
    pub fn counted(&self, name: &str) -> u64 {
        self.runs.values().filter_map(|counters| counters.get(name)).sum()
    }

    /// All of the gatherer's rejections that are more than 0, by reason.
    pub fn rejected(&self) -> BTreeMap<String, u64> {
        let mut rejected = BTreeMap::new();
        for (name, count) in self.runs.values().flatten() {
            if let Some(reason) = name.strip_prefix("statsgrid.rejected.").filter(|_| *count > 0) {
                *rejected.entry(reason.to_owned()).or_default() += count;
            }
        }
        rejected
    }
}

/// The first counter that is less than it was.
pub fn fallen(before: &Counters, now: &Counters) -> Option<String> {
    let mut held = before.iter().filter_map(|(name, before)| Some((name, before, now.get(name)?)));
    let fallen = held.find(|(_, before, now)| now < before);
    fallen.map(|(name, before, now)| format!("{name} from {before} to {now}"))
}
