//! The link to one gatherer: connected, subscribed, announced, in this order and each only after the one before; and
//! again from the beginning when a connection has ended, with all that the node knows.

use std::sync::Arc;

use async_nats::{SubscribeError, Subscriber};
use futures_util::StreamExt;
use futures_util::stream::{SelectAll, select_all};
use statsgrid_wire::daemon::{Bus, BusError, BusEvent, BusSettings, Seldom};
use statsgrid_wire::envelope::SealError;
use statsgrid_wire::{Address, KeyError};
use tokio::sync::watch;

use super::answer::Answerer;
use super::enrol::come_in;
use super::listen::Listener;
use super::presence::{AnnounceError, Announcements, announce, say_goodbye};
use crate::limits::{FAREWELL, SAY_TROUBLES_AGAIN};
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
    /// A message of our own cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Answers the gatherer of `address` until `stop` turns true.
pub async fn serve(
    node: Arc<Node>,
    address: Address,
    settings: Arc<BusSettings>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), LinkError> {
    let answerer = Arc::new(Answerer::new(node.clone(), address.subjects.clone()));
    let listener = Listener::new(&address, answerer.clone())?;
    let mut link = Link { node, address, answerer, listener, troubles: Seldom::every(SAY_TROUBLES_AGAIN) };
    loop {
        let bus = tokio::select! {
            bus = come_in(&link.node, &link.address, &settings) => bus,
            () = stopped(&mut stop) => return Ok(()),
        };
        if link.run(bus, &mut stop).await? == Ended::Stopped {
            return Ok(());
        }
    }
}

/// Whoever would say it is gone: that is a stop too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Link {
    node: Arc<Node>,
    address: Address,
    answerer: Arc<Answerer>,
    listener: Listener,
    troubles: Seldom,
}

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// By us.
    Stopped,
    /// By the server, or by what lies between.
    Lost,
}

impl Link {
    async fn run(&mut self, mut bus: Bus, stop: &mut watch::Receiver<bool>) -> Result<Ended, LinkError> {
        // A connection that ends while it is made is made again.
        let Ok(mut polls) = self.subscribe(&bus).await else { return Ok(Ended::Lost) };
        self.answerer.speak_over(bus.client());
        self.troubles.reset();
        tracing::info!("connected to {}; gatherer {}", self.address.servers.join(","), self.address.gatherer);
        let mut announcements = Announcements::new();
        let mut closed = false;
        loop {
            tokio::select! {
                () = stopped(stop) => break,
                () = announcements.due() => {
                    self.announce(&bus).await?;
                    announcements.said();
                }
                message = polls.next() => match message {
                    Some(message) => if self.listener.take(&message) {
                        announcements.heard();
                    },
                    // What the connection brought before its end is read.
                    None => return Ok(Ended::Lost),
                },
                event = bus.event(), if !closed => {
                    match event {
                        BusEvent::Up => announcements.begin(),
                        BusEvent::Down => announcements.heard(),
                        BusEvent::Closed => closed = true,
                        _ => {}
                    }
                    self.tell(event)?;
                }
            }
        }
        // What is published after the goodbye would be lost with the connection, unsaid.
        self.listener.finish(FAREWELL).await;
        say_goodbye(bus.client(), &self.node, &self.address).await;
        bus.close(FAREWELL).await;
        Ok(Ended::Stopped)
    }

    async fn subscribe(&self, bus: &Bus) -> Result<SelectAll<Subscriber>, SubscribeError> {
        let me = self.node.identity.public_key();
        let mut polls = Vec::new();
        for subject in self.address.subjects.polls_for(&self.address.gatherer, &me) {
            polls.push(bus.client().subscribe(subject).await?);
        }
        Ok(select_all(polls))
    }

    async fn announce(&self, bus: &Bus) -> Result<(), LinkError> {
        match announce(bus.client(), &self.node, &self.address).await {
            // Announced again at the reconnect.
            Ok(()) | Err(AnnounceError::Bus(BusError::Away | BusError::Closed)) => Ok(()),
            Err(AnnounceError::Bus(error)) => Err(error.into()),
            Err(AnnounceError::Seal(error)) => Err(error.into()),
        }
    }

    /// Logs and counts what happened to the connection. What the server denies is the end.
    fn tell(&mut self, event: BusEvent) -> Result<(), LinkError> {
        let now = self.node.clock.now();
        match event {
            BusEvent::Up => {
                tracing::info!("connected again; gatherer {}", self.address.gatherer);
                self.troubles.reset();
            }
            BusEvent::Down => {
                tracing::warn!("NATS at {} is away; it is tried until it is back", self.address.servers.join(","));
            }
            BusEvent::Refused => {
                if self.troubles.due(now, "refused").is_some() {
                    let key = self.node.identity.public_key();
                    tracing::error!("NATS refuses the login of {key}, which it took before: was it revoked?");
                }
            }
            BusEvent::Denied(what) => return Err(LinkError::Denied(what)),
            BusEvent::Lost => {
                let _ = self.node.counters.count("statsgrid.polls_lost", 1);
                if self.troubles.due(now, "lost").is_some() {
                    tracing::warn!("polls were lost: they came faster than they were read");
                }
            }
            BusEvent::Said(what) => {
                if self.troubles.due(now, "said").is_some() {
                    tracing::warn!("NATS: {what}");
                }
            }
            BusEvent::Closed => {}
        }
        Ok(())
    }
}
