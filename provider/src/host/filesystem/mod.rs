//! The file system as a guest sees it: wasmtime's, with three differences.
//!
//! `open-at` is ours, for wasmtime's opens whatever there is, and a FIFO would hold its thread for ever. Whatever touches
//! a disk is done in the producer's one thread for that. And nothing is written, whatever the descriptor.

mod descriptor;
mod open_at;
mod stream;

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemCtxView;
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, DirectoryEntry, DirectoryEntryStream, ErrorCode, Host, HostDirectoryEntryStream,
};

use super::grants::{Disk, Grants};
use super::listings::Listings;
use super::state::State;

/// Links `wasi:filesystem/types` in the place of wasmtime's.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    types::add_to_linker::<State, GrantedFiles>(linker, |state| {
        let State { wasi, table, grants, listings, .. } = state;
        let wasi = WasiFilesystemCtxView { ctx: wasi.filesystem(), table };
        Files { wasi, grants: grants.clone(), listings }
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

struct GrantedFiles;

impl HasData for GrantedFiles {
    type Data<'a> = Files<'a>;
}

/// One call's view of a guest's files.
struct Files<'a> {
    wasi: WasiFilesystemCtxView<'a>,
    grants: Arc<Grants>,
    listings: &'a mut Listings,
}

impl Files<'_> {
    fn disk(&self) -> Arc<Disk> {
        self.grants.disk().clone()
    }
}

impl Host for Files<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.wasi.convert_error_code(error)
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        self.wasi.filesystem_error_code(error)
    }
}

impl HostDirectoryEntryStream for Files<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.wasi.read_directory_entry(stream).await
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.listings.remove(stream.rep());
        HostDirectoryEntryStream::drop(&mut self.wasi, stream)
    }
}
