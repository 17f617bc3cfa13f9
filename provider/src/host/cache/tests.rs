//! What is taken from the folder and what is not: damage, other engines, links, others' rights.

use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::TempDir;
use wasmtime::Config;

use super::*;

/// A component that holds nothing.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

struct Folder {
    folder: TempDir,
    engine: Engine,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), engine: Engine::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("native")
    }

    fn open(&self) -> Result<Cache, CacheError> {
        Cache::open(&self.path(), &self.engine)
    }

    /// With the one component in it; gives its entry's file.
    fn filled(&self) -> PathBuf {
        let code = Component::from_binary(&self.engine, COMPONENT).unwrap().serialize().unwrap();
        self.open().unwrap().store(Hash::of(COMPONENT), &code);
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(self.path()).unwrap().map(|file| file.unwrap().path()).collect()
    }

    fn hits(&self) -> bool {
        self.open().unwrap().load(&self.engine, Hash::of(COMPONENT)).is_some()
    }

    /// Nothing is loaded, and what was refused is gone, so that the place is free.
    fn misses_and_removes(&self, what: &str) {
        assert!(!self.hits(), "{what}");
        assert!(self.files().is_empty(), "{what}: {:?}", self.files());
    }
}

#[test]
fn what_was_kept_is_loaded_and_only_this_user_can_touch_it() {
    let folder = Folder::new();
    assert!(!folder.hits(), "nothing is there yet");
    let entry = folder.filled();
    assert!(folder.hits());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.path()), mode(&entry)), (0o700, 0o600));
    let another = folder.open().unwrap().load(&folder.engine, Hash::of(b"another"));
    assert!(another.is_none());
}

#[test]
fn a_damaged_entry_is_removed_and_not_loaded() {
    let check = |what: &str, damage: &dyn Fn(&mut Vec<u8>)| {
        let folder = Folder::new();
        let entry = folder.filled();
        let mut code = fs::read(&entry).unwrap();
        damage(&mut code);
        fs::write(&entry, code).unwrap();
        folder.misses_and_removes(what);
        folder.filled();
        assert!(folder.hits(), "{what}: what is compiled anew is kept");
    };
    for place in [0, 16, 100, 1_000] {
        check(&format!("byte {place} flipped"), &|code| code[place] ^= 1);
    }
    check("the last byte flipped", &|code| *code.last_mut().unwrap() ^= 0x80);
    check("truncated", &|code| code.truncate(code.len() / 2));
    check("longer", &|code| code.push(0));
    check("empty", &|code| code.clear());
}

/// Its name fits its content, but the engine knows its own files.
#[test]
fn what_no_compiler_made_is_not_loaded() {
    let folder = Folder::new();
    for code in [&b""[..], b"hello", COMPONENT, b"\x7fELF"] {
        folder.open().unwrap().store(Hash::of(COMPONENT), code);
        folder.misses_and_removes(&format!("{code:?}"));
    }
}

#[test]
fn another_engines_code_is_not_loaded_and_makes_room() {
    let folder = Folder::new();
    let entry = folder.filled();
    let mut config = Config::new();
    config.epoch_interruption(true);
    let other = Engine::new(&config).unwrap();
    let cache = Cache::open(&folder.path(), &other).unwrap();
    assert!(cache.load(&other, Hash::of(COMPONENT)).is_none());
    assert!(entry.exists(), "it may be of use to who wrote it");
    let code = Component::from_binary(&other, COMPONENT).unwrap().serialize().unwrap();
    cache.store(Hash::of(COMPONENT), &code);
    assert!(cache.load(&other, Hash::of(COMPONENT)).is_some());
    assert!(!entry.exists());
    // Under a name that claims our engine it is refused by what it says of itself.
    let lie = Entry { component: Hash::of(COMPONENT), engine: key_of(&folder.engine), code: checksum(&code) };
    fs::remove_file(&folder.files()[0]).unwrap();
    fs::write(folder.path().join(lie.to_string()), &code).unwrap();
    folder.misses_and_removes("code of another engine");
}

