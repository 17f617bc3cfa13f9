//! What a provider says unasked: that it is there, and that it goes.
//!
//! The announcement goes out on the same connection after the subscription, so the server handles it in that order, and
//! a gatherer that polls at once is heard. It is repeated with growing delay until a poll comes, and at each reconnect.

use async_nats::Client;
use statsgrid_wire::daemon::{Backoff, Bus, BusError};
use statsgrid_wire::envelope::{SealError, Sealed, seal};
use statsgrid_wire::message::{Announcement, Bye};
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{Address, Unknown};
use tokio::time::{Instant, sleep_until};

use crate::limits::{ANNOUNCE_CAP, ANNOUNCE_FIRST};
use crate::node::Node;

/// When to announce: at once, again with growing delay until a poll is heard, and anew at each reconnect.
pub(super) struct Announcements {
    backoff: Backoff,
    next: Option<Instant>,
}

impl Announcements {
    pub(super) fn new() -> Self {
        Self { backoff: Backoff::new(ANNOUNCE_FIRST, ANNOUNCE_CAP), next: Some(Instant::now()) }
    }

    pub(super) fn begin(&mut self) {
        *self = Self::new();
    }

    pub(super) async fn due(&self) {
        match self.next {
            Some(next) => sleep_until(next).await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn said(&mut self) {
        self.next = Some(Instant::now() + self.backoff.delay());
    }

    pub(super) fn heard(&mut self) {
        self.next = None;
    }
}

/// Announces `node` to the gatherer of `address`; counts it if that cannot be.
pub(super) async fn announce(client: &Client, node: &Node, address: &Address) -> Result<(), AnnounceError> {
    let said = Bus::publish(client, announcement(node, address)?).await;
    if said.is_err() {
        let _ = node.counters.count("statsgrid.announcements_unsent", 1);
    }
    Ok(said?)
}

/// Why an announcement is not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnnounceError {
    /// It cannot be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It cannot be published.
    #[error(transparent)]
    Bus(#[from] BusError),
}

fn announcement(node: &Node, address: &Address) -> Result<Sealed, SealError> {
    let announcement = Announcement {
        gatherer: address.gatherer,
        instance: node.instance,
        nickname: node.nickname.clone(),
        issued_ms: node.clock.now().wall_ms,
        unknown: Unknown,
    };
    let topic = Topic::Announce { gatherer: address.gatherer, provider: node.identity.public_key() };
    seal(&node.identity, &address.subjects, &topic, &announcement)
}

/// Says goodbye. Best effort: the gatherer misses who is gone without a word.
pub(super) async fn say_goodbye(client: &Client, node: &Node, address: &Address) {
    let bye = Bye {
        gatherer: address.gatherer,
        instance: node.instance,
        issued_ms: node.clock.now().wall_ms,
        unknown: Unknown,
    };
    let topic = Topic::Bye { gatherer: address.gatherer, provider: node.identity.public_key() };
    if let Ok(sealed) = seal(&node.identity, &address.subjects, &topic, &bye) {
        let _ = Bus::publish(client, sealed).await;
    }
}
