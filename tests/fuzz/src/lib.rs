//! What must hold for every input from outside: one function a target, which takes bytes and panics if it does not.
//!
//! A plain test calls them with the kept corpus and the golden vectors, libFuzzer (`make fuzz`) with all that it can
//! think of. Left out on purpose: whether an input is judged rightly, which the vectors and property tests say. Here
//! stands what is true of all: nothing panics, what is taken can be written and is read as the same, and two readers of
//! one thing agree.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target that cannot go on has found something"
)]

mod address;
mod body;
mod cast;
mod catalogue;
mod description;
mod journal;
mod letter;
mod munin;
mod pending;
mod seeds;
mod snapshot;
mod trust;

use std::path::Path;

pub use address::address;
pub use body::body;
pub use catalogue::catalogue;
pub use description::description;
pub use journal::journal;
pub use letter::letter;
pub use munin::munin;
pub use pending::pending;
pub use seeds::seeds;
pub use snapshot::snapshot;
pub use trust::trust;

/// A function that holds for every input.
pub type Target = fn(&[u8]);

/// All of them, by the names of their binaries and of their folders in `corpus/`.
pub const TARGETS: [(&str, Target); 10] = [
    ("address", address),
    ("body", body),
    ("catalogue", catalogue),
    ("description", description),
    ("journal", journal),
    ("letter", letter),
    ("munin", munin),
    ("pending", pending),
    ("snapshot", snapshot),
    ("trust", trust),
];

/// A folder of one call that has `bytes` in the file `name`. The readers take paths.
fn folder_with(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    std::fs::write(folder.path().join(name), bytes).expect("room for a small file");
    folder
}

/// What is beside this crate.
fn path(inside: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}
