//! What comes on the subjects of polls: opened, judged, and handed to a task that answers.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
use statsgrid_wire::daemon::Seldom;
use statsgrid_wire::envelope::{Raw, open, signed_hash};
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::{Subjects, To, Topic};
use statsgrid_wire::{Address, KeyError, Rejection};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answer::{AnswerError, Answerer};
use super::polls::{GathererKey, Polls, Verdict};
use crate::limits::{POLLS_IN_WORK, SAY_REJECTIONS_AGAIN};
use crate::node::Node;

/// Hears one gatherer, over one connection after the other: what it remembers of polls outlives them.
pub(super) struct Listener {
    subjects: Subjects,
    key: GathererKey,
    answerer: Arc<Answerer>,
    memory: Polls,
    in_work: Arc<Semaphore>,
    rejections: Seldom,
}

impl Listener {
    pub(super) fn new(address: &Address, answerer: Arc<Answerer>) -> Result<Self, KeyError> {
        Ok(Self {
            subjects: address.subjects.clone(),
            key: GathererKey::new(address.gatherer)?,
            answerer,
            memory: Polls::default(),
            in_work: Arc::new(Semaphore::new(POLLS_IN_WORK)),
            rejections: Seldom::every(SAY_REJECTIONS_AGAIN),
        })
    }

    /// Takes what came on a poll's subject. True if our gatherer asks us, now: a poll that is replayed tells nothing of
    /// whether it hears us.
    pub(super) fn take(&mut self, message: &Message) -> bool {
        if self.is_for_another_shard(message) {
            return false;
        }
        match self.open(message) {
            Ok(poll) => self.judge(poll, message),
            Err(rejection) => {
                self.reject(&rejection);
                false
            }
        }
    }

    /// Waits until every poll that was taken is answered, but no longer than `patience`.
    pub(super) async fn finish(&self, patience: Duration) {
        let all = u32::try_from(POLLS_IN_WORK).unwrap_or(u32::MAX);
        let _ = timeout(patience, self.in_work.acquire_many(all)).await;
    }

    /// Whether its subject says that it asks a shard that is not ours. With many shards most polls do, and they are as
    /// they should be: so such a one is neither read nor counted.
    fn is_for_another_shard(&self, message: &Message) -> bool {
        let topic = self.subjects.read(&message.subject);
        let me = self.answerer.node.identity.public_key();
        matches!(topic, Some(Topic::Poll { to: To::Shard(shard), .. }) if !shard.holds(&me))
    }

    fn open(&self, message: &Message) -> Result<Poll, Rejection> {
        let pairs = message.headers.iter().flat_map(|headers| headers.iter());
        let headers = pairs.flat_map(|(name, values)| values.iter().map(|value| (name.as_ref(), value.as_str())));
        let raw = Raw::new(&message.subject, headers, &message.payload);
        Ok(open::<Poll>(&raw, &self.subjects, &self.key)?.message)
    }

    fn judge(&mut self, poll: Poll, message: &Message) -> bool {
        let node = &self.answerer.node;
        let verdict = self.memory.judge(&poll, &node.identity.public_key(), node.clock.now());
        if let Verdict::Drop(rejection) = verdict {
            self.reject(&rejection);
            return false;
        }
        // More polls at once than a gatherer sends: they are dropped, and asked again.
        let Ok(permit) = self.in_work.clone().try_acquire_owned() else {
            let _ = node.counters.count("statsgrid.polls_dropped.busy", 1);
            return true;
        };
        let (answerer, hash) = (self.answerer.clone(), signed_hash::<Poll>(&message.payload));
        tokio::spawn(async move {
            let answered = match verdict {
                Verdict::Refuse { clock_ahead_ms } => answerer.refuse(&poll, hash, clock_ahead_ms).await,
                _ => answerer.answer(&poll, hash).await,
            };
            drop(permit);
            if let Err(error) = answered {
                unanswered(&answerer.node, &error);
            }
        });
        true
    }

    fn reject(&mut self, rejection: &Rejection) {
        let node = &self.answerer.node;
        let _ = node.counters.count(&format!("statsgrid.polls_dropped.{}", rejection.reason), 1);
        if let Some(more) = self.rejections.due(node.clock.now(), rejection.reason.label()) {
            tracing::warn!("a poll was dropped: {rejection} ({more} more since the last such line)");
        }
    }
}

fn unanswered(node: &Node, error: &AnswerError) {
    let _ = node.counters.count("statsgrid.polls_unanswered", 1);
    tracing::warn!("a poll is not answered: {error}");
}
