//! Messages that are rejected before their body is read: for their size, their headers, their subject, their key, their
//! signature.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, HEXLOWER};
use statsgrid_wire::Reason;
use statsgrid_wire::envelope::{KEY_HEADER, SIGNATURE_HEADER, VERSION_HEADER};
use statsgrid_wire::limits::{BODY_BYTES, SHORT_BODY_BYTES};
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::{To, Topic};

use crate::cast::{MIXED_ORDER, NO_POINT, ORDER_1, ORDER_8, actor, id};
use crate::good::{announcement, announcement_of, bye, poll_to_one, replace, small_reply};
use crate::vector::Vector;

pub fn all() -> Vec<Vector> {
    [sizes(), headers(), versions(), signers(), subjects(), keys(), weak_keys(), signatures(), encodings()].concat()
}

type Headers = Vec<(String, String)>;

/// `vector` with a change, under another name.
fn changed(name: &str, reason: Reason, vector: Vector, change: impl FnOnce(&mut Vector)) -> Vector {
    let mut vector = vector.named(name);
    change(&mut vector);
    vector.rejected(reason)
}

fn sizes() -> Vec<Vector> {
    let (me, asks) = (actor("alpha"), actor("gatherer"));
    let large =
        |name: &str, vector: Vector, signer, bytes| vector.named(name).padded(signer, bytes).rejected(Reason::TooLarge);
    let mut unsigned = large("announcement of 8193 bytes, unsigned", announcement(), &me, SHORT_BODY_BYTES + 1);
    unsigned.headers.clear();
    vec![
        large("poll of 8193 bytes", poll_to_one(), &asks, SHORT_BODY_BYTES + 1),
        large("announcement of 8193 bytes", announcement(), &me, SHORT_BODY_BYTES + 1),
        large("bye of 8193 bytes", bye(), &me, SHORT_BODY_BYTES + 1),
        large("reply of 65537 bytes", small_reply(), &me, BODY_BYTES + 1),
        unsigned,
    ]
}

fn headers() -> Vec<Vector> {
    let each = [VERSION_HEADER, KEY_HEADER, SIGNATURE_HEADER].into_iter().enumerate();
    let mut vectors: Vec<Vector> = each.flat_map(|(place, header)| header_faults(place, header)).collect();
    let unsigned = |name, change: fn(&mut Headers)| {
        changed(name, Reason::Unsigned, announcement(), |vector| change(&mut vector.headers))
    };
    vectors.push(unsigned("no headers", Headers::clear));
    vectors.push(unsigned("doubled signature and version 2", |headers| {
        headers[0].1 = "2".to_owned();
        headers.push(headers[2].clone());
    }));
    vectors
}

fn header_faults(place: usize, header: &str) -> Vec<Vector> {
    let bad = |what: &str, change: &dyn Fn(&mut Headers)| {
        let change = |vector: &mut Vector| change(&mut vector.headers);
        changed(&format!("{header} {what}"), Reason::Unsigned, announcement(), change)
    };
    vec![
        bad("missing", &|headers| drop(headers.remove(place))),
        bad("doubled", &|headers| headers.push(headers[place].clone())),
        bad("in lower case", &|headers| headers[place].0.make_ascii_lowercase()),
        bad("doubled in upper case", &|headers| {
            let (name, value) = headers[place].clone();
            headers.push((name.to_uppercase(), value));
        }),
    ]
}

fn versions() -> Vec<Vector> {
    let version = |name: &str, version: &str| {
        changed(name, Reason::UnsupportedVersion, announcement(), |vector| vector.headers[0].1 = version.to_owned())
    };
    vec![
        version("version 2", "2"),
        version("version 0", "0"),
        version("version empty", ""),
        version("version 01", "01"),
        version("version with a space", "1 "),
    ]
}

/// The key is not that of the subject.
fn signers() -> Vec<Vector> {
    let (me, other) = (actor("alpha"), actor("beta"));
    let wrong = |name, vector, change: &dyn Fn(&mut Vector)| changed(name, Reason::WrongKey, vector, change);
    vec![
        wrong("signed by beta on alpha's subject", announcement(), &|vector| {
            *vector = vector.clone().signed_by(&other);
        }),
        wrong("alpha's reply on beta's subject", small_reply(), &|vector| {
            vector.subject = replace(&vector.subject, me.key.as_str(), other.key.as_str());
        }),
        wrong("poll signed by alpha on the gatherer's subject", poll_to_one(), &|vector| {
            *vector = vector.clone().signed_by(&me);
        }),
        wrong("key in lower case", announcement(), &|vector| vector.headers[1].1.make_ascii_lowercase()),
    ]
}

