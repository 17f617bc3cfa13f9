//! Where a rival that stores nothing writes what it has scraped: it takes all and drops it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::{Failed, http};

/// It is there as long as this is.
pub struct Sink {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
    _runtime: Runtime,
}

impl Sink {
    /// Starts it.
    pub fn serve() -> Result<Self, Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let (address, bytes) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
        let taken = bytes.clone();
        runtime.spawn(http::serve(listener, move |body| {
            taken.fetch_add(body as u64, Relaxed);
            "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
        }));
        Ok(Self { address, bytes, _runtime: runtime })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that it has taken, compressed as they came.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }
}
