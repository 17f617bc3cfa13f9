//! The link to one gatherer: connected, subscribed, announced, in this order and each only after the one before.
//!
//! The announcement goes out on the same connection after the subscription, so the server handles it in that order, and
//! a gatherer that polls at once is heard. It is repeated with growing delay until a poll comes, and at each reconnect.

use std::sync::Arc;

use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use futures_util::stream::{SelectAll, select_all};
use statsgrid_wire::daemon::{Backoff, Bus, BusError, BusEvent, Login, Seldom, connect};
use statsgrid_wire::envelope::{Raw, SealError, open, seal, signed_hash};
use statsgrid_wire::message::{Announcement, Bye, Poll};
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{Address, KeyError, Rejection, Unknown};
use tokio::sync::{Mutex, Semaphore, watch};

use super::answer::{AnswerError, Answerer, Kept};
use super::polls::{GathererKey, Polls, Verdict};
use crate::limits::{ANNOUNCE_CAP, ANNOUNCE_FIRST, FAREWELL, POLLS_IN_WORK, SAY_REJECTIONS_AGAIN, SAY_TROUBLES_AGAIN};
use crate::node::Node;

/// Why a link ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The server denies what a provider needs.
    #[error("the server denies a permission that a provider needs: {0}")]
    Denied(String),
    /// The address names a key that is none.
    #[error("the gatherer's key in the address")]
    Key(#[from] KeyError),
    /// The bus cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The server refused the subscription's form.
    #[error("cannot subscribe to {0}")]
    Subscribe(String),
    /// A message of our own cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Answers the gatherer of `address` until `stop` turns true.
pub async fn serve(node: Arc<Node>, address: Address, mut stop: watch::Receiver<bool>) -> Result<(), LinkError> {
    let login = Login { identity: &node.identity, name: &node.nickname };
    let bus = tokio::select! {
        bus = connect(&address.servers, login) => bus?,
        () = stopped(&mut stop) => return Ok(()),
    };
    let key = GathererKey::new(address.gatherer)?;
    let polls = subscribe(&node, &address, &bus).await?;
    tracing::info!("connected to {}; gatherer {}", address.servers.join(","), address.gatherer);
    let answerer = Answerer {
        node,
        subjects: address.subjects.clone(),
        client: bus.client().clone(),
        kept: Mutex::new(Kept::default()),
    };
    let link = Link {
        address,
        key,
        answerer: Arc::new(answerer),
        memory: Polls::default(),
        in_work: Arc::new(Semaphore::new(POLLS_IN_WORK)),
        rejections: Seldom::every(SAY_REJECTIONS_AGAIN),
        troubles: Seldom::every(SAY_TROUBLES_AGAIN),
    };
    link.run(bus, polls, stop).await
}

/// Whoever would say it is gone: that is a stop too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn subscribe(node: &Node, address: &Address, bus: &Bus) -> Result<SelectAll<Subscriber>, LinkError> {
    let me = node.identity.public_key();
    let mut polls = Vec::new();
    for subject in address.subjects.polls_for(&address.gatherer, &me) {
        let subscribed = bus.client().subscribe(subject.clone()).await;
        polls.push(subscribed.map_err(|_| LinkError::Subscribe(subject))?);
    }
    Ok(select_all(polls))
}

struct Link {
    address: Address,
    key: GathererKey,
    answerer: Arc<Answerer>,
    memory: Polls,
    in_work: Arc<Semaphore>,
    rejections: Seldom,
    troubles: Seldom,
}

