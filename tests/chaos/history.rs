//! What was done to whom and when: the lives of all processes, against which each loss is held.

use std::collections::BTreeMap;
use std::fmt;

use statsgrid_tests::now_ms;

use super::plan::{Deed, Target};

/// All lives, and the log of all deeds.
#[derive(Debug, Default)]
pub struct History {
    lives: BTreeMap<Target, Vec<Life>>,
    deeds: Vec<(u64, Target, Deed)>,
}

/// One process from its start to its end. Times are Unix milliseconds.
#[derive(Clone, Debug)]
pub struct Life {
    pub target: Target,
    pub began: u64,
    /// When it was told to end, and how; none: it runs.
    pub ended: Option<(u64, Deed)>,
    /// When it stood still, and until when.
    pauses: Vec<(u64, u64)>,
}

impl History {
    /// Notes what is done now, before it is done. Each deed is a line of the run's own log.
    pub fn note(&mut self, target: Target, deed: Deed) {
        let now = now_ms();
        println!("{now} {deed} {target}");
        self.deeds.push((now, target, deed));
        let lives = self.lives.entry(target).or_default();
        match deed {
            Deed::Start => lives.push(Life { target, began: now, ended: None, pauses: Vec::new() }),
            _ => lives.last_mut().expect("what runs was started").suffer(deed, now),
        }
    }

    /// The `number`th life of `target`, from 0.
    pub fn life(&self, target: Target, number: usize) -> &Life {
        &self.lives[&target][number]
    }

    /// The life of `target` that began last before `at`.
    pub fn life_at(&self, target: Target, at: u64) -> Option<(usize, &Life)> {
        let mut lives = self.lives.get(&target)?.iter().enumerate().rev();
        lives.find(|(_, life)| life.began <= at)
    }

    /// Deeds by kind.
    pub fn counts(&self) -> BTreeMap<(&'static str, Deed), u64> {
        let mut counts = BTreeMap::new();
        for (_, target, deed) in &self.deeds {
            *counts.entry((target.kind(), *deed)).or_default() += 1;
        }
        counts
    }

    /// What was done to these within so many milliseconds around `at`.
    pub fn around(&self, at: u64, reach: u64, targets: &[Target]) -> Vec<String> {
        let near = |(when, target, _): &&(u64, Target, Deed)| at.abs_diff(*when) <= reach && targets.contains(target);
        let line = |(when, target, deed): &(u64, Target, Deed)| format!("{when} {deed} {target}");
        self.deeds.iter().filter(near).map(line).collect()
    }
}

impl Life {
    fn suffer(&mut self, deed: Deed, now: u64) {
        match (deed, self.pauses.last_mut()) {
            // Open until it is resumed.
            (Deed::Pause, _) => self.pauses.push((now, u64::MAX)),
            (Deed::Resume, Some(last)) => last.1 = now,
            _ => self.ended = Some((now, deed)),
        }
    }
}

/// Whose end cut off a message that set out at `from`: it needs so many milliseconds in which all of `lives` run. A
/// provider that is asked to stop sends all that it says it has published. None: it had its way.
pub fn cut_off<'a>(lives: &[&'a Life], from: u64, way: u64) -> Option<&'a Life> {
    let cuts = |(at, life): &(u64, &Life)| match (life.target, life.ended) {
        (Target::Provider(_), Some((_, Deed::Stop))) => false,
        _ => free(lives, from, *at) < way,
    };
    let ends = lives.iter().filter_map(|life| Some((life.ended?.0, *life)));
    ends.filter(cuts).min_by_key(|(at, _)| *at).map(|(_, life)| life)
}

/// For how long none of `lives` stood still between two times.
pub fn free(lives: &[&Life], from: u64, end: u64) -> u64 {
    let mut pauses: Vec<(u64, u64)> = lives.iter().flat_map(|life| life.pauses.iter().copied()).collect();
    pauses.sort_unstable();
    let (mut at, mut free) = (from, 0);
    for (start, resumed) in pauses {
        free += start.min(end).saturating_sub(at);
        at = at.max(resumed);
    }
    free + end.saturating_sub(at)
}

impl Target {
    /// Whatever provider it is.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Gatherer => "gatherer",
            Self::Provider(_) => "provider",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(number) => write!(f, "node-{number:02}"),
            other => f.write_str(other.kind()),
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
        })
    }
}

#[test]
fn a_message_is_cut_off_by_the_first_end_before_it_had_its_way() {
    let life = |target, ended, pauses: &[(u64, u64)]| Life { target, began: 0, ended, pauses: pauses.to_vec() };
    let check = |provider: &[(u64, u64)], server: &[(u64, u64)], from, expected| {
        let provider = life(Target::Provider(0), Some((3_000, Deed::Kill)), provider);
        let server = life(Target::Server, Some((2_000, Deed::Kill)), server);
        let gatherer = life(Target::Gatherer, None, &[]);
        let found = cut_off(&[&provider, &server, &gatherer], from, 500).map(|life| life.target);
        assert_eq!(found, expected, "from {from}");
    };
    check(&[], &[], 1_499, None);
    check(&[], &[], 1_501, Some(Target::Server));
    check(&[], &[], 2_500, Some(Target::Server));
    check(&[(100, 200), (1_000, 1_300)], &[(1_200, 1_600)], 900, None);
    check(&[(100, 200), (1_000, 1_300)], &[(1_200, 1_600)], 901, Some(Target::Server));
    check(&[(1_000, u64::MAX)], &[], 501, Some(Target::Server));
}
