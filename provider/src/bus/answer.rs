//! The answer to one poll: a sample of its round, made to fit, sealed and published.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use statsgrid_wire::Hash;
use statsgrid_wire::Unknown;
use statsgrid_wire::daemon::{Bus, BusError};
use statsgrid_wire::envelope::{SealError, seal};
use statsgrid_wire::limits::{BODY_BYTES, HEADER_BYTES};
use statsgrid_wire::message::{Answer, Poll, Refusal, RefusalReason, Reply};
use statsgrid_wire::subject::{Subjects, Topic};
use tokio::sync::{Mutex, watch};

use crate::fit::fit;
use crate::limits::{DEADLINE_SHARE, SAMPLES_KEPT};
use crate::node::{Node, Taken};

/// What it takes to answer one gatherer.
pub(super) struct Answerer {
    pub(super) node: Arc<Node>,
    subjects: Subjects,
    /// Of the connection that is there now, which need not be the one that brought the poll.
    client: watch::Sender<Option<Client>>,
    kept: Mutex<Kept>,
}

/// The samples of the last rounds, which answer whoever asks again in one of them. Not of the last one alone: a process
/// that stood still hears the polls of several rounds at once, and those that ask again in any order with them.
#[derive(Debug, Default)]
struct Kept {
    sequence: u64,
    samples: VecDeque<KeptSample>,
}

#[derive(Clone, Debug)]
struct KeptSample {
    round: u64,
    sequence: u64,
    taken: Taken,
}

/// Why a poll got no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    /// It could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It could not be published.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl Answerer {
    pub(super) fn new(node: Arc<Node>, subjects: Subjects) -> Self {
        Self { node, subjects, client: watch::Sender::new(None), kept: Mutex::new(Kept::default()) }
    }

    /// From now on answers go out over `client`.
    pub(super) fn speak_over(&self, client: &Client) {
        self.client.send_replace(Some(client.clone()));
    }

    fn client(&self) -> Result<Client, BusError> {
        self.client.borrow().clone().ok_or(BusError::Away)
    }

    /// Answers `poll`, whose signed bytes have this hash.
    pub(super) async fn answer(&self, poll: &Poll, hash: Hash) -> Result<(), AnswerError> {
        let me = self.node.identity.public_key();
        let delay = poll.delay_of(&me);
        tokio::time::sleep(delay).await;
        let deadline = Duration::from_millis(poll.deadline_ms).saturating_sub(delay);
        let (taken, sequence) = self.sample_of(poll.round, deadline.mul_f64(DEADLINE_SHARE)).await;
        let mut reply = self.node.reply(hash, &taken, sequence, &poll.describe);
        let budget = usize::try_from(poll.max_reply).unwrap_or(BODY_BYTES).min(BODY_BYTES);
        let budget = budget.min(self.client()?.max_payload().saturating_sub(HEADER_BYTES));
        if fit(&mut reply, budget) {
            tracing::warn!(
                "the stats do not fit a reply of {budget} bytes; each producer gets its share, and some are cut"
            );
            let _ = self.node.counters.count("statsgrid.replies_cut", 1);
        }
        // Before and after: who is killed between the two may have sent it.
        self.tell(poll, sequence, "a sample goes out");
        self.publish(poll, &reply).await?;
        self.tell(poll, sequence, "a sample is published");
        let _ = self.node.counters.count("statsgrid.polls_answered", 1);
        Ok(())
    }

    /// Logs what becomes of a sample, for whoever holds a journal against the logs of its providers.
    fn tell(&self, poll: &Poll, sequence: u64, what: &str) {
        let Poll { gatherer, round, id, issued_ms, .. } = poll;
        let instance = self.node.instance;
        tracing::debug!(%gatherer, round, poll = %id, issued_ms, %instance, sequence, "{what}");
    }

    /// Says that by our clock the poll is not of this time.
    pub(super) async fn refuse(&self, poll: &Poll, hash: Hash, clock_ahead_ms: i64) -> Result<(), AnswerError> {
        let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms, unknown: Unknown };
        self.publish(poll, &self.node.say(hash, Answer::Refusal(refusal))).await
    }

    /// The sample of `round`: taken now, unless it was taken before. Who asks meanwhile waits for the same one.
    async fn sample_of(&self, round: u64, patience: Duration) -> (Taken, u64) {
        let mut kept = self.kept.lock().await;
        if let Some(held) = kept.samples.iter().find(|held| held.round == round) {
            return (held.taken.clone(), held.sequence);
        }
        let taken = self.node.take(patience).await;
        kept.keep(round, taken.clone());
        (taken, kept.sequence)
    }

    async fn publish(&self, poll: &Poll, reply: &Reply) -> Result<(), AnswerError> {
        let scope = poll.answered_to();
        let provider = self.node.identity.public_key();
        let topic = Topic::Reply { gatherer: poll.gatherer, scope, poll: poll.id, provider };
        let sealed = seal(&self.node.identity, &self.subjects, &topic, reply)?;
        Ok(Bus::publish(&self.client()?, sealed).await?)
    }
}

impl Kept {
    fn keep(&mut self, round: u64, taken: Taken) {
        self.sequence += 1;
        self.samples.push_back(KeptSample { round, sequence: self.sequence, taken });
        if self.samples.len() > SAMPLES_KEPT {
            self.samples.pop_front();
        }
    }
}