/// The subject names no signer.
fn subjects() -> Vec<Vector> {
    let me = actor("alpha").key.to_string();
    let poll_id = id("poll to all").to_string();
    let bad = |name: &str, vector: Vector, part: &str, by: &str| {
        let subject = replace(&vector.subject, part, by);
        changed(name, Reason::WrongKey, vector, |vector| vector.subject = subject)
    };
    let spoilt = format!("{}{}", &me[..55], if me.ends_with('A') { 'B' } else { 'A' });
    let (shard, to_one) = (|shard| format!("shard.{shard}"), format!("one.{me}"));
    vec![
        bad("subject of another prefix", announcement(), "stats.v1.", "stats.v2."),
        bad("subject without provider", announcement(), &format!(".{me}"), ""),
        bad("subject with a token too many", announcement(), &me, &format!("{me}.{me}")),
        bad("subject of no kind", announcement(), ".announce.", ".announces."),
        bad("subject with a wrong checksum", announcement(), &me, &spoilt),
        bad("subject of shard 0", poll_to_one(), &to_one, &shard("0.8")),
        bad("subject of shard 9 of 8", poll_to_one(), &to_one, &shard("9.8")),
        bad("subject of shard 01", poll_to_one(), &to_one, &shard("01.8")),
        bad("subject with a poll's id in capitals", small_reply(), &poll_id, &poll_id.to_uppercase()),
    ]
}

fn keys() -> Vec<Vector> {
    let (stranger, revoked) = (actor("stranger"), actor("revoked"));
    vec![
        announcement_of("unknown provider", &stranger, "alpha").rejected(Reason::UnknownProvider),
        announcement_of("revoked provider", &revoked, "alpha").rejected(Reason::Revoked),
        poll_of_another_gatherer(),
        announcement_to_another_gatherer(),
    ]
}

fn poll_of_another_gatherer() -> Vector {
    let other = actor("other_gatherer");
    let poll: Poll = serde_json::from_str(&poll_to_one().body).unwrap();
    let poll = Poll { gatherer: other.key, to: To::All, ..poll };
    let topic = Topic::Poll { gatherer: other.key, to: To::All };
    Vector::sealed("poll of another gatherer", &other, &topic, &poll).rejected(Reason::OtherGatherer)
}

fn announcement_to_another_gatherer() -> Vector {
    let (ours, other) = (actor("gatherer").key, actor("other_gatherer").key);
    let vector = changed("announcement to another gatherer", Reason::OtherGatherer, announcement(), |vector| {
        vector.subject = replace(&vector.subject, ours.as_str(), other.as_str());
        vector.body = replace(&vector.body, ours.as_str(), other.as_str());
    });
    vector.signed_by(&actor("alpha"))
}

/// Goodbyes in the name of keys that no honest key pair has. Where a signature can be made that passes a check by the
/// bare equation, it is that one.
fn weak_keys() -> Vec<Vector> {
    let (mut base_point, mut one) = ([0x66; 32], [0; 32]);
    (base_point[0], one[0]) = (0x58, 1);
    // R = B and S = 1 fit SB = R + kA where kA is the neutral element: always with a key of order 1, and with one of
    // order 8 where k is a multiple of 8, as it is for this very body.
    let forged = BASE64.encode(&[base_point, one].concat());
    let weak = |name: &str, key: &str, signature: &str| {
        changed(name, Reason::UnknownProvider, bye(), |vector| {
            vector.subject = replace(&vector.subject, actor("alpha").key.as_str(), key);
            vector.headers[1].1 = key.to_owned();
            vector.headers[2].1 = signature.to_owned();
        })
    };
    vec![
        weak("key of order 1", ORDER_1, &forged),
        weak("key of order 8", ORDER_8, &forged),
        weak("key of mixed order", MIXED_ORDER, BY_MIXED_ORDER),
        weak("key that is no point", NO_POINT, &forged),
    ]
}

/// Of the goodbye, with the honest part of the key; made by trying until k was a multiple of 8.
const BY_MIXED_ORDER: &str = "tLk3/KlbLx6T5B5i/Dx4gY/zimYJb61ueXPlyQAG0yFgn1ktVzR3ePKPZrndgOrASeYacxM1QhNo20KdYd17Cw==";

