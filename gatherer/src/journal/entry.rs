//! One line of a journal: a message as it was published, with the moment at which it went out or came in.

use serde::{Deserialize, Serialize};
use statsgrid_wire::Unknown;
use statsgrid_wire::envelope::{KEY_HEADER, Raw, SIGNATURE_HEADER, Sealed, VERSION_HEADER};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What the body is.
    pub kind: Kind,
    /// When it was published or received, in Unix milliseconds by the gatherer's clock.
    pub at_ms: u64,
    /// The reply came after its poll's deadline.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// Where it was published.
    pub subject: String,
    /// Its seal.
    pub headers: Headers,
    /// The text whose bytes are signed.
    pub body: String,
    /// Fields of later versions.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Poll or reply: nothing else is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What the gatherer asked.
    Poll,
    /// What a provider answered.
    Reply,
}

/// The three headers of the seal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    #[serde(rename = "Statsgrid-Version")]
    version: String,
    #[serde(rename = "Statsgrid-Key")]
    key: String,
    #[serde(rename = "Statsgrid-Signature")]
    signature: String,
}

/// How every line begins: what begins otherwise is no journal of ours.
pub(super) const LINE_START: &[u8] = b"{\"kind\":\"";

impl Entry {
    /// A poll that goes out at this time.
    pub fn poll(sealed: &Sealed, at_ms: u64) -> Option<Self> {
        let headers = sealed.headers.iter().map(|(name, value)| (*name, value.as_str()));
        Self::of(Kind::Poll, at_ms, &sealed.subject, headers, &sealed.body)
    }

    /// A reply that came in at this time.
    pub fn reply<'a>(
        at_ms: u64,
        subject: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: &[u8],
    ) -> Option<Self> {
        Self::of(Kind::Reply, at_ms, subject, headers, body)
    }

    /// Nothing if the body is no text, which no message is that was opened.
    fn of<'a>(
        kind: Kind,
        at_ms: u64,
        subject: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: &[u8],
    ) -> Option<Self> {
        let body = std::str::from_utf8(body).ok()?.to_owned();
        let headers = Headers::among(headers);
        Some(Self { kind, at_ms, late: false, subject: subject.to_owned(), headers, body, unknown: Unknown })
    }

    /// Puts its line after others, with the line feed.
    pub(super) fn write_line(&self, lines: &mut Vec<u8>) {
        let before = lines.len();
        match serde_json::to_writer(&mut *lines, self) {
            Ok(()) => lines.push(b'\n'),
            // Texts and numbers can always be written, and memory does not refuse them.
            Err(_) => lines.truncate(before),
        }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let Headers { version, key, signature } = &self.headers;
        let texts = [&self.subject, &self.body, version, key, signature].map(String::len);
        size_of::<Self>() + texts.iter().sum::<usize>()
    }

    /// The message, as a receiver would have it.
    pub(super) fn raw(&self) -> Raw<'_> {
        let Headers { version, key, signature } = &self.headers;
        let headers = [(VERSION_HEADER, version), (KEY_HEADER, key), (SIGNATURE_HEADER, signature)];
        let headers = headers.map(|(name, value)| (name, value.as_str()));
        Raw::new(&self.subject, headers, self.body.as_bytes())
    }
}

impl Headers {
    /// The seal's among `headers`, which may hold others.
    fn among<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut seal = Self::default();
        for (name, value) in headers {
            let slot = match name {
                VERSION_HEADER => &mut seal.version,
                KEY_HEADER => &mut seal.key,
                SIGNATURE_HEADER => &mut seal.signature,
                _ => continue,
            };
            value.clone_into(slot);
        }
        seal
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"kind":"reply","at_ms":1795420800012,"late":true,"subject":"s","headers":{"Statsgrid-Version":"1","Statsgrid-Key":"U","Statsgrid-Signature":"="},"body":"{\"a\":\"ü\\n\"}"}"#;

    fn read(line: &str) -> Result<Entry, serde_json::Error> {
        serde_json::from_slice(line.as_bytes())
    }

    #[test]
    fn a_line_is_what_the_protocol_says() {
        let headers = [("Other", "x"), (SIGNATURE_HEADER, "="), (KEY_HEADER, "U"), (VERSION_HEADER, "1")];
        let entry = Entry::reply(1_795_420_800_012, "s", headers, "{\"a\":\"ü\\n\"}".as_bytes()).unwrap();
        let entry = Entry { late: true, ..entry };
        let mut lines = b"{}\n".to_vec();
        entry.write_line(&mut lines);
        assert_eq!(String::from_utf8(lines).unwrap(), format!("{{}}\n{LINE}\n"));
        assert!(LINE.as_bytes().starts_with(LINE_START));
        assert_eq!(read(LINE).unwrap(), entry);
    }

    #[test]
    fn fields_may_be_missing_unknown_or_in_any_order_but_not_double() {
        let good = |from: &str, to: &str| assert!(read(&LINE.replace(from, to)).is_ok(), "{to}");
        let bad = |from: &str, to: &str| assert!(read(&LINE.replace(from, to)).is_err(), "{to}");
        good("\"late\":true,", "");
        good("\"late\":true", "\"later\":{\"a\":[null,1.5]}");
        good(r#"{"kind":"reply","at_ms":1795420800012"#, r#" { "at_ms":1795420800012 , "kind":"reply""#);
        bad("\"late\":true", "\"late\":null");
        bad("\"late\":true", "\"late\":1");
        bad("\"late\":true", "\"kind\":\"reply\"");
        bad("\"late\":true", "\"later\":1,\"later\":2");
        bad("\"reply\"", "\"bye\"");
        bad("1795420800012", "1795420800012.0");
        bad("1795420800012", "-1");
        bad("\"Statsgrid-Version\":\"1\",", "");
        bad("\"Statsgrid-Version\":\"1\",", "\"Statsgrid-Version\":\"1\",\"Nats-Msg-Id\":\"1\",");
        bad("\"Statsgrid-Version\"", "\"Statsgrid-version\"");
        bad("\"subject\":\"s\",", "");
    }

    #[test]
    fn what_is_no_text_has_no_line() {
        assert_eq!(Entry::reply(0, "s", [], b"\xFF"), None);
    }
}
