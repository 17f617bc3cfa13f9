//! The golden vectors in `vectors/`: what they say is what this crate does, and what this crate seals is what they
//! hold.
//!
//! The files are for other languages, so they are read here as another language would read them. Ed25519 has no
//! randomness, so the same code gives the same bytes for ever; where it does not, the format has changed, and whoever
//! meant that has the files written anew, as the failing test says, and looks at the difference.
//!
//! What a release held is kept in `vectors/released/VERSION/` and never written again: today's code must open and
//! reject those as that release did, so that files written anew cannot hide that the two no longer understand each
//! other.

// Said aloud, so that clippy frees helpers too from the rules for code that must not panic.
#![cfg(test)]

mod bad_bodies;
mod bad_seals;
mod cast;
mod good;
mod receiver;
mod vector;

use std::collections::HashSet;
use std::fs;

use nkeys::KeyPair;
use statsgrid_wire::envelope::{Message, Opened, open, open_batch};
use statsgrid_wire::message::{Announcement, Bye, Poll, Reply};
use statsgrid_wire::{Rejection, subject::Subjects};

use receiver::Receiver;
use vector::{Expected, Vector, signed_bytes};

/// Each file's name, and what belongs into it.
fn files() -> [(&'static str, Vec<Vector>); 3] {
    [("good.json", good::all()), ("bad_seals.json", bad_seals::all()), ("bad_bodies.json", bad_bodies::all())]
}

/// The folders under `vectors/` with files of their own: today's, and those of each release.
fn editions() -> Vec<String> {
    let released = fs::read_dir(vector::path("released")).unwrap();
    let released = released.map(|entry| format!("released/{}", entry.unwrap().file_name().into_string().unwrap()));
    [".".to_owned()].into_iter().chain(released).collect()
}

fn vectors(edition: &str) -> Vec<Vector> {
    files().into_iter().flat_map(|(name, _)| vector::read(&format!("{edition}/{name}"))).collect()
}

#[test]
fn the_files_hold_what_this_crate_seals() {
    let regenerate = std::env::var_os("STATSGRID_REGENERATE").is_some();
    if regenerate {
        receiver::write(&Receiver::of_the_cast());
    }
    assert_eq!(receiver::read("."), Receiver::of_the_cast(), "{HOW}");
    for (name, made) in files() {
        if regenerate {
            vector::write(name, &made);
        }
        let held = vector::read(name);
        for (held, made) in held.iter().zip(&made) {
            assert_eq!(held, made, "{name}, {}: {HOW}", made.name);
        }
        assert_eq!(held.len(), made.len(), "{name}: {HOW}");
    }
}

const HOW: &str = "if the format was meant to change, have the vectors written anew and look at the difference: \
    STATSGRID_REGENERATE=1 cargo test -p statsgrid-wire --test golden the_files";

#[test]
fn the_vectors_of_this_version_are_kept() {
    let kept = format!("released/{}", env!("CARGO_PKG_VERSION"));
    assert!(editions().contains(&kept), "with a new version, copy the files of vectors/ to vectors/{kept}/");
}

#[test]
fn each_vector_has_a_name_of_its_own_and_the_hash_of_its_signed_bytes() {
    let mut names = HashSet::new();
    for vector in vectors(".") {
        assert!(names.insert(vector.name.clone()), "{} is there twice", vector.name);
        let hash = statsgrid_wire::Hash::of(&signed_bytes(&vector.kind, &vector.whole_body()));
        assert_eq!(vector.signed_sha256, hash.to_string(), "{}", vector.name);
    }
}

#[test]
fn each_vector_is_opened_or_rejected_as_it_says() {
    for edition in editions() {
        let receiver = receiver::read(&edition);
        for vector in vectors(&edition) {
            check(&edition, &vector, open_as_said(&vector, &receiver));
        }
    }
}

fn open_as_said(vector: &Vector, receiver: &Receiver) -> Result<serde_json::Value, Rejection> {
    match vector.kind.as_str() {
        "poll" => open_one::<Poll>(vector, receiver),
        "reply" => open_one::<Reply>(vector, receiver),
        "announce" => open_one::<Announcement>(vector, receiver),
        "bye" => open_one::<Bye>(vector, receiver),
        kind => panic!("{}: there is no kind {kind}", vector.name),
    }
}

fn open_one<M: Message>(vector: &Vector, receiver: &Receiver) -> Result<serde_json::Value, Rejection> {
    let (subjects, body) = (Subjects::under(&receiver.prefix).unwrap(), vector.whole_body());
    open::<M>(&vector.raw(&body), &subjects, receiver).map(told)
}

#[test]
fn a_batch_of_all_vectors_of_a_kind_gives_the_same() {
    open_together::<Poll>();
    open_together::<Reply>();
    open_together::<Announcement>();
    open_together::<Bye>();
}

fn open_together<M: Message>() {
    let receiver = receiver::read(".");
    let subjects = Subjects::under(&receiver.prefix).unwrap();
    let vectors: Vec<Vector> = vectors(".").into_iter().filter(|vector| vector.kind == M::KIND).collect();
    let bodies: Vec<Vec<u8>> = vectors.iter().map(Vector::whole_body).collect();
    let raws: Vec<_> = vectors.iter().zip(&bodies).map(|(vector, body)| vector.raw(body)).collect();
    let opened = open_batch::<M>(&raws, &subjects, &receiver);
    assert_eq!(opened.len(), vectors.len());
    for (vector, opened) in vectors.iter().zip(opened) {
        check(".", vector, opened.map(told));
    }
}

fn told<M: Message>(opened: Opened<M>) -> serde_json::Value {
    serde_json::to_value(opened.message).unwrap()
}

fn check(edition: &str, vector: &Vector, opened: Result<serde_json::Value, Rejection>) {
    let outcome = match opened {
        Ok(message) => Expected::Opens(message),
        Err(rejection) => Expected::Rejected(rejection.reason.to_string()),
    };
    assert_eq!(outcome, vector.expected, "{edition}: {}", vector.name);
}

#[test]
fn each_crafted_signature_passes_a_check_that_is_not_strict() {
    for name in ["key of order 1", "key of order 8", "key of mixed order", "R of small order"] {
        let vector = vectors(".").into_iter().find(|vector| vector.name == name).unwrap();
        let (_, signer) = vector.subject.rsplit_once('.').unwrap();
        let signature = data_encoding::BASE64.decode(vector.headers[2].1.as_bytes()).unwrap();
        let signed = signed_bytes(&vector.kind, &vector.whole_body());
        KeyPair::from_public_key(signer).unwrap().verify(&signed, &signature).expect(name);
    }
}

#[test]
fn the_example_of_the_protocol_is_the_vector() {
    let page = fs::read_to_string(vector::path("../PROTOCOL.md")).unwrap();
    let vector = good::poll_to_all();
    let bytes = signed_bytes(&vector.kind, vector.body.as_bytes());
    let start: Vec<String> = bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
    for said in [&vector.subject, &vector.headers[2].1, &vector.signed_sha256, &start.join(" ")] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains(&format!("{} bytes", vector.body.len())));
    // The page breaks the line.
    let page: String = page.split_whitespace().collect();
    assert!(page.contains(&vector.body), "{}", vector.body);
}
