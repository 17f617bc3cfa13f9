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
    /// Up to whom the missing ones were asked again, by their keys, where they are too many to be asked at once.
    asked_up_to: Option<PublicKey>,
    /// The bus has lost messages since the missing ones were asked last.
    lost: bool,
    pub(super) answered: HashSet<PublicKey>,
    /// One that is waited for and has not answered, as far as one is known.
    missing: Option<PublicKey>,
    /// Under whose names came what was too large to be looked at.
    pub(super) too_large: BTreeSet<PublicKey>,
    /// Waits to the deadline even if all have answered: others may be there.
    to_the_end: bool,
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
            asked_up_to: None,
            lost: false,
            answered: HashSet::new(),
            missing: None,
            too_large: BTreeSet::new(),
            to_the_end,
        }
    }

    /// When it has something to do by itself.
    pub(super) fn next_tick(&self) -> Duration {
        self.asks_again.map_or(self.ends, |asks_again| asks_again.min(self.ends))
    }

    /// Whether all have answered, and it need not go to its end.
    ///
    /// Mostly one look at one member that is missing. The members before it in the roster's order have answered, and
    /// replies come in another order, so that all searches for the next one come to two passes over the roster or so.
    pub(super) fn is_complete(&mut self, roster: &Roster) -> bool {
        if self.to_the_end || self.missing.is_some_and(|key| roster.waits_for(&key) && !self.answered.contains(&key)) {
            return false;
        }
        self.missing = roster.present().map(|(key, _)| key).find(|key| !self.answered.contains(key));
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
        let missing = roster.present_after(self.asked_up_to).filter(|key| !self.answered.contains(key));
        let asked: Vec<PublicKey> = missing.take(ASKED_AT_ONCE).collect();
        self.asked_up_to = asked.last().copied().filter(|_| asked.len() == ASKED_AT_ONCE);
        let pause = match (self.asked_up_to, self.lost) {
            (Some(_), _) => Some(ASK_PAUSE),
            (None, true) => Some(ASK_AFTER_LOSS),
            (None, false) => None,
        };
        self.lost &= self.asked_up_to.is_some();
        self.asks_again = pause.map(|pause| now.monotonic + pause);
        asked
    }
}
