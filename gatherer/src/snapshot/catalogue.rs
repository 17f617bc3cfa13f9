//! `PATH.catalogue`: the producers' descriptions, each known by the SHA-256 of its exact JSON text.
//!
//! A reply carries hashes only; the text is asked for once and kept here, and a text that does not give its hash is
//! worth nothing: so no provider can describe another's stats. Left out on purpose: who described what (that is in
//! the records), and asking.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use statsgrid_wire::Hash;
#[cfg(feature = "daemon")]
use statsgrid_wire::daemon::atomic::{self, WriteError};
use statsgrid_wire::message::{Description, DescriptionError};

use super::beside;
use super::limits::{CATALOGUE_BYTES, CATALOGUE_ENTRIES};
use super::object::{Object, ReadObject};
use super::read::read_at_most;

/// munin's plugin reads it too.
#[cfg(feature = "daemon")]
const MODE: u32 = 0o644;

/// Descriptions by their hashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    entries: BTreeMap<Hash, Entry>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    text: String,
    description: Description,
}

/// Why a catalogue cannot be read, or does not take a description.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file cannot be opened or read, or is too large to be one.
    #[error("cannot read the catalogue {path}")]
    Unreadable {
        /// The catalogue.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no catalogue.
    #[error("{path} is no catalogue of descriptions: remove it, and the gatherer asks for them again")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A text is no description.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// There are [`CATALOGUE_ENTRIES`] already.
    #[error("the catalogue holds {CATALOGUE_ENTRIES} descriptions already, and takes no more")]
    Full,
}

impl Catalogue {
    /// Reads the catalogue of the snapshot at `path`; without a file it is empty. Gives also how many entries were
    /// dropped, because they are not what their hash says, are no descriptions, or are too many.
    pub fn read(path: &Path) -> Result<(Self, usize), CatalogueError> {
        let texts = texts(path, |_| true)?;
        let held = texts.len();
        let catalogue = Self::of(texts);
        let dropped = held - catalogue.entries.len();
        Ok((catalogue, dropped))
    }

    /// As [`Catalogue::read`], but only what stands under the `wanted` hashes: a graph needs one or two of hundreds.
    pub fn read_some(path: &Path, wanted: &BTreeSet<Hash>) -> Result<Self, CatalogueError> {
        let is_wanted = |hash: &str| hash.parse().is_ok_and(|hash| wanted.contains(&hash));
        texts(path, is_wanted).map(Self::of)
    }

    /// What is right of what a file holds.
    fn of(texts: BTreeMap<String, String>) -> Self {
        let mut catalogue = Self::default();
        for (hash, text) in texts {
            if hash.parse() == Ok(Hash::of(text.as_bytes())) {
                // Whatever is wrong with it, it is dropped and counted.
                let _ = catalogue.insert(text);
            }
        }
        catalogue
    }

    /// Writes it beside the snapshot at `path`, before the snapshot that refers to it.
    #[cfg(feature = "daemon")]
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        atomic::write(&beside(path, "catalogue"), MODE, |out| {
            let mut before = "{\n";
            for (hash, entry) in &self.entries {
                write!(out, "{before}\"{hash}\":")?;
                serde_json::to_writer(&mut *out, &entry.text)?;
                before = ",\n";
            }
            out.write_all(if self.entries.is_empty() { b"{}\n" } else { b"\n}\n" })
        })
    }

    /// What a hash stands for.
    pub fn get(&self, hash: &Hash) -> Option<&Description> {
        self.entries.get(hash).map(|entry| &entry.description)
    }

    /// All of them, by their hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&Hash, &Description)> {
        self.entries.iter().map(|(hash, entry)| (hash, &entry.description))
    }

    /// Takes in a text that came from the bus; gives the hash that it is known by.
    pub fn insert(&mut self, text: String) -> Result<Hash, CatalogueError> {
        let hash = Hash::of(text.as_bytes());
        if self.entries.contains_key(&hash) {
            return Ok(hash);
        }
        if self.entries.len() >= CATALOGUE_ENTRIES {
            return Err(CatalogueError::Full);
        }
        let description = Description::from_text(&text)?;
        self.entries.insert(hash, Entry { text, description });
        Ok(hash)
    }

    /// Takes in what another one holds, as far as there is room.
    #[cfg(feature = "daemon")]
    pub(crate) fn join(&mut self, other: Self) -> Result<(), CatalogueError> {
        for (hash, entry) in other.entries {
            if self.entries.len() >= CATALOGUE_ENTRIES && !self.entries.contains_key(&hash) {
                return Err(CatalogueError::Full);
            }
            self.entries.insert(hash, entry);
        }
        Ok(())
    }

    /// Drops what no record refers to any more, so that old versions do not fill it.
    pub fn retain(&mut self, is_used: impl Fn(&Hash) -> bool) {
        self.entries.retain(|hash, _| is_used(hash));
    }

    /// Those of `hashes` that are not known yet, each once: what is to be asked for.
    pub fn missing(&self, hashes: impl IntoIterator<Item = Hash>) -> BTreeSet<Hash> {
        hashes.into_iter().filter(|hash| !self.entries.contains_key(hash)).collect()
    }

    /// Whether it takes no more: whose descriptions it does not know need not be asked for them.
    #[cfg(feature = "daemon")]
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= CATALOGUE_ENTRIES
    }

    /// How many descriptions it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The texts in the catalogue of the snapshot at `path` whose hashes are wanted, unchecked; none without a file.
