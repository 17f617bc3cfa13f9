//! Accepts connections and answers the requests on them, each within bounds, so that no reader holds up another.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;

use http::{HeaderValue, Method, Request as HttpRequest, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::answer::{Answered, Sent};
use super::connections::{Busy, Connections};
use super::host::Names;
use super::{Answer, Body, Listen, Request};
use crate::daemon::limits::{
    HTTP_ACCEPT_PAUSE, HTTP_BUFFER_BYTES, HTTP_CONNECTION, HTTP_CONNECTIONS, HTTP_FAREWELL, HTTP_HEADER_BYTES,
    HTTP_HEADER_TIME, HTTP_HEADERS, HTTP_PATH_BYTES,
};

/// What is served.
pub trait Site: Send + Sync + 'static {
    /// Says what is asked for.
    fn answer(&self, request: &Request) -> impl Future<Output = Answer> + Send;
}

/// An address that is held, and connections that wait for it to be served.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    names: Names,
}

/// The address cannot be held.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address}: give another `listen` or --listen, or stop what holds it (port 0 takes a free one)"
)]
pub struct BindError {
    /// Which one.
    pub address: Listen,
    /// Why.
    pub source: io::Error,
}

impl Server {
    /// Holds the address. `names` are those under which readers find it, beside addresses and `localhost`.
    pub fn bind(listen: Listen, names: Vec<String>) -> Result<Self, BindError> {
        let bind = || {
            let listener = TcpListener::bind(listen.0)?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address, names: Names::of(address.ip(), names) })
        };
        bind().map_err(|source| BindError { address: listen, source })
    }

    /// The address, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `site` for as long as this is polled.
    pub async fn serve(self, site: Arc<impl Site>) -> io::Result<Infallible> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let names = Arc::new(self.names);
        let mut connections = Connections::at_most(HTTP_CONNECTIONS);
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (site, names) = (site.clone(), names.clone());
                    connections.take_in(|busy| converse(stream, site, names, busy));
                }
                // The one who came went away, or no file is left to open: neither is a reason to end.
                Err(error) => {
                    tracing::debug!("a connection was not accepted: {error}");
                    sleep(HTTP_ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// One connection, from its first request to its end.
async fn converse(stream: TcpStream, site: Arc<impl Site>, names: Arc<Names>, busy: Busy) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: HttpRequest<Incoming>| {
        let (site, names, busy) = (site.clone(), names.clone(), busy.clone());
        async move {
            let answering = busy.answering();
            let response = answer(request, site.as_ref(), &names).await;
            Answered::Ok(response.map(|body| Sent::of(body, answering)))
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HTTP_HEADER_TIME)
        .max_headers(HTTP_HEADERS)
        .max_header_size(HTTP_HEADER_BYTES)
        .max_buf_size(HTTP_BUFFER_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // What goes wrong in it is its reader's affair.
    if timeout(HTTP_CONNECTION, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(HTTP_FAREWELL, connection).await;
    }
}

async fn answer(request: HttpRequest<Incoming>, site: &impl Site, names: &Names) -> Response<Body> {
    let (parts, _) = request.into_parts();
    if !names.lead_to(&parts) {
        let refusal = "this name does not lead here: use the address, or tell the server its name by --listen-name";
        return Answer::text(refusal).with(StatusCode::MISDIRECTED_REQUEST).into_response();
    }
    if parts.method != Method::GET && parts.method != Method::HEAD {
        let refusal = Answer::text("only GET and HEAD: nothing can be changed here");
        let mut response = refusal.with(StatusCode::METHOD_NOT_ALLOWED).into_response();
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    if parts.uri.path_and_query().is_some_and(|path| path.as_str().len() > HTTP_PATH_BYTES) {
        return Answer::text("the path is too long").with(StatusCode::URI_TOO_LONG).into_response();
    }
    site.answer(&Request::of(&parts)).await.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::web::Chunks;
    use bytes::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// `/path` is answered by itself, `/cut` ends before its time, and `/long` is more than any buffer holds.
    struct Echo;

    const LONG: usize = 32 << 20;

    impl Site for Echo {
        async fn answer(&self, request: &Request) -> Answer {
            if request.path() == "/cut" {
                let chunks: Chunks = Box::new([Some(Bytes::from("half")), None].into_iter());
                return Answer::of("text/plain", chunks);
            }
            if request.path() == "/long" {
                return Answer::of("text/plain", vec![b'x'; LONG]);
            }
            Answer::text(request.path())
        }
    }

    async fn ask(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // A server that has heard enough may close before all is said.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn only_what_reads_is_answered_and_within_bounds() {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), Vec::new()).unwrap();
        let address = server.address();
        tokio::spawn(server.serve(Arc::new(Echo)));
        let check = async |request: &str, status: &str, holds: &str| {
            let answer = ask(address, request.replace('\n', "\r\n").as_bytes()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
            assert!(answer.contains(holds), "{request}: {answer}");
        };
        let close = "Host: localhost\nConnection: close\n\n";
        check(&format!("GET /a?b HTTP/1.1\n{close}"), "200", "\r\n\r\n/a\n").await;
        check(&format!("GET /a HTTP/1.1\n{close}"), "200", "x-content-type-options: nosniff").await;
        check(&format!("HEAD /a HTTP/1.1\n{close}"), "200", "content-length: 3\r\n").await;
        check(&format!("POST /a HTTP/1.1\n{close}"), "405", "allow: GET, HEAD").await;
        check(&format!("DELETE /a HTTP/1.1\n{close}"), "405", "nothing can be changed").await;
        check("GET /a HTTP/1.1\nHost: evil.example\nConnection: close\n\n", "421", "--listen-name").await;
        check(&format!("GET /{} HTTP/1.1\n{close}", "a".repeat(1024)), "414", "too long").await;
        check(&format!("GET /a HTTP/1.1\nX: {}\n{close}", "a".repeat(16 * 1024)), "431", "").await;
        check(&format!("GET /a HTTP/1.1\n{}{close}", "X: y\n".repeat(64)), "431", "").await;
        check("nonsense\n\n", "400", "").await;
        // A body that is given up has no end, so nobody takes it for whole.
        let cut = ask(address, b"GET /cut HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(!cut.ends_with("0\r\n\r\n"), "{cut}");
    }

    #[tokio::test]
    async fn who_is_being_answered_stays_while_others_say_nothing() {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), Vec::new()).unwrap();
        let address = server.address();
        tokio::spawn(server.serve(Arc::new(Echo)));
        let mut reader = TcpStream::connect(address).await.unwrap();
        reader.write_all(b"GET /long HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        // The answer has begun.
        reader.read_u8().await.unwrap();
        let mut silent = Vec::new();
        for _ in 0..2 * HTTP_CONNECTIONS {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        // They have all been accepted, the last of them too.
        assert!(ask(address, b"GET /a HTTP/1.0\r\n\r\n").await.ends_with("/a\n"));
        let mut answer = Vec::new();
        reader.read_to_end(&mut answer).await.unwrap();
        assert!(answer.len() > LONG, "{} bytes", answer.len());
    }

    #[test]
    fn an_address_that_is_held_is_named() {
        let held = Server::bind("127.0.0.1:0".parse().unwrap(), Vec::new()).unwrap();
        let error = Server::bind(Listen(held.address()), Vec::new()).unwrap_err();
        let expected = format!("cannot listen on {}: give another `listen`", held.address());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
