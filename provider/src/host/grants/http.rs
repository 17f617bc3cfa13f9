//! Outbound HTTP: to the hosts and ports that a section lists, and to nothing else.
//!
//! A host is the name or the address that stands there: what a name's address is, and whether it is one of this machine,
//! is the choice of whoever granted it. Redirects are the guest's, and each is a request of its own. The guest's memory
//! bounds what it keeps of an answer; what is under way is read as the guest takes it, so the host holds a buffer of
//! each connection and no more, and there are few connections.

use std::future::Future;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
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
        let uri = request.uri();
        let name = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or_default());
        Box::new(async move {
            let lookup = Lookup::of(permit, move || drop(name.to_socket_addrs()));
            let answer = default_send_request(request, Some(options)).await;
            // Where no connection stood in time, a name server may be what was waited for.
            if let Err(error @ Error::ConnectionTimeout) = answer {
                return Err(error);
            }
            let permit = lookup.ended();
            let (response, io) = answer?;
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

/// The lookup of a name that a request begins with, and the request's permit.
///
/// The system's resolver holds a thread until it gives up, whoever has given up before. So a request that ends in the
/// midst of it keeps its permit until the same lookup, made once more, is over: begun later, it ends later. Otherwise a
/// guest that drops its requests would have all threads of the provider wait for a name server that is silent.
struct Lookup {
    /// None: it is over.
    held: Option<(OwnedSemaphorePermit, Again)>,
}

/// Makes the lookup once more.
type Again = Box<dyn FnOnce() + Send>;

impl Lookup {
    fn of(permit: OwnedSemaphorePermit, again: impl FnOnce() + Send + 'static) -> Self {
        Self { held: Some((permit, Box::new(again))) }
    }

    /// It is over, and the permit is free for what follows.
    fn ended(mut self) -> Option<OwnedSemaphorePermit> {
        self.held.take().map(|(permit, _)| permit)
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        if let (Some((permit, again)), Ok(runtime)) = (self.held.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || {
                again();
                drop(permit);
            });
        }
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_request_that_is_dropped_holds_its_place_until_its_lookup_is_over() {
        let requests = Arc::new(Semaphore::new(1));
        let permit = || requests.clone().try_acquire_owned();
        let (answer, server_answers) = mpsc::channel::<()>();
        drop(Lookup::of(permit().unwrap(), move || server_answers.recv().unwrap()));
        assert!(permit().is_err(), "another lookup would hold another thread");
        answer.send(()).unwrap();
        let permit = requests.clone().acquire_owned().await.unwrap();

        let held = Lookup::of(permit, || panic!("it was over"));
        drop(held.ended());
        assert_eq!(requests.available_permits(), 1);
    }
}