/// The signature is another than that of this key over this body in this context.
fn signatures() -> Vec<Vector> {
    let me = actor("alpha");
    let sign = |name: &str, vector: Vector, signature: &dyn Fn(&str) -> String| {
        let signature = signature(&vector.body);
        changed(name, Reason::BadSignature, vector, |vector| vector.headers[2].1 = signature)
    };
    let signed = |bytes: &[u8]| BASE64.encode(&me.pair.sign(bytes).unwrap());
    vec![
        changed("one digit of the body changed", Reason::BadSignature, small_reply(), |vector| {
            vector.body = replace(&vector.body, ":86400123,", ":86400124,");
        }),
        changed("a space added to the body", Reason::BadSignature, small_reply(), |vector| vector.body += " "),
        changed("announcement sent on as a bye", Reason::BadSignature, announcement(), |vector| {
            vector.kind = "bye".to_owned();
            vector.subject = replace(&vector.subject, ".announce.", ".bye.");
        }),
        sign("signature of another body", bye(), &|_| announcement().headers[2].1.clone()),
        sign("reply signed as a poll", small_reply(), &|body| me.sign("poll", body.as_bytes())),
        sign("signed without context", bye(), &|body| signed(body.as_bytes())),
        sign("signed without 0xFF", bye(), &|body| signed(format!("statsgrid.1.bye\0{body}").as_bytes())),
        sign("signed by beta in alpha's name", bye(), &|body| actor("beta").sign("bye", body.as_bytes())),
        sign("S beyond the group's order", bye(), &|body| plus_order(&me.sign("bye", body.as_bytes()))),
        sign("signature of zeros", bye(), &|_| BASE64.encode(&[0; 64])),
        sign("R of small order", bye(), &|_| WITHOUT_R.to_owned()),
        sign("R with a part of order 8", bye(), &|_| BY_R_OF_ORDER_8L.to_owned()),
        sign("R with a part of order 2", bye(), &|_| BY_R_OF_ORDER_2L.to_owned()),
    ]
}

/// Alpha's, of the goodbye: a point of order 8 was added to R before k was made, so 8SB = 8R + 8kA. A check that
/// multiplies by the cofactor takes it, and one of many together may, if it does not ask R for its order.
const BY_R_OF_ORDER_8L: &str =
    "PVOhtW2IqDhyS+JLmJ7cwajYpoQwtyuhHMBY4kaVOikDtZGMxQkt6VoSuaEq868+DVlhDf+pGHn1DjRT2lwYCg==";

/// The same with the point of order 2, which such a check takes every other time.
const BY_R_OF_ORDER_2L: &str =
    "atVMiERVozUQWWAYI+WtckZgt7enWXIsF5eH0k2uOw3BuI0JJbIkQGYTcbZ8ptB4KUBROIBzh0KWFe1MTKBECg==";

/// Alpha's, of the goodbye: R is the neutral element, and S = ka.
const WITHOUT_R: &str = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABctrfSJjEtPuY8qdNAyXcWJ2Rpl3PIUJ2z10m5lfAgCg==";

/// The signature with the order of the group added to its S, which fits the equation as S does.
fn plus_order(signature: &str) -> String {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut bytes = BASE64.decode(signature.as_bytes()).unwrap();
    let order = HEXLOWER.decode(ORDER.as_bytes()).unwrap();
    let mut carry = 0;
    for (byte, added) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(added) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(carry, 0);
    BASE64.encode(&bytes)
}

/// The right signature in a form that is not taken.
fn encodings() -> Vec<Vector> {
    let written = |name: &str, change: &dyn Fn(&str, Vec<u8>) -> String| {
        changed(name, Reason::BadSignature, announcement(), |vector| {
            let text = vector.headers[2].1.clone();
            vector.headers[2].1 = change(&text, BASE64.decode(text.as_bytes()).unwrap());
        })
    };
    vec![
        written("signature empty", &|_, _| String::new()),
        written("signature of 63 bytes", &|_, bytes| BASE64.encode(&bytes[..63])),
        written("signature of 65 bytes", &|_, bytes| BASE64.encode(&[bytes, vec![0]].concat())),
        written("signature that is not base64", &|text, _| text.replacen(char::is_alphabetic, "!", 1)),
        written("signature in hexadecimal", &|_, bytes| HEXLOWER.encode(&bytes)),
        written("signature in base64 for URLs", &|text, bytes| {
            assert!(text.contains(['+', '/']), "it would be the same");
            BASE64URL.encode(&bytes)
        }),
        written("signature without padding", &|_, bytes| BASE64_NOPAD.encode(&bytes)),
        written("signature with a space", &|text, _| format!("{text} ")),
        written("signature with spare bits", &|text, _| {
            // The last character before the padding stands for two bits, and its other four are to be zero.
            let last = char::from(text.as_bytes()[85] + 1);
            format!("{}{last}==", &text[..85])
        }),
    ]
}
