//! The way onto the bus: by the node's own key; and while the server does not know that, by the enrolment login of the
//! gatherer's address, which may announce the node and nothing else, so that people learn of it.

use std::time::Duration;

use statsgrid_wire::Address;
use statsgrid_wire::daemon::{
    Backoff, Bus, BusEvent, BusSettings, ConnectError, Login, Proof, Seldom, Tries, try_connect,
};
use tokio::time::{sleep, timeout};

use super::presence::{AnnounceError, announce};
use crate::limits::{ENROL_CAP, ENROL_FIRST, ENROL_LINGER, FAREWELL, SAY_TROUBLES_AGAIN};
use crate::node::Node;

/// Connects as the node, however long that takes. Dropping the future stops it.
pub(super) async fn come_in(node: &Node, address: &Address, settings: &BusSettings) -> Bus {
    let login = |proof| Login { proof, name: &node.nickname, settings };
    let mut tries = Tries::of(&address.servers);
    let mut enrolment = Enrolment::new(node, address);
    loop {
        let error = match try_connect(&address.servers, login(Proof::Own(&node.identity))).await {
            Ok(bus) => return bus,
            Err(error) => error,
        };
        match (&error, &address.enrolment) {
            (ConnectError::Refused(_), Some((user, password))) => {
                tries.say(&error, &enrolment.outlook());
                enrolment.announce(login(Proof::Password { user, password })).await;
                sleep(enrolment.delays.delay()).await;
            }
            _ => tries.failed(&error).await,
        }
    }
}

struct Enrolment<'a> {
    node: &'a Node,
    address: &'a Address,
    delays: Backoff,
    troubles: Seldom,
}

/// Why the enrolment login does not help.
#[derive(Debug, thiserror::Error)]
enum EnrolError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Announce(#[from] AnnounceError),
    #[error("the server denies it: {0}")]
    Denied(String),
}

impl<'a> Enrolment<'a> {
    fn new(node: &'a Node, address: &'a Address) -> Self {
        let delays = Backoff::new(ENROL_FIRST, ENROL_CAP);
        Self { node, address, delays, troubles: Seldom::every(SAY_TROUBLES_AGAIN) }
    }

    /// What a person has to do.
    fn outlook(&self) -> String {
        let key = self.node.identity.public_key();
        format!("it is announced by the enrolment login until then: approve {key} at the gatherer")
    }

    /// Announces the node once.
    async fn announce(&mut self, login: Login<'_>) {
        let Err(error) = self.try_to_announce(login).await else { return };
        if self.troubles.due(self.node.clock.now(), "enrolment").is_some() {
            tracing::warn!("the enrolment login cannot announce this node: {error}");
        }
    }

    async fn try_to_announce(&self, login: Login<'_>) -> Result<(), EnrolError> {
        let mut bus = try_connect(&self.address.servers, login).await?;
        announce(bus.client(), self.node, self.address).await?;
        let denied = denial(&mut bus, ENROL_LINGER).await;
        bus.close(FAREWELL).await;
        denied.map_or(Ok(()), |what| Err(EnrolError::Denied(what)))
    }
}

/// What the server denies, if it does so within `limit`: it tells that in its own time, and of what it takes nothing.
async fn denial(bus: &mut Bus, limit: Duration) -> Option<String> {
    let denied = async {
        loop {
            match bus.event().await {
                BusEvent::Denied(what) => return Some(what),
                BusEvent::Closed => return None,
                _ => {}
            }
        }
    };
    timeout(limit, denied).await.ok().flatten()
}
