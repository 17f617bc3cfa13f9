//! The connection to the bus, kept for ever.
//!
//! The first connection is made here, again and again with a growing delay, and every later one by the client, with a
//! delay of our choosing. What the server says on the way comes as [`BusEvent`]s, for the client tells refused
//! permissions and lost messages by events alone: a denied publish or subscribe returns Ok.

use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, HeaderMap, ServerError};
use tokio::sync::mpsc;

use super::backoff::{Backoff, jittered};
use super::limits::{CLIENT_COMMANDS, CONNECT_TIMEOUT, EVENTS, RETRY_CAP, SAY_AGAIN, SUBSCRIPTION_MESSAGES};
use super::log::Seldom;
use crate::envelope::Sealed;
use crate::{Clock, Identity, KeyError, SystemClock};

/// Who logs in, and under which name the server shows the connection.
#[derive(Debug)]
pub struct Login<'a> {
    /// The nkey: used where the server asks for one.
    pub identity: &'a Identity,
    /// Shown in the server's list of connections.
    pub name: &'a str,
}

/// A connection.
#[derive(Debug)]
pub struct Bus {
    client: Client,
    events: mpsc::Receiver<BusEvent>,
    /// The client tells of its first connection too, which whoever holds this knows of.
    first_up_told: bool,
}

/// What happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusEvent {
    /// There again.
    Up,
    /// Away.
    Down,
    /// The server refused a publication or a subscription: its own words.
    Denied(String),
    /// Messages of a subscription were lost, for they came faster than they were read.
    Lost,
    /// Anything else that the server or the client says.
    Said(String),
    /// The last one: the connection is closed.
    Closed,
}

/// Why nothing goes on the bus.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The key cannot log in.
    #[error("the identity cannot be used for the login")]
    Key(#[from] KeyError),
    /// The connection is closed for good.
    #[error("the connection to the bus is closed")]
    Closed,
    /// There is no connection now.
    #[error("the bus is away")]
    Away,
    /// The server takes no message of this size.
    #[error("a message of {bytes} bytes; the server's max_payload is {max}")]
    TooLarge {
        /// Body and headers.
        bytes: usize,
        /// What the server takes.
        max: usize,
    },
}

/// Connects to one of `servers`, and keeps trying: it says so once, then seldom. Dropping the future stops it.
pub async fn connect(servers: &[String], login: Login<'_>) -> Result<Bus, BusError> {
    let clock = SystemClock::start();
    let mut backoff = Backoff::new(Duration::from_millis(250), RETRY_CAP);
    let mut seldom = Seldom::every(SAY_AGAIN);
    loop {
        let (sender, events) = mpsc::channel(EVENTS);
        let error = match options(&login, sender)?.connect(servers).await {
            Ok(client) => {
                return Ok(Bus { client, events, first_up_told: false });
            }
            Err(error) => error,
        };
        let (kind, what) = match error.kind() {
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                ("refused", format!("it refuses the key {}: add it to its users", login.identity.public_key()))
            }
            _ => ("unreached", error.to_string()),
        };
        if seldom.due(clock.now(), kind).is_some() {
            tracing::warn!("NATS at {}: {what}; trying again until it works", servers.join(","));
        }
        tokio::time::sleep(backoff.delay()).await;
    }
}

fn options(login: &Login<'_>, sender: mpsc::Sender<BusEvent>) -> Result<ConnectOptions, BusError> {
    let options = ConnectOptions::with_nkey(login.identity.seed()?)
        .name(login.name)
        .connection_timeout(CONNECT_TIMEOUT)
        .subscription_capacity(SUBSCRIPTION_MESSAGES)
        .client_capacity(CLIENT_COMMANDS)
        .max_reconnects(None)
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| {
            // A reader that stands still makes events pile up no further than the channel.
            if let Some(event) = BusEvent::from(event)
                && let Err(lost) = sender.try_send(event)
            {
                tracing::debug!("an event of the connection is not told: {lost}");
            }
            std::future::ready(())
        });
    Ok(options)
}

/// The client asks before its first try too, and that one goes at once.
fn reconnect_delay(attempts: usize) -> Duration {
    let Some(doublings) = attempts.checked_sub(2) else {
        return Duration::ZERO;
    };
    let full = Duration::from_millis(100 << doublings.min(10));
    jittered(full.min(RETRY_CAP))
}

impl Bus {
    /// The client, to subscribe with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What happened next; [`BusEvent::Closed`] for ever once it is closed.
    pub async fn event(&mut self) -> BusEvent {
        loop {
            match self.events.recv().await {
                Some(BusEvent::Up) if !self.first_up_told => self.first_up_told = true,
                event => return event.unwrap_or(BusEvent::Closed),
            }
        }
    }

    /// Publishes, or says why not. While the connection is away nothing is queued: it would arrive stale.
    pub async fn publish(client: &Client, sealed: Sealed) -> Result<(), BusError> {
        if client.connection_state() != async_nats::connection::State::Connected {
            return Err(BusError::Away);
        }
        let (bytes, max) = (sealed.body.len() + crate::limits::HEADER_BYTES, client.max_payload());
        if bytes > max {
            return Err(BusError::TooLarge { bytes, max });
        }
        let mut headers = HeaderMap::new();
        for (name, value) in sealed.headers {
            headers.insert(name, value);
        }
        let published = client.publish_with_headers(sealed.subject, headers, sealed.body.into()).await;
        published.map_err(|_| BusError::Closed)
    }

    /// Sends what is under way and closes the connection; waits for its end no longer than `patience`.
    pub async fn close(mut self, patience: Duration) {
        let farewell = async {
            // Neither alone is enough: flush hands the bytes to the socket, drain asks for the end, and the end is
            // told by an event.
            let _ = self.client.flush().await;
            let _ = self.client.drain().await;
            while self.event().await != BusEvent::Closed {}
        };
        let _ = tokio::time::timeout(patience, farewell).await;
    }
}

impl BusError {
    /// Its kind in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Closed => "closed",
            Self::Away => "away",
            Self::TooLarge { .. } => "too large",
        }
    }
}

impl BusEvent {
    fn from(event: Event) -> Option<Self> {
        match event {
            Event::Connected => Some(Self::Up),
            Event::Disconnected => Some(Self::Down),
            Event::Closed => Some(Self::Closed),
            Event::SlowConsumer(_) => Some(Self::Lost),
            Event::ServerError(ServerError::SlowConsumer(_)) => Some(Self::Lost),
            Event::ServerError(ServerError::Other(text)) if text.to_lowercase().contains("permissions violation") => {
                Some(Self::Denied(text))
            }
            Event::Draining => None,
            other => Some(Self::Said(other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_try_goes_at_once_and_the_later_ones_stay_below_the_cap() {
        assert_eq!(reconnect_delay(0), Duration::ZERO);
        assert_eq!(reconnect_delay(1), Duration::ZERO);
        assert!(reconnect_delay(2) >= Duration::from_millis(50));
        assert!(reconnect_delay(1_000_000) <= RETRY_CAP);
    }
}
