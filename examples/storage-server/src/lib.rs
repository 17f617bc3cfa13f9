//! The bytes under a folder, and how many came and went: what Tahoe-LAFS's storage server said of its shares.
//!
//! inventory.rs walks the folder, change.rs tells two walks apart. The folder is the config key `root`, and must be
//! granted. What lies under its `incoming/` is allocated, not stored: it counts as added once it has been moved out
//! of there.
#![forbid(unsafe_code)]

mod change;
mod inventory;

use std::path::PathBuf;

use statsgrid_producer::{Config, Description, Error, Producer, Stats, count};

use change::Change;
use inventory::Inventory;

/// Each file costs three calls into the host, about 0.1 ms: this many are some 2 s of a poll, and 5 MB while two
/// walks are compared. A walk without a bound would overrun the deadline at every poll and never say why.
const MAX_FILES: usize = 20_000;

struct StorageServer {
    root: PathBuf,
    max_files: usize,
    /// What the last walk found. None before the first: it has nothing to be compared with.
    last: Option<Inventory>,
}

statsgrid_producer::export!(StorageServer);

impl Producer for StorageServer {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["root", "max_files"])?;
        Ok(Self {
            root: config.require("root")?.into(),
            max_files: config.parse("max_files")?.unwrap_or(MAX_FILES),
            last: None,
        })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
            .gauge("consumed", "bytes", "Size of all files under the folder.")
            .gauge("allocated", "bytes", "Size of the files under its incoming/, which are not stored yet.")
            .counts("bytes_added", "bytes", "Bytes by which stored files appeared or grew.")
            .counts("bytes_freed", "bytes", "Bytes by which stored files vanished or shrank.")
    }

    /// A walk that fails changes nothing: the next one is compared with the last that did not.
    fn get_stats(&mut self) -> Result<Stats, Error> {
        let inventory = Inventory::of(&self.root, self.max_files)?;
        if let Some(last) = &self.last {
            let change = Change::between(&last.stored, &inventory.stored);
            count("bytes_added", change.added);
            count("bytes_freed", change.freed);
        }
        let stats = Stats::new().with("consumed", inventory.consumed()).with("allocated", inventory.allocated);
        self.last = Some(inventory);
        Ok(stats)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use statsgrid_producer::testing::{Harness, counted};
    use tempfile::TempDir;

    use super::*;

    /// A server on a fresh folder, polled after each step of a test.
    struct Scene {
        root: TempDir,
        server: Harness<StorageServer>,
    }

    impl Scene {
        fn with_limit(max_files: &str) -> Self {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir(root.path().join("incoming")).unwrap();
            let config = Config::from([("root", root.path().to_str().unwrap()), ("max_files", max_files)]);
            Self { server: Harness::start(config).unwrap(), root }
        }

        fn new() -> Self {
            Self::with_limit("1000")
        }

        fn write(&self, name: &str, size: usize) {
            fs::write(self.root.path().join(name), vec![0; size]).unwrap();
        }

        #[track_caller]
        fn check(&mut self, consumed: u32, allocated: u32, added: u64, freed: u64) {
            let stats = self.server.get_stats().unwrap();
            assert_eq!(stats, Stats::new().with("consumed", consumed).with("allocated", allocated));
            assert_eq!((counted("bytes_added"), counted("bytes_freed")), (added, freed));
        }
    }

    #[test]
    fn what_was_there_before_is_not_counted() {
        let mut scene = Scene::new();
        scene.write("a", 100);
        scene.check(100, 0, 0, 0);
        scene.check(100, 0, 0, 0);
    }

    #[test]
    fn growth_and_loss_are_counted_file_by_file() {
        let mut scene = Scene::new();
        scene.write("grows", 10);
        scene.write("shrinks", 10);
        scene.write("vanishes", 10);
        scene.check(30, 0, 0, 0);
        scene.write("grows", 15);
        scene.write("shrinks", 4);
        scene.write("comes", 100);
        fs::remove_file(scene.root.path().join("vanishes")).unwrap();
        scene.check(119, 0, 105, 16);
    }

    #[test]
    fn an_upload_is_allocated_first_and_added_once() {
        let mut scene = Scene::new();
        scene.check(0, 0, 0, 0);
        scene.write("incoming/share", 70);
        scene.check(70, 70, 0, 0);
        fs::rename(scene.root.path().join("incoming/share"), scene.root.path().join("share")).unwrap();
        scene.check(70, 0, 70, 0);
    }

    #[test]
    fn a_failed_walk_loses_no_count() {
        let mut scene = Scene::with_limit("3");
        scene.write("a", 1);
        scene.check(1, 0, 0, 0);
        scene.write("b", 2);
        scene.write("c", 4);
        let error = scene.server.get_stats().unwrap_err().to_string();
        assert!(error.starts_with("more than 3 files and folders under `"), "{error}");
        fs::remove_file(scene.root.path().join("b")).unwrap();
        scene.check(5, 0, 4, 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named_with_the_remedy() {
        let mut server = Harness::<StorageServer>::start(Config::from([("root", "/no/such/folder")])).unwrap();
        let error = server.get_stats().unwrap_err().to_string();
        assert!(error.starts_with("cannot read folder `/no/such/folder`: "), "{error}");
        assert!(error.ends_with("; is it there, and in `folders` of the producer's section?"), "{error}");
    }

    #[test]
    fn bad_configuration_is_refused() {
        #[track_caller]
        fn check(config: &[(&str, &str)], message: &str) {
            let outcome = Harness::<StorageServer>::start(config.iter().copied().collect());
            assert_eq!(outcome.err().unwrap().to_string(), message);
        }
        check(&[], "config key `root` is missing: add it to `config` in the producer's section");
        check(
            &[("root", "/"), ("max_files", "-1")],
            "config key `max_files` cannot be read: invalid digit found in string",
        );
        check(&[("rot", "/")], "config key `rot` is unknown: there are `root`, `max_files`");
    }
}
