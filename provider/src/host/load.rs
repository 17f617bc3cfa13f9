//! From a file to a program that can be made an instance of, or a word on what the file is instead.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use statsgrid_wire::limits::OUTCOME_MESSAGE_BYTES;
use statsgrid_wire::{Hash, one_line};
use wasmtime::component::Component;

use super::Host;
use super::bindings::ProducerPre;
use super::state::State;
use super::wants::Want;
use crate::limits::COMPONENT_BYTES;
use crate::regular;

/// The interface that a producer exports, without its version.
const INTERFACE: &str = "statsgrid:producer/stats-producer";
/// With it.
const INTERFACE_VERSION: &str = "statsgrid:producer/stats-producer@0.1.0";

/// A compiled producer.
pub struct Program {
    pub(super) instance: ProducerPre<State>,
    digest: Hash,
    imports: Vec<String>,
}

/// Why a file is no producer.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("component {path}: cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Beyond [`COMPONENT_BYTES`].
    #[error("component {0}: more than {COMPONENT_BYTES} bytes")]
    TooLarge(PathBuf),
    /// Not the file that its section pins.
    #[error("component {path}: its sha256 is {found}, and the section wants {wanted}; check the file, then its sha256")]
    Pinned {
        /// The file.
        path: PathBuf,
        /// The file's SHA-256.
        found: Hash,
        /// The section's.
        wanted: Hash,
    },
    /// Compiled already: what a stranger compiled is run as the provider, not in the sandbox.
    #[error(
        "component {0}: native code; a provider compiles components itself and takes none that is compiled: give the .wasm"
    )]
    Native(PathBuf),
    /// Not WASM at all.
    #[error("component {0}: not WASM; build a producer with `cargo build --target wasm32-wasip2`")]
    NotWasm(PathBuf),
    /// A core module.
    #[error("component {0}: a core module, not a component; build it with `--target wasm32-wasip2`")]
    CoreModule(PathBuf),
    /// Damaged, or of a component model that this engine does not know.
    #[error("component {path}: does not compile: {reason}")]
    Compile {
        /// The file.
        path: PathBuf,
        /// The compiler's words.
        reason: String,
    },
    /// A component for something else.
    #[error(
        "component {path}: exports no {INTERFACE_VERSION} but {found}; \
         implement the trait Producer of statsgrid-producer and call export!"
    )]
    World {
        /// The file.
        path: PathBuf,
        /// What it exports.
        found: String,
    },
    /// A component for another version of our package.
    #[error("component {path}: built for {found}; this provider speaks {INTERFACE_VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it exports.
        found: String,
    },
    /// It imports something that no provider has.
    #[error("component {path}: imports what a provider does not have: {reason}")]
    Import {
        /// The file.
        path: PathBuf,
        /// The linker's words.
        reason: String,
    },
}

impl Program {
    /// Reads and compiles the component in `path`, whose SHA-256 must be `pin`, if one is given.
    pub fn load(host: &Host, path: &Path, pin: Option<Hash>) -> Result<Arc<Self>, LoadError> {
        let bytes = read(path)?;
        let digest = Hash::of(&bytes);
        if let Some(wanted) = pin.filter(|wanted| *wanted != digest) {
            return Err(LoadError::Pinned { path: path.to_owned(), found: digest, wanted });
        }
        check_kind(path, &bytes)?;
        host.programs.get_or_make(digest, || Self::link(host, path, digest, compile(host, path, digest, &bytes)?))
    }

    fn link(host: &Host, path: &Path, digest: Hash, component: Component) -> Result<Self, LoadError> {
        check_exports(host, path, &component)?;
        let imports = component.component_type().imports(&host.engine).map(|(name, _)| name.to_owned()).collect();
        let import = |error: wasmtime::Error| LoadError::Import { path: path.to_owned(), reason: words(&error) };
        let linked = host.linker.instantiate_pre(&component).map_err(import)?;
        let instance = ProducerPre::new(linked).map_err(import)?;
        Ok(Self { instance, digest, imports })
    }

    /// The SHA-256 of the file.
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// The interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// What it may ask for of the machine.
    pub fn wants(&self) -> Vec<Want> {
        Want::of(&self.imports)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    regular::open(path).map_err(failed)?.take(COMPONENT_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > COMPONENT_BYTES { Err(LoadError::TooLarge(path.to_owned())) } else { Ok(bytes) }
}

fn check_kind(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    let path = path.to_owned();
    match bytes {
        [b'\0', b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(LoadError::CoreModule(path)),
        [b'\0', b'a', b's', b'm', ..] => Ok(()),
        [0x7F, b'E', b'L', b'F', ..] => Err(LoadError::Native(path)),
        _ => Err(LoadError::NotWasm(path)),
    }
}

/// The native code of a component, from the cache if it is there.
fn compile(host: &Host, path: &Path, digest: Hash, bytes: &[u8]) -> Result<Component, LoadError> {
    if let Some(component) = host.cache.as_ref().and_then(|cache| cache.load(&host.engine, digest)) {
        tracing::debug!("component {}: native code from the cache", path.display());
        return Ok(component);
    }
    let failed = |error: wasmtime::Error| LoadError::Compile { path: path.to_owned(), reason: words(&error) };
    let component = Component::from_binary(&host.engine, bytes).map_err(failed)?;
    tracing::debug!("component {}: compiled", path.display());
    let Some(cache) = &host.cache else { return Ok(component) };
    cache.store(digest, &component.serialize().map_err(failed)?);
    // What was kept is what runs: its pages are the file's, and the compiler's memory is given back.
    Ok(cache.load(&host.engine, digest).unwrap_or(component))
}

/// The engine's words for an error, in which names stand that a stranger chose: no line end and no escape is let through
/// to a terminal.
fn words(error: &wasmtime::Error) -> String {
    one_line(&format!("{:#}", error.root_cause()), OUTCOME_MESSAGE_BYTES)
}

/// Says what is missing in our words: the engine's own error names an interface and not the cause.
fn check_exports(host: &Host, path: &Path, component: &Component) -> Result<(), LoadError> {
    let kind = component.component_type();
    // The engine matches versions as semver does: a 0.1.x serves another.
    if kind.get_export(&host.engine, INTERFACE_VERSION).is_some() {
        return Ok(());
    }
    let path = path.to_owned();
    let mut exports: Vec<&str> = kind.exports(&host.engine).map(|(name, _)| name).collect();
    if let Some(ours) = exports.iter().find(|name| name.split('@').next() == Some(INTERFACE)) {
        return Err(LoadError::Version { path, found: one_line(ours, OUTCOME_MESSAGE_BYTES) });
    }
    exports.truncate(5);
    let found =
        if exports.is_empty() { "nothing".to_owned() } else { one_line(&exports.join(", "), OUTCOME_MESSAGE_BYTES) };
    Err(LoadError::World { path, found })
}
