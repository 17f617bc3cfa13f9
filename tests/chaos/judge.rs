//! Each sample that a provider says it gave is in the journal, or lost for a reason that the history and the gatherer's
//! own log bear out. What no reason explains is a fault, and so is a sample in the journal that nobody claims.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::claims::{Claim, SampleId};
use super::fleet::keeps;
use super::hearing::{Hearing, Refused};
use super::history::{History, Life, cut_off, free};
use super::plan::{Deed, Target};
use super::recorded::Recorded;
use super::watch::fallen;

/// In so many milliseconds, in which all on its way run, a reply gets from a provider into the journal. Typically it
/// takes 10; with a compiler beside fifty providers on two cores it took 650.
const WAY_MS: u64 = 2_000;
/// For so long after its round's start a reply finds its poll remembered: three rounds of a second.
const REMEMBERED_MS: u64 = 3_000;
/// How much of the history is shown with a sample that is lost without a reason.
const NEIGHBOURHOOD_MS: u64 = 4_000;

/// All that is known after a run.
pub struct Evidence {
    pub history: History,
    /// Of all providers.
    pub claims: Vec<Claim>,
    /// Of the gatherer's lives, the first one first.
    pub hearings: Vec<Hearing>,
    pub recorded: Vec<Recorded>,
    /// The keys of the providers, by number.
    pub keys: Vec<String>,
}

/// What came of the samples.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Samples that their providers say they published.
    pub given: u64,
    /// Of these, in the journal, and of those, late.
    pub recorded: u64,
    pub late: u64,
    /// In the journal, by a provider that was killed before it said that it had published.
    pub unclaimed: u64,
    /// Replies that were not published, for the bus was away or the provider ended first.
    pub unsent: u64,
    pub lost: BTreeMap<String, u64>,
    /// The longest that a reply was on its way, without what stood still meanwhile.
    pub longest_way: u64,
    pub faults: Vec<String>,
}

impl Evidence {
    /// Holds every claim against the journal.
    pub fn judge(&self) -> Judgement {
        let mut judgement = Judgement::default();
        let recorded = self.recorded_samples(&mut judgement);
        let mut samples: BTreeMap<&SampleId, Vec<&Claim>> = BTreeMap::new();
        for claim in &self.claims {
            judgement.unsent += u64::from(claim.published.is_none());
            samples.entry(&claim.sample).or_default().push(claim);
        }
        for (sample, claims) in &samples {
            self.judge_sample(claims, recorded.get(*sample).copied(), &mut judgement);
        }
        let invented = recorded.iter().filter(|(sample, _)| !samples.contains_key(sample));
        judgement.faults.extend(invented.map(|(_, entry)| format!("nobody claims what is in the journal: {entry:?}")));
        judgement.faults.extend(self.fallen_counters());
        judgement
    }

    /// What is in the journal, each sample once: a gatherer that was started anew may have asked for it again.
    fn recorded_samples(&self, judgement: &mut Judgement) -> BTreeMap<SampleId, &Recorded> {
        let mut samples = BTreeMap::new();
        for entry in &self.recorded {
            let (instance, sequence) = (entry.instance.clone(), entry.sequence);
            match self.keys.iter().position(|key| *key == entry.provider) {
                Some(provider) => {
                    samples.entry(SampleId { provider, instance, sequence }).or_insert(entry);
                }
                None => judgement.faults.push(format!("a stranger is in the journal: {entry:?}")),
            }
        }
        samples
    }

    fn judge_sample(&self, claims: &[&Claim], recorded: Option<&Recorded>, judgement: &mut Judgement) {
        let published = || claims.iter().filter(|claim| claim.published.is_some());
        judgement.given += u64::from(published().next().is_some());
        if let Some(entry) = recorded {
            judgement.recorded += u64::from(published().next().is_some());
            judgement.unclaimed += u64::from(published().next().is_none());
            judgement.late += u64::from(entry.late);
            let way = published().filter(|claim| claim.poll == entry.poll).map(|claim| self.way(claim, entry));
            judgement.longest_way = judgement.longest_way.max(way.max().unwrap_or_default());
            return;
        }
        let mut named = None;
        for claim in published() {
            let reason = self.reason(claim);
            if reason.is_none() {
                judgement.faults.push(self.unexplained(claim));
            }
            named = reason.or(named);
        }
        if let Some(reason) = named {
            *judgement.lost.entry(reason).or_default() += 1;
        }
    }

    /// Why what is claimed is not in the journal. Its reply set out between the two lines of its provider's log.
    fn reason(&self, claim: &Claim) -> Option<String> {
        let refused = self.refusals(claim).find_map(|(life, refused)| self.refusal(claim, life, refused));
        refused.or_else(|| self.cut(claim, claim.from)).or_else(|| self.cut(claim, claim.published?))
    }

