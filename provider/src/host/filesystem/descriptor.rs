//! A guest's open file or folder.

use std::path::Path;

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntryStream, ErrorCode, HostDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsResult};

use super::super::listings;
use super::Files;
use super::open_at::{Asked, check_flags, failed, path_in};
use super::stream::FileStream;
use crate::limits::FOLDER_ENTRIES;

type Fd = Resource<Descriptor>;

/// Calls the method of wasmtime's file system with its work done in the producer's thread.
macro_rules! in_thread {
    ($self:ident.$method:ident($($argument:expr),*)) => {{
        let disk = $self.disk();
        disk.entered(HostDescriptor::$method(&mut $self.wasi, $($argument),*)).await
    }};
}

/// The answer to all that would change something.
fn read_only<T>() -> FsResult<T> {
    Err(ErrorCode::NotPermitted.into())
}

impl Files<'_> {
    /// Names what is asked for, in case the disk does not answer.
    fn asks_for(&self, fd: &Fd, path: &str) -> FsResult<()> {
        if let Descriptor::Dir(folder) = self.wasi.table.get(fd)? {
            self.grants.disk().asks_for(&path_in(&folder.dir, Path::new(path)));
        }
        Ok(())
    }
}

impl HostDescriptor for Files<'_> {
    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Fd> {
        check_flags(open, flags)?;
        self.asks_for(&fd, &path)?;
        let Descriptor::Dir(folder) = self.wasi.table.get(&fd)? else {
            return Err(ErrorCode::NotDirectory.into());
        };
        let asked = Asked {
            folder: folder.dir.clone(),
            path: path.into(),
            follow: path_flags.contains(PathFlags::SYMLINK_FOLLOW),
            must_be_folder: open.contains(OpenFlags::DIRECTORY),
        };
        let (disk, grants) = (self.disk(), self.grants.clone());
        let opened = disk.entered(disk.spawn(move |_| asked.open(&grants))).await;
        let opened = opened.map_err(std::io::Error::from)?.map_err(failed)?;
        Ok(self.wasi.table.push(opened.descriptor()?)?)
    }

    async fn stat_at(&mut self, fd: Fd, flags: PathFlags, path: String) -> FsResult<DescriptorStat> {
        self.asks_for(&fd, &path)?;
        in_thread!(self.stat_at(fd, flags, path))
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        self.asks_for(&fd, &path)?;
        in_thread!(self.readlink_at(fd, path))
    }

    async fn metadata_hash_at(&mut self, fd: Fd, flags: PathFlags, path: String) -> FsResult<MetadataHashValue> {
        self.asks_for(&fd, &path)?;
        in_thread!(self.metadata_hash_at(fd, flags, path))
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        self.asks_for(&fd, "")?;
        if let Descriptor::Dir(folder) = self.wasi.table.get(&fd)? {
            let (disk, folder, room) = (self.disk(), folder.dir.clone(), self.listings.room());
            let shown = format!("folder {}", path_in(&folder, Path::new("")).display());
            let counted = disk.entered(disk.spawn(move |_| listings::count(&folder, room))).await;
            let Some(entries) = counted.map_err(std::io::Error::from)?.map_err(failed)? else {
                let reason = format!("with the lists that it holds it would have more than {FOLDER_ENTRIES} entries");
                self.grants.refusals().tell(&shown, &reason);
                return Err(ErrorCode::Overflow.into());
            };
            let list: FsResult<_> = in_thread!(self.read_directory(fd));
            let list = list?;
            self.listings.add(list.rep(), entries);
            return Ok(list);
        }
        Err(ErrorCode::NotDirectory.into())
    }

    async fn read(&mut self, fd: Fd, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        in_thread!(self.read(fd, length, offset))
    }

    fn read_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let stream = HostDescriptor::read_via_stream(&mut self.wasi, fd, offset)?;
        let stream = self.wasi.table.delete(stream)?;
        let stream: DynInputStream = Box::new(FileStream { stream, disk: self.disk() });
        Ok(self.wasi.table.push(stream)?)
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<DescriptorStat> {
        in_thread!(self.stat(fd))
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<DescriptorFlags> {
        in_thread!(self.get_flags(fd))
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<DescriptorType> {
        in_thread!(self.get_type(fd))
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<MetadataHashValue> {
        in_thread!(self.metadata_hash(fd))
    }

    async fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        in_thread!(self.is_same_object(a, b))
    }

    async fn advise(&mut self, fd: Fd, offset: u64, length: u64, advice: Advice) -> FsResult<()> {
        in_thread!(self.advise(fd, offset, length, advice))
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        HostDescriptor::drop(&mut self.wasi, fd)
    }

    // Nothing was written, so nothing is to be synced; and a sync of a whole disk would be no small wish.
    async fn sync_data(&mut self, _: Fd) -> FsResult<()> {
        Ok(())
    }

    async fn sync(&mut self, _: Fd) -> FsResult<()> {
        Ok(())
    }

    async fn set_size(&mut self, _: Fd, _: u64) -> FsResult<()> {
        read_only()
    }

    async fn set_times(&mut self, _: Fd, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        read_only()
    }

    async fn set_times_at(&mut self, _: Fd, _: PathFlags, _: String, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        read_only()
    }

    async fn write(&mut self, _: Fd, _: Vec<u8>, _: u64) -> FsResult<u64> {
        read_only()
    }

    fn write_via_stream(&mut self, _: Fd, _: u64) -> FsResult<Resource<DynOutputStream>> {
        read_only()
    }

    fn append_via_stream(&mut self, _: Fd) -> FsResult<Resource<DynOutputStream>> {
        read_only()
    }

    async fn create_directory_at(&mut self, _: Fd, _: String) -> FsResult<()> {
        read_only()
    }

    async fn link_at(&mut self, _: Fd, _: PathFlags, _: String, _: Fd, _: String) -> FsResult<()> {
        read_only()
    }

    async fn remove_directory_at(&mut self, _: Fd, _: String) -> FsResult<()> {
        read_only()
    }

    async fn rename_at(&mut self, _: Fd, _: String, _: Fd, _: String) -> FsResult<()> {
        read_only()
    }

    async fn symlink_at(&mut self, _: Fd, _: String, _: String) -> FsResult<()> {
        read_only()
    }

    async fn unlink_file_at(&mut self, _: Fd, _: String) -> FsResult<()> {
        read_only()
    }
}
