//! Which polls are answered: those of our gatherer, for us, in time, and for the first time.
//!
//! A small memory of ids and not "times only go up": that would shut out a standby gatherer whose clock is behind.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use statsgrid_wire::envelope::Keyring;
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{Id, KeyError, Moment, PublicKey, Reason, Rejection, Verifier};

use crate::limits::{POLLS_REMEMBERED, REFUSAL_EVERY};

/// The one key whose polls are answered.
#[derive(Clone, Debug)]
pub(super) struct GathererKey {
    key: PublicKey,
    verifier: Arc<Verifier>,
}

impl GathererKey {
    pub(super) fn new(key: PublicKey) -> Result<Self, KeyError> {
        Ok(Self { key, verifier: Arc::new(key.verifier()?) })
    }
}

impl Keyring for GathererKey {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        match topic {
            Topic::Poll { gatherer, .. } if *gatherer == self.key => Ok(self.verifier.clone()),
            _ => Err(Rejection::new(Reason::OtherGatherer, format!("{topic} is no poll of {}", self.key))),
        }
    }
}

/// What becomes of a poll.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Answer it with stats.
    Answer,
    /// Answer it with a refusal: our clock is ahead of its time of issue by so many milliseconds.
    Refuse { clock_ahead_ms: i64 },
    /// Drop it.
    Drop(Rejection),
}

/// What a provider remembers of one gatherer's polls.
#[derive(Debug, Default)]
pub(super) struct Polls {
    seen: HashSet<Id>,
    order: VecDeque<Id>,
    refused: Option<Moment>,
}

impl Polls {
    pub(super) fn judge(&mut self, poll: &Poll, me: &PublicKey, now: Moment) -> Verdict {
        if !poll.to.asks(me) {
            return Verdict::Drop(Rejection::new(Reason::WrongPoll, format!("asks {}", poll.to)));
        }
        let ahead = i128::from(now.wall_ms) - i128::from(poll.issued_ms);
        if ahead.unsigned_abs() > u128::from(poll.ttl_ms) {
            // A replayed poll lands here too, so refusals are few, whoever asks for them.
            let recent = self.refused.is_some_and(|last| now.since(last) < REFUSAL_EVERY);
            if recent {
                return Verdict::Drop(Rejection::new(Reason::Stale, format!("issued {ahead} ms ago by our clock")));
            }
            self.refused = Some(now);
            let bounded = ahead.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            return Verdict::Refuse { clock_ahead_ms: i64::try_from(bounded).unwrap_or_default() };
        }
        if !self.remember(poll.id) {
            return Verdict::Drop(Rejection::new(Reason::Stale, format!("poll {} was seen before", poll.id)));
        }
        Verdict::Answer
    }

    /// False if it is known.
    fn remember(&mut self, id: Id) -> bool {
        if !self.seen.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > POLLS_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use statsgrid_wire::subject::{Shard, To};
    use statsgrid_wire::{Clock, Identity, ManualClock, Unknown};

    const NOW: u64 = 1_795_358_400_000;

    fn poll(to: To) -> Poll {
        Poll {
            gatherer: Identity::generate().unwrap().public_key(),
            to,
            round: NOW,
            id: Id::random().unwrap(),
            issued_ms: NOW,
            ttl_ms: 30_000,
            deadline_ms: 10_000,
            splay_ms: 0,
            max_reply: 65_536,
            scope: statsgrid_wire::subject::Scope::All,
            describe: Vec::new(),
            unknown: Unknown,
        }
    }

    #[test]
    fn a_poll_is_answered_once() {
        let me = Identity::generate().unwrap().public_key();
        let clock = ManualClock::at(NOW);
        let (mut polls, poll) = (Polls::default(), poll(To::All));
        assert_eq!(polls.judge(&poll, &me, clock.now()), Verdict::Answer);
        clock.advance(Duration::from_secs(1));
        let Verdict::Drop(rejection) = polls.judge(&poll, &me, clock.now()) else { panic!("answered twice") };
        assert_eq!(rejection.reason, Reason::Stale);
    }

    #[test]
    fn a_clock_that_is_off_is_told_once_a_while() {
        let me = Identity::generate().unwrap().public_key();
        let mut polls = Polls::default();
        let day = 86_400_000;
        let clock = ManualClock::at(NOW - day);
        let refusal = Verdict::Refuse { clock_ahead_ms: -(day as i64) };
        assert_eq!(polls.judge(&poll(To::All), &me, clock.now()), refusal);
        assert!(matches!(polls.judge(&poll(To::All), &me, clock.now()), Verdict::Drop(_)));
        clock.advance(REFUSAL_EVERY);
        assert!(matches!(polls.judge(&poll(To::All), &me, clock.now()), Verdict::Refuse { .. }));
        clock.set_wall_ms(NOW + 30_000);
        assert_eq!(polls.judge(&poll(To::All), &me, clock.now()), Verdict::Answer);
    }

    #[test]
    fn a_poll_that_is_replayed_later_gets_a_few_refusals_and_never_stats() {
        let me = Identity::generate().unwrap().public_key();
        let clock = ManualClock::at(NOW);
        let (mut polls, poll) = (Polls::default(), poll(To::All));
        assert_eq!(polls.judge(&poll, &me, clock.now()), Verdict::Answer);
        // A second, a minute and a day after its time, a hundred times each.
        let mut age_ms = 0;
        for (after_ms, refusals) in [(1_000, 0), (60_000, 1), (86_400_000, 1)] {
            clock.advance(Duration::from_millis(after_ms - age_ms));
            age_ms = after_ms;
            let verdicts: Vec<Verdict> = (0..100).map(|_| polls.judge(&poll, &me, clock.now())).collect();
            let refused = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Refuse { .. }));
            assert_eq!(refused.count(), refusals, "{after_ms}");
            assert!(!verdicts.contains(&Verdict::Answer), "{after_ms}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_at_each_poll_of_the_usual_interval() {
        let me = Identity::generate().unwrap().public_key();
        let (mut polls, clock) = (Polls::default(), ManualClock::at(NOW - 86_400_000));
        // One that the bus delays, and the next, which it does not.
        for interval in [60_000, 61_000, 59_000, 60_000] {
            clock.advance(Duration::from_millis(interval));
            assert!(matches!(polls.judge(&poll(To::All), &me, clock.now()), Verdict::Refuse { .. }), "{interval}");
        }
    }

    #[test]
    fn polls_for_others_are_dropped() {
        let me = Identity::generate().unwrap().public_key();
        let other = Identity::generate().unwrap().public_key();
        let now = ManualClock::at(NOW).now();
        let mut polls = Polls::default();
        assert!(matches!(polls.judge(&poll(To::One(other)), &me, now), Verdict::Drop(_)));
        assert_eq!(polls.judge(&poll(To::One(me)), &me, now), Verdict::Answer);
        let answered = (1..=4).filter(|index| {
            let shard = To::Shard(Shard::new(*index, 4).unwrap());
            polls.judge(&poll(shard), &me, now) == Verdict::Answer
        });
        assert_eq!(answered.count(), 1);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut polls = Polls::default();
        for _ in 0..POLLS_REMEMBERED * 2 {
            assert!(polls.remember(Id::random().unwrap()));
        }
        assert_eq!((polls.seen.len(), polls.order.len()), (POLLS_REMEMBERED, POLLS_REMEMBERED));
    }
}
