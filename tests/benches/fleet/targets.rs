//! What rivals scrape: as many nodes as they are asked for, with the names and numbers of the simulated fleet's.
//!
//! Each node has an address of its own (127.1.x.y), as each machine has: so who scrapes keeps a connection for each, and has
//! as many instances. Left out on purpose, in favour of the rivals: the lines of help and type that exporters say with each
//! scrape, and compression, which they would have to undo.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use statsgrid_tests::fleet::Report;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::{Failed, http};

/// They are there as long as this is.
pub struct Targets {
    addresses: Vec<SocketAddr>,
    scrapes: Arc<AtomicU64>,
    _runtime: Runtime,
}

/// Addresses that are tried until one port is free on all of them.
const TRIES: u32 = 20;

impl Targets {
    /// So many, each with the numbers of `report`.
    pub fn serve(count: u32, report: &Report) -> Result<Self, Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listeners = runtime.block_on(listeners(count))?;
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?;
        let scrapes = Arc::new(AtomicU64::new(0));
        for (index, listener) in (0..).zip(listeners) {
            let (report, scrapes, own) = (report.clone(), scrapes.clone(), Arc::new(AtomicU64::new(0)));
            runtime.spawn(http::serve(listener, move |_| {
                scrapes.fetch_add(1, Relaxed);
                // Each scrape finds other numbers.
                exposition(&report, index, own.fetch_add(1, Relaxed) as u32)
            }));
        }
        Ok(Self { addresses, scrapes, _runtime: runtime })
    }

    /// Where they are.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// How often they were scraped, all together.
    pub fn scrapes(&self) -> u64 {
        self.scrapes.load(Relaxed)
    }
}

async fn listeners(count: u32) -> Result<Vec<TcpListener>, Failed> {
    let mut last = None;
    for _ in 0..TRIES {
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        match on_port(count, port).await {
            Ok(listeners) => return Ok(listeners),
            Err(error) => last = Some(error),
        }
    }
    Err(format!("no port is free for all targets: {last:?}").into())
}

async fn on_port(count: u32, port: u16) -> std::io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    // 127.1.0.0 and so on.
    for address in (0x7F01_0000..).take(count as usize) {
        listeners.push(TcpListener::bind((Ipv4Addr::from_bits(address), port)).await?);
    }
    Ok(listeners)
}

/// The response to one scrape.
fn exposition(report: &Report, index: u32, round: u32) -> String {
    let (counters, stats) = report.numbers(index, round);
    let mut lines = String::with_capacity(1 << 10);
    for (name, value) in counters.iter() {
        let _ = writeln!(lines, "{} {value}", metric(name));
    }
    for (name, value) in stats.iter() {
        let _ = writeln!(lines, "{} {value}", metric(name));
    }
    let (kind, bytes) = ("text/plain; version=0.0.4; charset=utf-8", lines.len());
    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {bytes}\r\n\r\n{lines}")
}

fn metric(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}