    /// What the gatherer's log says of its reply, and in which life.
    fn refusals<'a>(&'a self, claim: &'a Claim) -> impl Iterator<Item = (usize, &'a Refused)> {
        let key = &self.keys[claim.sample.provider];
        let lives = self.hearings.iter().enumerate();
        let all = lives.flat_map(|(life, hearing)| hearing.refused.iter().map(move |refused| (life, refused)));
        all.filter(move |(_, refused)| {
            (&refused.provider, &refused.poll, &refused.instance) == (key, &claim.poll, &claim.sample.instance)
        })
    }

    /// Whether the gatherer was right to refuse it. What it refuses long after the reply set out was another's: the forger
    /// said it again.
    fn refusal(&self, claim: &Claim, life: usize, refused: &Refused) -> Option<String> {
        let gatherer = self.history.life(Target::Gatherer, life);
        let (_, server) = self.history.life_at(Target::Server, refused.at)?;
        let provider = self.history.life(claim.target(), claim.life);
        if free(&[provider, server, gatherer], claim.from, refused.at) > WAY_MS {
            return None;
        }
        let began = gatherer.began;
        let other_run = |entry: &&Recorded| {
            entry.provider == refused.provider && entry.poll == claim.poll && entry.instance != refused.instance
        };
        let right = match refused.reason.as_str() {
            "wrong_poll" if claim.issued < began => "it answers an earlier run of the gatherer",
            "wrong_poll" if refused.at >= claim.round + REMEMBERED_MS => "it is later than three rounds",
            "duplicate" if self.recorded.iter().any(|entry| other_run(&entry)) => {
                "an earlier run has answered that poll"
            }
            _ => return None,
        };
        // Who is started anew does not know a poll that the forger says again.
        let replayed = if claim.issued < provider.began { ", and the poll was replayed" } else { "" };
        Some(format!("refused: {right}{replayed}"))
    }

    /// What ended before the reply, on its way from `from` on, could get into the journal.
    fn cut(&self, claim: &Claim, from: u64) -> Option<String> {
        let (_, server) = self.history.life_at(Target::Server, claim.connected)?;
        let (number, gatherer) = self.history.life_at(Target::Gatherer, from)?;
        let provider = self.history.life(claim.target(), claim.life);
        if let Some(life) = cut_off(&[provider, server, gatherer], from, WAY_MS) {
            let how = match life.ended {
                Some((at, Deed::Kill)) if from < at => "was killed",
                Some((at, _)) if from < at => "was stopped",
                _ => "was away",
            };
            return Some(format!("the {} {how}", life.target.kind()));
        }
        let back = self.hearings[number].connected.iter().copied().find(|at| *at >= server.began);
        let deaf = back.is_none_or(|back| claim.issued < back && from < back + WAY_MS);
        deaf.then(|| "the gatherer was not connected again".to_owned())
    }

    fn way(&self, claim: &Claim, entry: &Recorded) -> u64 {
        let from = claim.published.unwrap_or(entry.at);
        let lives = self.lives_at(claim, from);
        free(&lives, from, entry.at)
    }

    fn lives_at(&self, claim: &Claim, at: u64) -> Vec<&Life> {
        let others = [Target::Server, Target::Gatherer].map(|target| self.history.life_at(target, at));
        let provider = self.history.life(claim.target(), claim.life);
        others.into_iter().flatten().map(|(_, life)| life).chain([provider]).collect()
    }

    fn unexplained(&self, claim: &Claim) -> String {
        let targets = [Target::Server, Target::Gatherer, claim.target()];
        let around = self.history.around(claim.from, NEIGHBOURHOOD_MS, &targets).join("\n  ");
        let refused: Vec<_> = self.refusals(claim).collect();
        let near =
            |other: &&Claim| other.target() == claim.target() && other.from.abs_diff(claim.from) <= NEIGHBOURHOOD_MS;
        let others: Vec<String> = self.claims.iter().filter(near).map(|other| format!("{other:?}")).collect();
        let heard: Vec<u64> = self.hearings.iter().flat_map(|hearing| hearing.connected.iter().copied()).collect();
        let heard: Vec<u64> = heard.into_iter().filter(|at| at.abs_diff(claim.from) <= 4 * NEIGHBOURHOOD_MS).collect();
        format!(
            "lost without a reason: {claim:?}\n  the gatherer said {refused:?} and was connected at {heard:?}\n  {around}\n  {}",
            others.join("\n  ")
        )
    }

    /// Counters that went down in the journal: within a run, or over all runs of a provider that keeps them.
    fn fallen_counters(&self) -> Vec<String> {
        let lives: HashMap<(usize, &str), usize> = self
            .claims
            .iter()
            .map(|claim| ((claim.sample.provider, claim.sample.instance.as_str()), claim.life))
            .collect();
        let mut faults = Vec::new();
        for (provider, key) in self.keys.iter().enumerate() {
            let mut samples: Vec<(usize, &Recorded)> = self
                .recorded
                .iter()
                .filter(|entry| entry.provider == *key)
                .filter_map(|entry| Some((*lives.get(&(provider, entry.instance.as_str()))?, entry)))
                .collect();
            samples.sort_by_key(|(life, entry)| (*life, entry.sequence));
            for pair in samples.windows(2) {
                let ((life, before), (next_life, now)) = (pair[0], pair[1]);
                if (life == next_life || keeps(provider))
                    && let Some(fallen) = fallen(&before.counters, &now.counters)
                {
                    faults.push(format!("a counter of {} went down: {fallen}: {now:?}", Target::Provider(provider)));
                }
            }
        }
        faults
    }
}

impl Judgement {
    /// How many are lost.
    pub fn lost(&self) -> u64 {
        self.lost.values().sum()
    }
}

/// What a provider dropped, added up over its runs, by reason: the polls that were none of its gatherer's, or not new.
pub fn dropped_polls(recorded: &[Recorded]) -> BTreeMap<String, u64> {
    let mut runs: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for entry in recorded {
        for (name, count) in &entry.counters {
            if let Some(reason) = name.strip_prefix("statsgrid.polls_dropped.") {
                let most = runs.entry((entry.provider.as_str(), reason)).or_default();
                *most = (*most).max(*count);
            }
        }
    }
    let reasons: BTreeSet<&str> = runs.keys().map(|(_, reason)| *reason).collect();
    let sum = |reason: &str| runs.iter().filter(|((_, held), _)| *held == reason).map(|(_, count)| count).sum();
    reasons.into_iter().map(|reason| (reason.to_owned(), sum(reason))).collect()
}
