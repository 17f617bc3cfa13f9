//! One vector: a message as it comes from the bus, and what a receiver makes of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use statsgrid_wire::Hash;
use statsgrid_wire::envelope::{KEY_HEADER, Message, Raw, SIGNATURE_HEADER, VERSION, VERSION_HEADER, seal};
use statsgrid_wire::subject::Topic;

use crate::cast::{Actor, subjects};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    /// What is particular about it.
    pub name: String,
    /// What the receiver takes it for.
    pub kind: String,
    pub subject: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Spaces follow the body until it has so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pad_to: Option<usize>,
    /// Of the bytes that a signature over this body signs.
    pub signed_sha256: String,
    #[serde(flatten)]
    pub expected: Expected,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// The message, written anew: without unknown fields.
    Opens(Value),
    /// The reason's label.
    Rejected(String),
}

impl Vector {
    /// A message that this crate seals.
    pub fn sealed<M: Message>(name: &str, signer: &Actor, topic: &Topic, message: &M) -> Self {
        let sealed = seal(&signer.identity, &subjects(), topic, message).unwrap();
        Self {
            name: name.to_owned(),
            kind: M::KIND.to_owned(),
            subject: sealed.subject,
            headers: sealed.headers.map(|(name, value)| (name.to_owned(), value)).into(),
            body: String::from_utf8(sealed.body).unwrap(),
            pad_to: None,
            signed_sha256: sealed.hash.to_string(),
            expected: Expected::Opens(serde_json::to_value(message).unwrap()),
        }
    }

    /// The same under another name.
    pub fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// The same under another name with another body, which `signer` signs.
    pub fn with_body(&self, name: &str, signer: &Actor, body: &str) -> Self {
        Self { body: body.to_owned(), ..self.named(name) }.signed_by(signer)
    }

    /// Rejected for this reason.
    pub fn rejected(self, reason: statsgrid_wire::Reason) -> Self {
        let hash = Hash::of(&signed_bytes(&self.kind, &self.whole_body()));
        let expected = Expected::Rejected(reason.label().to_owned());
        Self { signed_sha256: hash.to_string(), expected, ..self }
    }

    /// Padded with spaces, which JSON allows, and signed so.
    pub fn padded(self, signer: &Actor, pad_to: usize) -> Self {
        Self { pad_to: Some(pad_to), ..self }.signed_by(signer)
    }

    /// Signed anew, whatever it says.
    pub fn signed_by(mut self, signer: &Actor) -> Self {
        let body = self.whole_body();
        self.headers = vec![
            (VERSION_HEADER.to_owned(), VERSION.to_owned()),
            (KEY_HEADER.to_owned(), signer.key.to_string()),
            (SIGNATURE_HEADER.to_owned(), signer.sign(&self.kind, &body)),
        ];
        self.signed_sha256 = Hash::of(&signed_bytes(&self.kind, &body)).to_string();
        self
    }

    /// The body with its padding.
    pub fn whole_body(&self) -> Vec<u8> {
        let mut body = self.body.clone().into_bytes();
        body.resize(self.pad_to.unwrap_or(body.len()), b' ');
        body
    }

    /// As it comes from the bus.
    pub fn raw<'a>(&'a self, body: &'a [u8]) -> Raw<'a> {
        Raw::new(&self.subject, self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())), body)
    }

    /// A line a field, so that a difference is read.
    fn to_text(&self) -> String {
        let value = serde_json::to_value(self).unwrap();
        let names = ["name", "kind", "subject", "headers", "body", "pad_to", "signed_sha256", "opens", "rejected"];
        let field = |name: &str| value.get(name).map(|value| format!("  {}: {value}", json!(name)));
        let fields: Vec<String> = names.into_iter().filter_map(field).collect();
        format!("{{\n{}\n}}", fields.join(",\n"))
    }
}

/// Written down once more, beside the crate's own.
pub fn signed_bytes(kind: &str, body: &[u8]) -> Vec<u8> {
    [b"\xFFstatsgrid.1.", kind.as_bytes(), b"\0", body].concat()
}

pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file)
}

pub fn read(file: &str) -> Vec<Vector> {
    serde_json::from_slice(&fs::read(path(file)).unwrap()).unwrap()
}

pub fn write(file: &str, vectors: &[Vector]) {
    let texts: Vec<String> = vectors.iter().map(Vector::to_text).collect();
    fs::write(path(file), format!("[{}]\n", texts.join(", "))).unwrap();
}
