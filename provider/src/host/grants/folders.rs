//! Granted folders: read-only, under the path that the section says, and never one that holds the kernel's file systems,
//! devices or the provider's secrets.
//!
//! They are checked when the producer is loaded, so that a grant that cannot be is told at once, and again for each
//! instance; and what is opened in them is judged each time (`filesystem/`), for files and mounts come later.

use std::io;
use std::path::{Path, PathBuf};

use super::GrantError;
use super::judge::{Scope, Secrets};
use super::kernel_files::is_kernels;
use super::open::Found;

/// The folder at `path`, if it is safe to grant as a whole.
pub(super) fn find(path: &Path, secrets: &Secrets) -> Result<Found, GrantError> {
    let failed = |step| move |source| GrantError::Io { path: path.to_owned(), step, source };
    let found = Found::at(path).map_err(failed("found"))?;
    if !found.is_folder() {
        return Err(GrantError::NotFolder(path.to_owned()));
    }
    match refusal(&found, secrets).map_err(failed("examined"))? {
        Some(what) => Err(GrantError::Dangerous { path: path.to_owned(), what }),
        None => Ok(found),
    }
}

fn refusal(found: &Found, secrets: &Secrets) -> io::Result<Option<String>> {
    let real = found.path()?;
    if let Some(what) = secrets.refusal(found, Scope::Folder)? {
        return Ok(Some(what));
    }
    if let Some(secret) = secrets.in_folder(&real) {
        return Ok(Some(format!("holds the provider's own secret {}, or a hard link to it", secret.display())));
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
    Ok(kernel_mount(&mounts, &real).map(|(kind, point)| format!("holds {kind} ({})", point.display())))
}

/// The first mount of the kernel's own file systems that `folder` lies in or holds.
fn kernel_mount(mountinfo: &str, folder: &Path) -> Option<(String, PathBuf)> {
    let is_refused = |kind: &str, point: &Path| is_kernels(kind) || point == Path::new("/dev");
    let mut above: Option<(&str, PathBuf)> = None;
    for (kind, point) in mountinfo.lines().filter_map(mount) {
        if point.starts_with(folder) && is_refused(kind, &point) {
            return Some((kind.to_owned(), point));
        }
        let nearer = above.as_ref().is_none_or(|(_, held)| point.starts_with(held));
        if folder.starts_with(&point) && nearer {
            above = Some((kind, point));
        }
    }
    let (kind, point) = above.filter(|(kind, point)| is_refused(kind, point))?;
    Some((kind.to_owned(), point))
}

/// Kind and place of "36 35 98:0 /root /point options… - kind source options", as proc_pid_mountinfo(5) has it.
fn mount(line: &str) -> Option<(&str, PathBuf)> {
    let (before, after) = line.split_once(" - ")?;
    let (point, kind) = (before.split(' ').nth(4)?, after.split(' ').next()?);
    Some((kind, PathBuf::from(point.replace("\\040", " "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_file_systems_are_no_folders_to_grant() {
        let mounts = "\
            22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            23 22 0:5 / /proc rw - proc proc rw\n\
            24 22 0:6 / /dev rw - tmpfs tmpfs rw\n\
            25 22 8:2 / /srv/a\\040b rw - ext4 /dev/sda2 rw\n\
            26 25 0:9 / /srv/a\\040b/jail/sys rw - sysfs sysfs rw\n";
        let check = |folder: &str, expected: Option<&str>| {
            let found = kernel_mount(mounts, Path::new(folder)).map(|(kind, _)| kind);
            assert_eq!(found.as_deref(), expected, "{folder}");
        };
        check("/", Some("proc"));
        check("/proc", Some("proc"));
        check("/proc/self", Some("proc"));
        check("/dev/shm", Some("tmpfs"));
        check("/srv", Some("sysfs"));
        check("/srv/a b/jail", Some("sysfs"));
        check("/srv/a b/data", None);
        check("/home", None);
    }
}