fn texts(path: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, String>, CatalogueError> {
    let path = beside(path, "catalogue");
    let bytes = match read_at_most(&path, CATALOGUE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(CatalogueError::Unreadable { path, source }),
    };
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let texts = Object(Texts(is_wanted)).deserialize(&mut json).and_then(|texts| json.end().map(|()| texts));
    texts.map_err(|source| CatalogueError::Corrupt { path, source })
}

/// A catalogue's object, of which this wants some entries. All of them are texts.
struct Texts<F>(F);

impl<'de, F: Fn(&str) -> bool> ReadObject<'de> for Texts<F> {
    type Output = BTreeMap<String, String>;
    const WHAT: &'static str = "a map";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Output, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some(hash) = map.next_key::<String>()? {
            if (self.0)(&hash) {
                texts.insert(hash, map.next_value()?);
            } else {
                map.next_value::<OtherText>()?;
            }
        }
        Ok(texts)
    }
}

/// A text that nobody wants.
struct OtherText;

impl<'de> Deserialize<'de> for OtherText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self)
    }
}

impl Visitor<'_> for OtherText {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;
    use std::fs;

    fn text(version: usize) -> String {
        format!(r#"{{"version":"{version}","stats":[{{"name":"avg_load","kind":"gauge","help":"a \"mean\""}}]}}"#)
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        assert_eq!(Catalogue::read(&path).unwrap(), (Catalogue::default(), 0));
        let mut catalogue = Catalogue::default();
        for version in 0..3 {
            catalogue.write(&path).unwrap();
            assert_eq!(Catalogue::read(&path).unwrap(), (catalogue.clone(), 0));
            catalogue.insert(text(version)).unwrap();
        }
        assert!(folder.path().join("stats.json.catalogue").exists());
    }

    #[test]
    fn a_description_is_found_under_the_hash_of_its_text() {
        let mut catalogue = Catalogue::default();
        let hash = catalogue.insert(text(1)).unwrap();
        assert_eq!(hash, Hash::of(text(1).as_bytes()));
        assert_eq!(catalogue.get(&hash).unwrap().version, "1");
        assert_eq!(catalogue.insert(text(1)).unwrap(), hash);
        let unknown = Hash::of(text(2).as_bytes());
        assert_eq!(catalogue.missing([hash, unknown, unknown]), BTreeSet::from([unknown]));
        catalogue.retain(|used| *used != hash);
        assert!(catalogue.is_empty());
    }

    #[test]
    fn entries_that_are_not_what_their_hash_says_are_dropped_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        let (good, forged, junk) = (text(1), text(2), "{}");
        let entries = BTreeMap::from([
            (Hash::of(good.as_bytes()).to_string(), good.as_str()),
            (Hash::of(b"another").to_string(), forged.as_str()),
            (Hash::of(junk.as_bytes()).to_string(), junk),
            ("no hash".to_owned(), good.as_str()),
        ]);
        fs::write(beside(&path, "catalogue"), serde_json::to_string(&entries).unwrap()).unwrap();
        let (catalogue, dropped) = Catalogue::read(&path).unwrap();
        assert_eq!((catalogue.len(), dropped), (1, 3));
        assert!(catalogue.get(&Hash::of(good.as_bytes())).is_some());
        let hashes = [good.as_str(), &forged, junk, "another"].map(|text| Hash::of(text.as_bytes()));
        assert_eq!(Catalogue::read_some(&path, &hashes.into()).unwrap(), catalogue);
    }

    #[test]
    fn some_are_read_of_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        assert!(Catalogue::read_some(&path, &BTreeSet::new()).unwrap().is_empty());
        let mut all = Catalogue::default();
        let hashes: Vec<Hash> = (0..3).map(|version| all.insert(text(version)).unwrap()).collect();
        all.write(&path).unwrap();
        let some = Catalogue::read_some(&path, &BTreeSet::from([hashes[1], Hash::of(b"unknown")])).unwrap();
        assert_eq!((some.len(), some.get(&hashes[1])), (1, all.get(&hashes[1])));
        assert_eq!(Catalogue::read_some(&path, &hashes.into_iter().collect()).unwrap(), all);
    }

    #[test]
    fn whatever_is_wanted_a_file_that_is_none_is_told_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        for bytes in ["", "[1]", "{", "{}{}", r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":"b","c":{}}"#, "{\"a\":\"\u{1}\"}"]
        {
            fs::write(beside(&path, "catalogue"), bytes).unwrap();
            let told = |error: CatalogueError| format!("{error}: {:?}", error.source().map(ToString::to_string));
            let all = Catalogue::read(&path).map_err(told).unwrap_err();
            assert_eq!(Catalogue::read_some(&path, &BTreeSet::new()).map_err(told).unwrap_err(), all, "{bytes:?}");
        }
    }

    #[test]
    fn it_is_bounded() {
        let mut catalogue = Catalogue::default();
        for version in 0..CATALOGUE_ENTRIES {
            catalogue.insert(text(version)).unwrap();
        }
        let error = catalogue.insert(text(CATALOGUE_ENTRIES)).unwrap_err();
        assert_eq!(error.to_string(), "the catalogue holds 1024 descriptions already, and takes no more");
        catalogue.insert(text(0)).unwrap();
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.json");
        fs::write(beside(&path, "catalogue"), "[1]").unwrap();
        let error = Catalogue::read(&path).unwrap_err().to_string();
        let expected = "is no catalogue of descriptions: remove it, and the gatherer asks for them again";
        assert_eq!(error, format!("{}.catalogue {expected}", path.display()));
        fs::remove_file(beside(&path, "catalogue")).unwrap();
        fs::create_dir(beside(&path, "catalogue")).unwrap();
        assert!(matches!(Catalogue::read(&path), Err(CatalogueError::Unreadable { .. })));
    }
}
