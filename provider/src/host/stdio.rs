//! A producer's stdout and stderr: lines in the provider's log, named, cut and rate limited.
//!
//! It never errs and never blocks: a stream that is full would trap the guest that prints, and a chatty producer is no
//! reason to lose its stats.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::limits::{LOG_LINE_BYTES, LOG_LINES, LOG_WINDOW};

/// The stream of one producer.
#[derive(Clone)]
pub(super) struct LogStream(Arc<Mutex<Lines>>);

/// Cuts bytes into lines and lines into what may be logged.
struct Lines {
    producer: String,
    line: Vec<u8>,
    window: Instant,
    logged: u32,
    suppressed: u64,
}

impl LogStream {
    pub(super) fn of(producer: &str) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            producer: producer.to_owned(),
            line: Vec::new(),
            window: Instant::now(),
            logged: 0,
            suppressed: 0,
        })))
    }
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                self.end_line();
            } else if self.line.len() < LOG_LINE_BYTES {
                self.line.push(*byte);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if self.window.elapsed() >= LOG_WINDOW {
            if self.suppressed > 0 {
                tracing::warn!(producer = %self.producer, "{} more lines were not logged", self.suppressed);
            }
            (self.window, self.logged, self.suppressed) = (Instant::now(), 0, 0);
        }
        if self.logged == LOG_LINES {
            self.suppressed += 1;
            return;
        }
        self.logged += 1;
        // Control characters of a stranger do nothing good to a terminal.
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        let text: String = String::from_utf8_lossy(&line).chars().map(clean).collect();
        tracing::info!(producer = %self.producer, "{text}");
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
}

impl AsyncWrite for LogStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
