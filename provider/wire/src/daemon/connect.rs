//! Ways onto the bus: one try, and tries until one works.

use std::error::Error;
use std::io;
use std::time::Duration;

use async_nats::rustls::{self, AlertDescription};
use async_nats::{ConnectErrorKind, ConnectOptions};
use tokio::sync::mpsc;

use super::backoff::{Backoff, jittered};
use super::bus::{Bus, BusEvent};
use super::limits::{
    CLIENT_COMMANDS, CONNECT_TIMEOUT, EVENTS, RECONNECT_TRIES, RETRY_CAP, RETRY_FIRST, SAY_AGAIN, SUBSCRIPTION_MESSAGES,
};
use super::log::Seldom;
use super::login::{Login, LoginError};
use crate::{Clock, SystemClock};

/// Why a try gave no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server is there and refuses the login.
    #[error("{0}")]
    Refused(String),
    /// No server was reached, or it could not be trusted.
    #[error("{0}")]
    Unreached(String),
    /// There is nothing to log in with.
    #[error(transparent)]
    Login(#[from] LoginError),
}

/// Connects to one of `servers`, and keeps trying. Dropping the future stops it.
pub async fn connect(servers: &[String], login: Login<'_>) -> Bus {
    let mut tries = Tries::of(servers);
    loop {
        match try_connect(servers, login).await {
            Ok(bus) => return bus,
            Err(error) => tries.failed(&error).await,
        }
    }
}

/// Tries each of `servers` once at most.
pub async fn try_connect(servers: &[String], login: Login<'_>) -> Result<Bus, ConnectError> {
    let (sender, events) = mpsc::channel(EVENTS);
    let options = watched(login.options(servers)?, servers.len(), sender);
    let error = match options.connect(servers).await {
        Ok(client) => return Ok(Bus::new(client, events)),
        Err(error) => error,
    };
    Err(match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            ConnectError::Refused(login.refused())
        }
        _ => ConnectError::Unreached(tls_fault(&error, login).unwrap_or_else(|| error.to_string())),
    })
}

/// Tries that fail: each is waited for longer than the one before, and what lasts is said once, then seldom.
#[derive(Debug)]
pub struct Tries {
    servers: String,
    clock: SystemClock,
    backoff: Backoff,
    seldom: Seldom,
    /// Why the last one failed.
    last: Option<String>,
}

impl Tries {
    /// None has failed.
    pub fn of(servers: &[String]) -> Self {
        Self {
            servers: servers.join(","),
            clock: SystemClock::start(),
            backoff: Backoff::new(RETRY_FIRST, RETRY_CAP),
            seldom: Seldom::every(SAY_AGAIN),
            last: None,
        }
    }

    /// Says why, if it is due, and waits.
    pub async fn failed(&mut self, error: &ConnectError) {
        self.say(error, "trying again until it works");
        tokio::time::sleep(self.backoff.delay()).await;
    }

    /// Says why, and what comes of it.
    pub fn say(&mut self, error: &ConnectError, outlook: &str) {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let reason = format!("{error}{cause}");
        // Another reason is news, whenever it comes: a server that was away, and is there without TLS.
        let another = self.last.replace(reason.clone()).is_some_and(|last| last != reason);
        if self.seldom.due(self.clock.now(), error.kind()).is_some() || another {
            tracing::warn!("NATS at {}: {reason}; {outlook}", self.servers);
        }
    }
}

impl ConnectError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Unreached(_) => "unreached",
            Self::Login(_) => "login",
        }
    }
}

/// The client mends a connection by itself while that is quick, and ends when it is not: whoever holds it begins again
/// here. Left to itself it would try a refused login for ever, and could not be stopped.
fn watched(options: ConnectOptions, servers: usize, sender: mpsc::Sender<BusEvent>) -> ConnectOptions {
    options
        .connection_timeout(CONNECT_TIMEOUT)
        .subscription_capacity(SUBSCRIPTION_MESSAGES)
        .client_capacity(CLIENT_COMMANDS)
        .max_reconnects(servers.max(RECONNECT_TRIES))
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| {
            // A reader that stands still makes events pile up no further than the channel.
            if let Some(event) = BusEvent::from(event)
                && let Err(lost) = sender.try_send(event)
            {
                tracing::debug!("an event of the connection is not told: {lost}");
            }
            std::future::ready(())
        })
}

/// The client asks before its first try too, and that one goes at once.
fn reconnect_delay(attempts: usize) -> Duration {
    let Some(doublings) = attempts.checked_sub(2) else {
        return Duration::ZERO;
    };
    let full = Duration::from_millis(100 << doublings.min(10));
    jittered(full.min(RETRY_CAP))
}

/// What is wrong between the certificates of the two sides, with its remedy.
fn tls_fault(error: &async_nats::ConnectError, login: Login<'_>) -> Option<String> {
    let found = error.source()?.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()?;
    let ca = login.settings.tls_ca.as_ref();
    let wanted = match ca {
        Some(path) => format!("a CA in {}, which [bus] tls_ca names", path.display()),
        None => "a CA of the system's; if it is from another, name that as [bus] tls_ca".to_owned(),
    };
    match found {
        rustls::Error::InvalidCertificate(fault) => {
            Some(format!("its certificate is not taken ({fault}): it must name this host and come from {wanted}"))
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            Some("it asks for a certificate: set [bus] tls_cert and tls_key".to_owned())
        }
        rustls::Error::AlertReceived(alert) => {
            Some(format!("it ends the TLS handshake ({alert:?}): look at [bus] tls_cert and at the server's log"))
        }
        rustls::Error::InvalidMessage(_) => Some("it speaks no TLS, which is required here".to_owned()),
        _ => None,
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
