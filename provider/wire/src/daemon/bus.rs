//! A connection to the bus, and what the server says on it.
//!
//! The client tells refused permissions and lost messages by events alone: a denied publish or subscribe returns Ok.

use std::time::Duration;

use async_nats::{Client, ClientError, ConnectErrorKind, Event, HeaderMap, ServerError};
use tokio::sync::mpsc;

use crate::envelope::Sealed;

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
    /// The server takes this login no more: the connection was ended, or is not mended.
    Refused,
    /// The server refused a publication or a subscription: its own words.
    Denied(String),
    /// Messages of a subscription were lost, for they came faster than they were read.
    Lost,
    /// Anything else that the server or the client says.
    Said(String),
    /// The last one: the connection has ended, and does not come back by itself.
    Closed,
}

/// Why a message is not published.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The connection has ended.
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

impl Bus {
    pub(super) fn new(client: Client, events: mpsc::Receiver<BusEvent>) -> Self {
        Self { client, events, first_up_told: false }
    }

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
            Self::Closed => "closed",
            Self::Away => "away",
            Self::TooLarge { .. } => "too large",
        }
    }
}

impl BusEvent {
    pub(super) fn from(event: Event) -> Option<Self> {
        match event {
            Event::Connected => Some(Self::Up),
            Event::Disconnected => Some(Self::Down),
            Event::Closed => Some(Self::Closed),
            Event::SlowConsumer(_) => Some(Self::Lost),
            Event::ServerError(ServerError::SlowConsumer(_)) => Some(Self::Lost),
            Event::ServerError(ServerError::AuthorizationViolation) => Some(Self::Refused),
            Event::ServerError(ServerError::Other(text)) if text.to_lowercase().contains("permissions violation") => {
                Some(Self::Denied(text))
            }
            Event::ClientError(ClientError::Other(text)) if is_refusal(&text) => Some(Self::Refused),
            // Another try that failed: either the next one works, or the connection ends and it is said why.
            Event::Draining | Event::ClientError(_) => None,
            other => Some(Self::Said(other.to_string())),
        }
    }
}

/// Of a try that failed the client tells the kind alone, and as text.
fn is_refusal(text: &str) -> bool {
    let kinds = [ConnectErrorKind::AuthorizationViolation, ConnectErrorKind::Authentication];
    kinds.iter().any(|kind| kind.to_string() == text)
}
