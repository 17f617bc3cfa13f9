//! Outbound HTTP: to the hosts and ports that a section lists, and to nothing else.
//!
//! A host is the name or the address that stands there: what a name's address is, and whether it is one of this machine,
//! is the choice of whoever granted it. Redirects are the guest's, and each is a request of its own. The guest's memory
//! bounds what it keeps of an answer; what is under way is read as the guest takes it, so the host holds a buffer of
//! each connection and no more, and there are few connections.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use super::refusals::Refusals;
use crate::limits::HTTP_CHUNK_BYTES;
use crate::settings::HttpHost;

/// Where one producer's requests may go.
pub struct Outbound {
    granted: Arc<[HttpHost]>,
    requests: Arc<Semaphore>,
    refusals: Arc<Refusals>,
    patience: Duration,
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(Response<WasiBody>, Io), Error>;

impl Outbound {
    pub(super) fn to(
        granted: Arc<[HttpHost]>,
        requests: Arc<Semaphore>,
        refusals: Arc<Refusals>,
        patience: Duration,
    ) -> Self {
        Self { granted, requests, refusals, patience }
    }

    /// Whether a request may go where its URI says.
    fn allows(&self, request: &Request<WasiBody>) -> bool {
        let uri = request.uri();
        let host = HttpHost::of(uri.host().unwrap_or_default(), uri.port_u16(), uri.scheme_str() == Some("https"));
        // `user@host` has the host right, but nobody needs it.
        let is_plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let allowed = is_plain && self.granted.contains(&host);
        if !allowed {
            self.refusals.tell(&format!("HTTP to {host}"), "its section lists no such host under `http`");
        }
        allowed
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        if !self.allows(&request) {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        let Ok(permit) = self.requests.clone().try_acquire_owned() else {
            return Box::new(async { Err(Error::ConnectionLimitReached) });
        };
        let options = capped(options.unwrap_or_default(), self.patience);
        Box::new(async move {
            let (response, io) = default_send_request(request, Some(options)).await?;
            let io: Io = Box::new(async move {
                let ended = io.await;
                drop(permit);
                ended
            });
            Ok((response.map(WasiBody::new), io))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        HTTP_CHUNK_BYTES
    }
}

/// What outlasts the call that asked is of no use to it, and holds a connection.
fn capped(options: RequestOptions, most: Duration) -> RequestOptions {
    let cap = |wanted: Option<Duration>| Some(wanted.map_or(most, |wanted| wanted.min(most)));
    RequestOptions {
        connect_timeout: cap(options.connect_timeout),
        first_byte_timeout: cap(options.first_byte_timeout),
        between_bytes_timeout: cap(options.between_bytes_timeout),
    }
}
