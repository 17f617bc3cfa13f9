//! A hostile NATS server: at login a daemon signs a string of the server's choice, with the key that seals its messages.
//! The server chooses the very bytes of a message, and still gets no seal.

use std::fmt::Debug;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use nkeys::KeyPair;
use serde_json::{Value, json};
use statsgrid_tests::{PlayedGatherer, PlayedProvider, Site};
use statsgrid_wire::envelope::{KEY_HEADER, Keyring, Message, Raw, SIGNATURE_HEADER, VERSION_HEADER, open};
use statsgrid_wire::message::{Announcement, Poll};
use statsgrid_wire::subject::{Subjects, To, Topic};
use statsgrid_wire::{PublicKey, Reason, Rejection, Verifier};

/// What a nonce begins with: nothing, and the character whose number is the byte that no UTF-8 holds.
const STARTS: [&str; 2] = ["", "\u{ff}"];

#[test]
fn a_gatherers_login_seals_no_poll() {
    let site = Site::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("nats://{}", server.local_addr().unwrap());
    let gatherer = site.gatherer_at("gatherer", &url);
    let _gathering = gatherer.start(&[]);
    let (key, played) = (gatherer.key(), PlayedGatherer::new());
    let poll = Poll { gatherer: key, ..played.poll(To::All) };
    let subject = format!("stats.v1.poll.{key}.all");
    for start in STARTS {
        seals_nothing::<Poll>(&server, key, start, "poll", &subject, &serde_json::to_string(&poll).unwrap());
    }
}

#[test]
fn a_providers_login_seals_no_announcement() {
    let site = Site::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let gatherer = PlayedGatherer::new();
    let address = gatherer.address(&site.server);
    let address = address.replace(site.server.url(), &format!("nats://{}", server.local_addr().unwrap()));
    let node = site.node("alpha").answers(&address);
    let _provider = node.start();
    let said = PlayedProvider::new("evil").announcement(gatherer.key());
    let subject = format!("stats.v1.announce.{}.{}", gatherer.key(), node.key());
    for start in STARTS {
        let body = serde_json::to_string(&said).unwrap();
        seals_nothing::<Announcement>(&server, node.key(), start, "announce", &subject, &body);
    }
}

/// Offers `start` and the signed bytes of a message as the nonce of the next login.
#[track_caller]
fn seals_nothing<M: Message + Debug>(
    server: &TcpListener,
    key: PublicKey,
    start: &str,
    kind: &str,
    subject: &str,
    body: &str,
) {
    let nonce = format!("{start}statsgrid.1.{kind}\0{body}");
    let connect = login(server.accept().unwrap().0, &nonce);
    assert_eq!(connect["nkey"], json!(key.to_string()));
    let signature = BASE64URL_NOPAD.decode(connect["sig"].as_str().unwrap().as_bytes()).unwrap();

    // It is what the server asked for, and not what a message needs.
    let pair = KeyPair::from_public_key(&key.to_string()).unwrap();
    pair.verify(nonce.as_bytes(), &signature).unwrap();
    let signed = [b"\xFF", format!("statsgrid.1.{kind}\0{body}").as_bytes()].concat();
    assert!(pair.verify(&signed, &signature).is_err());

    let (key_text, signature) = (key.to_string(), BASE64.encode(&signature));
    let headers = [(VERSION_HEADER, "1"), (KEY_HEADER, &key_text), (SIGNATURE_HEADER, &signature)];
    let raw = Raw::new(subject, headers, body.as_bytes());
    let rejection = open::<M>(&raw, &Subjects::under("stats.v1").unwrap(), &AnyKey).unwrap_err();
    assert_eq!(rejection.reason, Reason::BadSignature, "{rejection}");
}

/// Speaks as a NATS server as far as the client's CONNECT, which it gives.
fn login(mut client: TcpStream, nonce: &str) -> Value {
    let info = json!({
        "server_id": "evil", "server_name": "evil", "version": "2.11.0", "go": "go1.24", "proto": 1, "host": "127.0.0.1",
        "port": 4222, "headers": true, "max_payload": 1_048_576, "auth_required": true, "nonce": nonce,
    });
    write!(client, "INFO {info}\r\n").unwrap();
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).unwrap();
    serde_json::from_str(line.strip_prefix("CONNECT ").unwrap()).unwrap()
}

/// Whoever signed would be known.
struct AnyKey;

impl Keyring for AnyKey {
    fn admit(&self, topic: &Topic) -> Result<Arc<Verifier>, Rejection> {
        Ok(Arc::new(topic.signer().verifier().unwrap()))
    }
}
