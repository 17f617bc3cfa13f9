//! Each system call of a replacement fails, or is the last one that its process makes; then somebody reads, and the
//! next writer comes.

use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::calls::{Calls, System};
use super::{WRITE_BUFFER_BYTES, WriteError, replace, temporary, write};

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It fails, and the process lives on.
    Fails,
    /// The process is killed before it, or from here on every call fails.
    Before,
    /// The process is killed after it; a write has got half of its bytes out.
    After,
}

/// The system's calls, of which one has a fault.
struct Faulty {
    fault: Fault,
    /// Which call.
    at: usize,
    made: RefCell<Vec<&'static str>>,
    dead: Cell<bool>,
}

impl Faulty {
    fn new(fault: Fault, at: usize) -> Self {
        Self { fault, at, made: RefCell::default(), dead: Cell::new(false) }
    }

    /// A killed process makes no call, so from then on nothing happens.
    fn call<T>(&self, name: &'static str, whole: impl FnOnce() -> io::Result<T>, last: impl FnOnce()) -> io::Result<T> {
        let gone = || Err(ErrorKind::StorageFull.into());
        if self.dead.get() {
            return gone();
        }
        let number = self.made.borrow().len();
        self.made.borrow_mut().push(name);
        if number != self.at {
            return whole();
        }
        if self.fault == Fault::After {
            last();
        }
        self.dead.set(self.fault != Fault::Fails);
        gone()
    }

    fn simple<T>(&self, name: &'static str, run: impl Fn() -> io::Result<T>) -> io::Result<T> {
        self.call(name, &run, || drop(run()))
    }
}

impl Calls for Faulty {
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.simple("remove", || System.remove(path))
    }

    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        self.simple("create", || System.create(path, mode))
    }

    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        let half = || drop(System.write(file, &bytes[..bytes.len() / 2]));
        self.call("write", || System.write(file, bytes), half)
    }

    fn set_mode(&self, file: &File, mode: u32) -> io::Result<()> {
        self.simple("set mode", || System.set_mode(file, mode))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.simple("sync", || System.sync(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.simple("rename", || System.rename(from, to))
    }

    fn open_folder(&self, folder: &Path) -> io::Result<File> {
        self.simple("open folder", || System.open_folder(folder))
    }
}

/// A folder with a state file in it, or none.
struct Bench {
    folder: tempfile::TempDir,
    path: PathBuf,
    before: Option<Vec<u8>>,
}

impl Bench {
    fn new(before: Option<Vec<u8>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        if let Some(before) = &before {
            write(&path, 0o600, |out| out.write_all(before)).unwrap();
        }
        Self { folder, path, before }
    }

    fn replace(&self, calls: &Faulty) -> Result<(), WriteError> {
        replace(calls, &self.path, 0o600, |out| whole(b'n').chunks(1000).try_for_each(|part| out.write_all(part)))
    }

    /// What a reader finds.
    fn found(&self) -> Option<Vec<u8>> {
        fs::read(&self.path).ok()
    }

    fn names(&self) -> usize {
        self.folder.path().read_dir().unwrap().count()
    }
}

/// More than one write.
fn whole(letter: u8) -> Vec<u8> {
    vec![letter; 2 * WRITE_BUFFER_BYTES + 1000]
}

const CALLS: [&str; 10] =
    ["remove", "create", "write", "write", "write", "set mode", "sync", "rename", "open folder", "sync"];

#[test]
fn the_calls_come_in_the_order_that_makes_a_file_last() {
    let calls = Faulty::new(Fault::Fails, usize::MAX);
    Bench::new(None).replace(&calls).unwrap();
    assert_eq!(*calls.made.borrow(), CALLS);
}

#[test]
fn after_a_fault_at_any_call_there_is_one_whole_file_and_the_next_write_succeeds() {
    for before in [None, Some(whole(b'o')), Some(Vec::new())] {
        for fault in [Fault::Fails, Fault::Before, Fault::After] {
            for (at, name) in CALLS.into_iter().enumerate() {
                let (bench, calls) = (Bench::new(before.clone()), Faulty::new(fault, at));
                let error = bench.replace(&calls).unwrap_err();
                let case = format!("{fault:?} at {name} ({at}): {error}");
                survives(&bench, fault, at, &case);
                // Whatever the fault left, the next writer gets by, and nothing of it stays.
                write(&bench.path, 0o600, |out| out.write_all(b"next")).unwrap();
                assert_eq!(bench.found().as_deref(), Some(b"next".as_slice()), "{case}");
                assert_eq!(bench.names(), 1, "{case}");
            }
        }
    }
}

fn survives(bench: &Bench, fault: Fault, at: usize, case: &str) {
    let rename = CALLS.iter().position(|name| *name == "rename").unwrap();
    let renamed = at > rename || (at == rename && fault == Fault::After);
    let expected = if renamed { Some(whole(b'n')) } else { bench.before.clone() };
    assert!(bench.found() == expected, "{case}");
    // Who lives tidies up behind itself.
    if fault == Fault::Fails {
        assert!(!temporary(&bench.path).exists(), "{case}");
    }
}

#[test]
fn the_step_that_failed_is_named() {
    let check = |at: usize, expected: &str| {
        let bench = Bench::new(None);
        let error = bench.replace(&Faulty::new(Fault::Fails, at)).unwrap_err().to_string();
        let (folder, name) = (bench.folder.path().display(), ".state.json.tmp");
        assert_eq!(
            error,
            expected.replace("TEMPORARY", &format!("{folder}/{name}")).replace("FOLDER", &folder.to_string())
        );
    };
    check(0, "cannot remove the leftover TEMPORARY");
    check(1, "cannot create TEMPORARY");
    check(3, "cannot write TEMPORARY");
    check(5, "cannot set the mode of TEMPORARY");
    check(6, "cannot sync TEMPORARY");
    check(7, "cannot put a new file in the place of FOLDER/state.json");
    check(8, "cannot sync FOLDER");
    check(9, "cannot sync FOLDER");
}
