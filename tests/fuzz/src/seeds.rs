//! What a fuzzer starts from beside the corpus: the golden vectors of the wire format, in the form of the targets.

use std::fs;

use serde::Deserialize;

use crate::path;

#[derive(Deserialize)]
struct Vector {
    kind: String,
    subject: String,
    headers: Vec<(String, String)>,
    body: String,
}

const FILES: [&str; 3] = ["good.json", "bad_seals.json", "bad_bodies.json"];

/// Inputs with the name of their target.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let read = |file| fs::read(path("../../provider/wire/vectors").join(file)).expect("the vectors are there");
    let vectors = FILES.map(|file| serde_json::from_slice::<Vec<Vector>>(&read(file)).expect("they are vectors"));
    let vectors: Vec<Vector> = vectors.into_iter().flatten().collect();
    let bodies = vectors.iter().map(|vector| ("body", [&[topic(vector)], vector.body.as_bytes()].concat()));
    let letters = vectors.iter().map(|vector| ("letter", letter(vector)));
    let descriptions = vectors.iter().flat_map(descriptions).map(|text| ("description", text.into_bytes()));
    bodies.chain(letters).chain(descriptions).collect()
}

/// The letter that `body` knows its subject by.
fn topic(vector: &Vector) -> u8 {
    match vector.kind.as_str() {
        "poll" if vector.subject.contains(".shard.") => b's',
        "poll" if vector.subject.contains(".one.") => b'o',
        "poll" => b'a',
        "reply" => b'r',
        "announce" => b'n',
        _ => b'b',
    }
}

fn letter(vector: &Vector) -> Vec<u8> {
    let headers: String = vector.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{}\n{headers}\n{}", vector.subject, vector.body).into_bytes()
}

fn descriptions(vector: &Vector) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_str(&vector.body).unwrap_or_default();
    let texts = body.pointer("/answer/sample/descriptions").cloned().unwrap_or_default();
    serde_json::from_value(texts).unwrap_or_default()
}
