//! What a journal held, in numbers: the last thing that `verify` says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use statsgrid_wire::{Id, PublicKey};

use crate::limits::{JOURNAL_RUNS_REMEMBERED, RECORDS};

/// Counts of entries, and the samples that are missing between others.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Good entries and bad ones.
    pub entries: u64,
    /// Good polls; one that stands in several files counts in each.
    pub polls: u64,
    /// Good replies.
    pub replies: u64,
    /// Of these, those that came after their poll's deadline.
    pub late: u64,
    /// Of these, those that say why there are no stats.
    pub refusals: u64,
    /// Of these, those with a sample that stood in an entry before.
    pub again: u64,
    /// Entries that are not what the protocol says.
    pub bad: u64,
    /// Last lines without an end.
    pub torn: u64,
    gatherers: BTreeSet<PublicKey>,
    /// By provider and gatherer, for whom samples are counted apart.
    samples: BTreeMap<(PublicKey, PublicKey), Samples>,
}

/// The samples of one provider for one gatherer.
#[derive(Clone, Debug, Default)]
struct Samples {
    /// The last runs, the newest last: an answer may be late, and of the run before.
    runs: Vec<Run>,
    /// That were missing from the runs before those.
    missing: u64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    instance: Id,
    first: u64,
    last: u64,
    count: u64,
}

impl Summary {
    /// A gatherer asked.
    pub(super) fn asked(&mut self, gatherer: PublicKey) {
        self.polls += 1;
        if self.gatherers.len() < RECORDS {
            self.gatherers.insert(gatherer);
        }
    }

    /// A provider answered `gatherer`.
    pub(super) fn answered(&mut self, provider: PublicKey, gatherer: PublicKey) {
        self.replies += 1;
        if self.samples.len() < RECORDS {
            self.samples.entry((provider, gatherer)).or_default();
        }
    }

    /// And this sample was new.
    pub(super) fn sampled(&mut self, provider: PublicKey, gatherer: PublicKey, instance: Id, sequence: u64) {
        if let Some(samples) = self.samples.get_mut(&(provider, gatherer)) {
            samples.take(instance, sequence);
        }
    }

    /// Who asked.
    pub fn gatherers(&self) -> impl Iterator<Item = PublicKey> {
        self.gatherers.iter().copied()
    }

    /// Who answered.
    pub fn providers(&self) -> BTreeSet<PublicKey> {
        self.samples.keys().map(|(provider, _)| *provider).collect()
    }

    /// Whose samples are missing between others, and how many.
    pub fn missing(&self) -> BTreeMap<PublicKey, u64> {
        let mut missing = BTreeMap::new();
        for ((provider, _), samples) in &self.samples {
            let gaps = samples.missing();
            if gaps > 0 {
                let sum: &mut u64 = missing.entry(*provider).or_default();
                *sum = sum.saturating_add(gaps);
            }
        }
        missing
    }
}

impl Samples {
    fn take(&mut self, instance: Id, sequence: u64) {
        if let Some(run) = self.runs.iter_mut().find(|run| run.instance == instance) {
            run.first = run.first.min(sequence);
            run.last = run.last.max(sequence);
            run.count += 1;
            return;
        }
        if self.runs.len() >= JOURNAL_RUNS_REMEMBERED {
            self.missing = self.missing.saturating_add(self.runs.remove(0).missing());
        }
        self.runs.push(Run { instance, first: sequence, last: sequence, count: 1 });
    }

    fn missing(&self) -> u64 {
        self.runs.iter().fold(self.missing, |missing, run| missing.saturating_add(run.missing()))
    }
}

impl Run {
    fn missing(&self) -> u64 {
        (self.last - self.first).saturating_add(1).saturating_sub(self.count)
    }
}

/// One line of numbers, then a line for each gatherer, then one for each provider that lacks samples.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, polls, replies, late, refusals, again, bad, torn, .. } = self;
        let (providers, gatherers, missing) = (self.providers().len(), self.gatherers.len(), self.missing());
        let lost = missing.values().fold(0, |lost: u64, gaps| lost.saturating_add(*gaps));
        write!(
            f,
            "entries {entries}, bad {bad}, torn {torn}, polls {polls}, gatherers {gatherers}, replies {replies}, "
        )?;
        write!(f, "late {late}, refusals {refusals}, again {again}, providers {providers}, missing {lost}")?;
        for gatherer in self.gatherers() {
            write!(f, "\ngatherer {gatherer}")?;
        }
        for (provider, gaps) in missing {
            write!(f, "\nmissing {gaps} of {provider}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use statsgrid_wire::Identity;

    use super::*;

    #[test]
    fn what_is_missing_is_counted_for_each_run() {
        let [provider, gatherer] = [(); 2].map(|()| Identity::generate().unwrap().public_key());
        let runs = [(); 6].map(|()| Id::random().unwrap());
        let check = |samples: &[(usize, u64)], expected: u64| {
            let mut summary = Summary::default();
            for (run, sequence) in samples {
                summary.answered(provider, gatherer);
                summary.sampled(provider, gatherer, runs[*run], *sequence);
            }
            assert_eq!(summary.missing().get(&provider).copied().unwrap_or_default(), expected, "{samples:?}");
        };
        check(&[(0, 7), (0, 8), (0, 9)], 0);
        check(&[(0, 1), (0, 4), (0, 5)], 2);
        // A late one fills its gap, also after a restart.
        check(&[(0, 1), (0, 3), (0, 2)], 0);
        check(&[(0, 1), (0, 3), (1, 1), (0, 2), (1, 2)], 0);
        // Those of runs that are long over stay counted.
        check(&[(0, 1), (0, 3), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)], 1);
        check(&[(0, 0), (0, u64::MAX)], u64::MAX - 2);
        check(&[], 0);
    }

    #[test]
    fn samples_are_counted_for_each_gatherer() {
        let [provider, one, other] = [(); 3].map(|()| Identity::generate().unwrap().public_key());
        let run = Id::random().unwrap();
        let mut summary = Summary::default();
        for (gatherer, sequence) in [(one, 1), (other, 7), (one, 2), (other, 9)] {
            summary.asked(gatherer);
            summary.answered(provider, gatherer);
            summary.sampled(provider, gatherer, run, sequence);
        }
        assert_eq!((summary.providers().len(), summary.gatherers().count()), (1, 2));
        assert!(summary.to_string().ends_with(&format!("\nmissing 1 of {provider}")), "{summary}");
    }
}
