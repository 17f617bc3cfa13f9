//! A producer's stdout and stderr: lines in the provider's log, named, cut and rate limited.
//!
//! It never errs and never blocks: a stream that is full would trap the guest that prints, and a chatty producer is no
//! reason to lose its stats. It outlives the instances of its producer, so that one which fails over and over gets no new
//! quota each time.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::limits::LOG_LINE_BYTES;
use crate::window::Window;

/// What a guest may hand over in one write.
const WRITE_BYTES: usize = 64 << 10;

/// The stream of one producer.
#[derive(Clone, Debug)]
pub struct LogStream(Arc<Mutex<Lines>>);

/// Cuts bytes into lines and lines into what may be logged.
#[derive(Debug)]
struct Lines {
    producer: String,
    line: Vec<u8>,
    window: Window,
    most: u32,
    suppressed: u64,
}

impl LogStream {
    /// That of `producer`, which may have `most` lines a minute in the log.
    pub fn of(producer: &str, most: u32) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            producer: producer.to_owned(),
            line: Vec::new(),
            window: Window::default(),
            most,
            suppressed: 0,
        })))
    }

    /// Lines that were logged in the running minute.
    pub(crate) fn logged(&self) -> u32 {
        self.lock().window.taken(Instant::now())
    }

    /// Tells what was kept out of the log in a minute that is over.
    pub(super) fn tell(&self) {
        self.lock().turn();
    }

    /// An instance ends: what it began to say is a line.
    pub(super) fn end(&self) {
        let mut lines = self.lock();
        if !lines.line.is_empty() {
            lines.end_line();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let room = LOG_LINE_BYTES.saturating_sub(self.line.len());
            self.line.extend(text.iter().take(room));
            if text.len() < part.len() {
                self.end_line();
            }
        }
    }

    fn turn(&mut self) {
        if self.window.turn(Instant::now()) {
            self.tell_suppressed();
        }
    }

    fn tell_suppressed(&mut self) {
        if self.suppressed > 0 {
            tracing::warn!(producer = %self.producer, "{} more lines were not logged", self.suppressed);
            self.suppressed = 0;
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.turn();
        if !self.window.take(self.most) {
            self.suppressed += 1;
            return;
        }
        // Control characters of a stranger do nothing good to a terminal.
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        let text: String = String::from_utf8_lossy(&line).chars().map(clean).collect();
        tracing::info!(producer = %self.producer, "{text}");
    }
}

impl Drop for Lines {
    /// The producer is gone, and what it printed last is to be known all the same.
    fn drop(&mut self) {
        self.tell_suppressed();
    }
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    /// Without the task that stands between a guest and what may block.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.lock().take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

impl AsyncWrite for LogStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.lock().take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