impl Link {
    async fn run(
        mut self,
        mut bus: Bus,
        mut polls: SelectAll<Subscriber>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), LinkError> {
        let mut announcements = Announcements::new();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = announcements.due() => {
                    self.announce().await?;
                    announcements.said();
                }
                message = polls.next() => match message {
                    Some(message) => if self.take(&message) {
                        announcements.heard();
                    },
                    None => return Err(BusError::Closed.into()),
                },
                event = bus.event() => match event {
                    BusEvent::Up => {
                        tracing::info!("connected again; gatherer {}", self.address.gatherer);
                        self.troubles.reset();
                        announcements.begin();
                    }
                    BusEvent::Down => {
                        tracing::warn!("NATS at {} is away; it is tried until it is back", self.address.servers.join(","));
                        announcements.heard();
                    }
                    BusEvent::Denied(what) => return Err(LinkError::Denied(what)),
                    BusEvent::Lost => if self.troubles.due(self.answerer.node.clock.now(), "lost").is_some() {
                        tracing::warn!("polls were lost: they came faster than they were read");
                    },
                    BusEvent::Said(what) => if self.troubles.due(self.answerer.node.clock.now(), "said").is_some() {
                        tracing::warn!("NATS: {what}");
                    },
                    BusEvent::Closed => return Err(BusError::Closed.into()),
                },
            }
        }
        self.bye().await;
        bus.close(FAREWELL).await;
        Ok(())
    }

    /// Takes what came on a poll's subject. True if our gatherer asks us, now: a poll that is replayed tells nothing of
    /// whether it hears us.
    fn take(&mut self, message: &Message) -> bool {
        match self.open(message) {
            Ok(poll) => self.judge(poll, message),
            Err(rejection) => {
                self.reject(&rejection);
                false
            }
        }
    }

    fn open(&self, message: &Message) -> Result<Poll, Rejection> {
        let pairs = message.headers.iter().flat_map(|headers| headers.iter());
        let headers = pairs.flat_map(|(name, values)| values.iter().map(|value| (name.as_ref(), value.as_str())));
        let raw = Raw::new(&message.subject, headers, &message.payload);
        Ok(open::<Poll>(&raw, &self.address.subjects, &self.key)?.message)
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

    async fn announce(&self) -> Result<(), LinkError> {
        let node = &self.answerer.node;
        let announcement = Announcement {
            gatherer: self.address.gatherer,
            instance: node.instance,
            nickname: node.nickname.clone(),
            issued_ms: node.clock.now().wall_ms,
            unknown: Unknown,
        };
        let topic = Topic::Announce { gatherer: self.address.gatherer, provider: node.identity.public_key() };
        let sealed = seal(&node.identity, &self.address.subjects, &topic, &announcement)?;
        match Bus::publish(&self.answerer.client, sealed).await {
            // Announced again at the reconnect.
            Ok(()) | Err(BusError::Away) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Best effort: the gatherer misses who is gone without a word.
    async fn bye(&self) {
        let node = &self.answerer.node;
        let bye = Bye {
            gatherer: self.address.gatherer,
            instance: node.instance,
            issued_ms: node.clock.now().wall_ms,
            unknown: Unknown,
        };
        let topic = Topic::Bye { gatherer: self.address.gatherer, provider: node.identity.public_key() };
        if let Ok(sealed) = seal(&node.identity, &self.address.subjects, &topic, &bye) {
            let _ = Bus::publish(&self.answerer.client, sealed).await;
        }
    }
}

fn unanswered(node: &Node, error: &AnswerError) {
    let _ = node.counters.count("statsgrid.polls_unanswered", 1);
    tracing::warn!("a poll is not answered: {error}");
}

/// When to announce: at once, again with growing delay until a poll is heard, and anew at each reconnect.
struct Announcements {
    backoff: Backoff,
    next: Option<tokio::time::Instant>,
}

impl Announcements {
    fn new() -> Self {
        Self { backoff: Backoff::new(ANNOUNCE_FIRST, ANNOUNCE_CAP), next: Some(tokio::time::Instant::now()) }
    }

    fn begin(&mut self) {
        *self = Self::new();
    }

    async fn due(&self) {
        match self.next {
            Some(next) => tokio::time::sleep_until(next).await,
            None => std::future::pending().await,
        }
    }

    fn said(&mut self) {
        self.next = Some(tokio::time::Instant::now() + self.backoff.delay());
    }

    fn heard(&mut self) {
        self.next = None;
    }
}
