//! A file that a guest reads as a stream: wasmtime's stream, whose reads are done in the producer's thread for files.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{DynInputStream, InputStream, Pollable, StreamResult};

use super::super::grants::Disk;

/// See the module.
pub(super) struct FileStream {
    pub(super) stream: DynInputStream,
    pub(super) disk: Arc<Disk>,
}

#[async_trait]
impl InputStream for FileStream {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        // It begins a read in the background, and gives what an earlier one brought.
        let _entered = self.disk.enter();
        self.stream.read(size)
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.disk.entered(self.stream.blocking_read(size)).await
    }

    async fn cancel(&mut self) {
        self.disk.entered(self.stream.cancel()).await;
    }
}

#[async_trait]
impl Pollable for FileStream {
    async fn ready(&mut self) {
        self.disk.entered(self.stream.ready()).await;
    }
}