#[test]
fn an_entry_that_is_not_this_users_alone_is_not_loaded() {
    let check = |what: &str, plant: &dyn Fn(&Path, &Path)| {
        let folder = Folder::new();
        let entry = folder.filled();
        plant(&entry, &folder.folder.path().join("elsewhere"));
        folder.misses_and_removes(what);
    };
    check("a symbolic link", &|entry, elsewhere| {
        fs::rename(entry, elsewhere).unwrap();
        symlink(elsewhere, entry).unwrap();
    });
    check("a hard link", &|entry, elsewhere| fs::hard_link(entry, elsewhere).unwrap());
    check("writable by the group", &|entry, _| fs::set_permissions(entry, PermissionsExt::from_mode(0o620)).unwrap());
    check("writable by others", &|entry, _| fs::set_permissions(entry, PermissionsExt::from_mode(0o602)).unwrap());
    check("a socket", &|entry, _| {
        fs::remove_file(entry).unwrap();
        std::os::unix::net::UnixListener::bind(entry.with_file_name("s")).unwrap();
        fs::rename(entry.with_file_name("s"), entry).unwrap();
    });
    // Only root can give a file away.
    if geteuid().is_root() {
        check("another user's", &|entry, _| std::os::unix::fs::chown(entry, Some(54_321), None).unwrap());
    }
}

#[test]
fn a_folder_that_others_can_write_is_not_used() {
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let refused = |mode: u32| {
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).unwrap();
        folder.open().map(drop).map_err(|error| error.to_string())
    };
    for mode in [0o777, 0o1777, 0o770, 0o702] {
        let error = refused(mode).unwrap_err();
        assert!(error.contains(&format!("has mode {mode:03o}")) && error.contains("run `chmod 700 "), "{error}");
    }
    assert_eq!(refused(0o755), Ok(()));
    if geteuid().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(54_321), None).unwrap();
        let error = refused(0o700).unwrap_err();
        assert!(error.contains("belongs to user 54321; run `chown 0 "), "{error}");
    }
}

#[test]
fn what_is_no_folder_is_not_used() {
    let folder = Folder::new();
    let elsewhere = folder.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, folder.path()).unwrap();
    assert!(matches!(folder.open(), Err(CacheError::NotFolder(_))));
    fs::remove_file(folder.path()).unwrap();
    fs::write(folder.path(), "").unwrap();
    assert!(matches!(folder.open(), Err(CacheError::NotFolder(_))));
    let missing = folder.folder.path().join("missing/native");
    let error = Cache::open(&missing, &folder.engine).unwrap_err().to_string();
    assert!(error.contains("cannot be made: No such file") && error.contains("set `compile_cache`"), "{error}");
}

/// As on a full or read-only disk: a folder that went away is the one that root cannot write either.
#[test]
fn what_cannot_be_written_is_gone_without() {
    let folder = Folder::new();
    let cache = folder.open().unwrap();
    fs::remove_dir(folder.path()).unwrap();
    cache.store(Hash::of(COMPONENT), b"code");
    assert!(cache.load(&folder.engine, Hash::of(COMPONENT)).is_none());
    assert!(!folder.path().exists());
}

#[test]
fn a_new_entry_takes_the_place_of_old_ones_and_strangers_stay() {
    let folder = Folder::new();
    let cache = folder.open().unwrap();
    fs::write(folder.path().join("README"), "").unwrap();
    let leftover = Entry { component: Hash::of(b"c"), engine: cache.engine, code: checksum(b"c") };
    fs::write(folder.path().join(format!(".{leftover}.tmp")), "half").unwrap();
    cache.store(Hash::of(b"a"), b"old");
    cache.store(Hash::of(b"b"), b"other");
    cache.store(Hash::of(b"a"), b"new");
    let mut codes: Vec<_> = folder.files().iter().map(|file| fs::read(file).unwrap()).collect();
    codes.sort();
    assert_eq!(codes, [&b""[..], b"new", b"other"]);
}

#[test]
fn the_oldest_go_when_the_folder_is_full() {
    let folder = Folder::new();
    let cache = folder.open().unwrap();
    cache.store(Hash::of(b"a"), b"oldest");
    let [oldest] = folder.files().try_into().unwrap();
    // Sparse: as long as the bound, and nothing on disk.
    let file = OpenOptions::new().write(true).open(&oldest).unwrap();
    file.set_len(COMPILE_CACHE_BYTES).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    cache.store(Hash::of(b"b"), b"new");
    let files = folder.files();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(fs::read(&files[0]).unwrap(), b"new");
}
