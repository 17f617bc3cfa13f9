//! The round that is on: how long it waits, when it asks again, who is still missing.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use statsgrid_wire::{Moment, PublicKey};

use super::roster::Roster;
use crate::limits::{ASK_AFTER_LOSS, ASK_AGAIN_SHARE, ASK_PAUSE, ASKED_AT_ONCE};

/// A round that is not over.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) name: u64,
    pub(super) started: Moment,
    pub(super) ends: Duration,
    asks_again: Option<Duration>,
    /// How far the missing ones were asked again, where they are too many to be asked at once.
    pub(super) turn: Turn,
    /// The bus has lost messages since the missing ones were asked last.
    lost: bool,
    pub(super) answered: HashSet<PublicKey>,
    /// Who has answered after the deadline, before the round was ended.
    pub(super) late: HashSet<PublicKey>,
    /// One that is waited for and has not answered, as far as one is known.
    missing: Option<PublicKey>,
    /// Under whose names came what was too large to be looked at.
    pub(super) too_large: BTreeSet<PublicKey>,
    /// Waits to the deadline even if all have answered: others may be there.
    to_the_end: bool,
}

/// How far a pass over the roster has come, in the order of the keys: from behind `from` to the end, and then up to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    from: Option<PublicKey>,
    up_to: Option<PublicKey>,
    is_second_half: bool,
}

impl Turn {
    /// One that begins where this one ended for want of time: else the same keys would come too short each round.
    fn anew(self) -> Self {
        Self { from: self.up_to, up_to: self.up_to, is_second_half: false }
    }

    /// The next `count` for whom `wanted` is true; fewer at the end of the pass.
    fn next(&mut self, roster: &Roster, wanted: impl Fn(&PublicKey) -> bool, count: usize) -> Vec<PublicKey> {
        let mut found: Vec<PublicKey> = Vec::new();
        if !self.is_second_half {
            found.extend(roster.present_after(self.up_to).filter(&wanted).take(count));
            self.up_to = found.last().copied().or(self.up_to);
            if found.len() == count || self.from.is_none() {
                return found;
            }
            (self.is_second_half, self.up_to) = (true, None);
        }
        let before = roster.present_after(self.up_to).take_while(|key| Some(*key) <= self.from);
        found.extend(before.filter(&wanted).take(count - found.len()));
        self.up_to = found.last().copied().or(self.up_to);
        found
    }
}

impl Round {
    /// One that begins `now`, spreads the replies over `splay` and waits for `deadline` in all.
    pub(super) fn begin(name: u64, now: Moment, splay: Duration, deadline: Duration, to_the_end: bool) -> Self {
        let asks_again = splay + deadline.saturating_sub(splay).mul_f64(ASK_AGAIN_SHARE);
        Self {
            name,
            started: now,
            ends: now.monotonic + deadline,
            asks_again: Some(now.monotonic + asks_again),
            turn: Turn::default(),
            lost: false,
            answered: HashSet::new(),
            late: HashSet::new(),
            missing: None,
            too_large: BTreeSet::new(),
            to_the_end,
        }
    }

    /// The same, in which those come first who had no turn in the last one.
    pub(super) fn asking_on_from(self, last: Turn) -> Self {
        Self { turn: last.anew(), ..self }
    }

    /// When it has something to do by itself.
    pub(super) fn next_tick(&self) -> Duration {
        self.asks_again.map_or(self.ends, |asks_again| asks_again.min(self.ends))
    }

    /// Whether all have answered, and it need not go to its end.
    ///
    /// Mostly one look at one member that is missing. The search for the next one goes on behind it, for those before it
    /// have answered; only who came since is found by a second pass. So all searches of a round are two passes over the
    /// roster, in whatever order replies come.
    pub(super) fn is_complete(&mut self, roster: &Roster) -> bool {
        if self.to_the_end || self.missing.is_some_and(|key| roster.waits_for(&key) && !self.answered.contains(&key)) {
            return false;
        }
        let is_missing = |key: &PublicKey| !self.answered.contains(key);
        let behind = roster.present_after(self.missing).find(is_missing);
        self.missing = behind.or_else(|| roster.present_after(None).find(is_missing));
        self.missing.is_none()
    }

    /// The bus lost messages, nobody knows whose: the missing ones are asked, and again if it was while they were asked.
    pub(super) fn lost(&mut self, now: Moment) {
        self.lost = true;
        self.asks_again.get_or_insert(now.monotonic + ASK_AFTER_LOSS);
    }

    /// Who is asked now, if it is time: so many that their replies are no burst. The others are next.
    pub(super) fn asks_now(&mut self, roster: &Roster, now: Moment) -> Vec<PublicKey> {
        if self.asks_again.is_none_or(|asks_again| now.monotonic < asks_again) {
            return Vec::new();
        }
        let answered = &self.answered;
        let asked = self.turn.next(roster, |key| !answered.contains(key), ASKED_AT_ONCE);
        let is_over = asked.len() < ASKED_AT_ONCE;
        if is_over {
            self.turn = Turn::default();
        }
        let pause = match (is_over, self.lost) {
            (false, _) => Some(ASK_PAUSE),
            (true, true) => Some(ASK_AFTER_LOSS),
            (true, false) => None,
        };
        self.lost &= !is_over;
        self.asks_again = pause.map(|pause| now.monotonic + pause);
        asked
    }
}
