//! Messages that are rejected before their body is read: for their size, their headers, their subject, their key, their
//! signature.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL};
use statsgrid_wire::Reason;
use statsgrid_wire::envelope::{KEY_HEADER, SIGNATURE_HEADER, VERSION_HEADER};
use statsgrid_wire::limits::{BODY_BYTES, SHORT_BODY_BYTES};
use statsgrid_wire::message::Poll;
use statsgrid_wire::subject::{To, Topic};

use crate::cast::{MIXED_ORDER, NO_POINT, ORDER_1, ORDER_8, actor, id};
use crate::good::{announcement, announcement_of, bye, poll_to_one, replace, reply_with_sample};
use crate::vector::Vector;

pub fn all() -> Vec<Vector> {
    [
        sizes(),
        headers(),
        versions(),
        subjects_of_others(),
        keys(),
        weak_keys(),
        signatures(),
        encodings(),
    ]
    .concat()
}

/// `vector` with a change, under another name.
fn changed(name: &str, about: &str, reason: Reason, mut vector: Vector, change: impl FnOnce(&mut Vector)) -> Vector {
    (vector.name, vector.about) = (name.to_owned(), about.to_owned());
    change(&mut vector);
    vector.rejected(reason)
}

/// The announcement with another signature.
fn signature(name: &str, about: &str, change: impl FnOnce(&str) -> String) -> Vector {
    changed(name, about, Reason::BadSignature, announcement(), |vector| {
        vector.headers[2].1 = change(&vector.headers[2].1);
    })
}

fn sizes() -> Vec<Vector> {
    let (me, asks) = (actor("alpha"), actor("gatherer"));
    let large = |vector: Vector, name: &str, signer, bytes| {
        let about = format!("Right in all but its size of {bytes} bytes.");
        changed(name, &about, Reason::TooLarge, vector, |_| {}).padded(signer, bytes)
    };
    vec![
        large(poll_to_one(), "large_poll", &asks, SHORT_BODY_BYTES + 1),
        large(announcement(), "large_announcement", &me, SHORT_BODY_BYTES + 1),
        large(bye(), "large_bye", &me, SHORT_BODY_BYTES + 1),
        large(reply_with_sample(), "large_reply", &me, BODY_BYTES + 1),
        changed(
            "large_and_unsigned",
            "The size is looked at first.",
            Reason::TooLarge,
            announcement(),
            |vector| {
                vector.pad_to = Some(SHORT_BODY_BYTES + 1);
                *vector = vector.clone().signed_by(&me);
                vector.headers.clear();
            },
        ),
    ]
}

fn headers() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (place, header) in [VERSION_HEADER, KEY_HEADER, SIGNATURE_HEADER].into_iter().enumerate() {
        let mut bad = |name: &str, about: &str, change: &dyn Fn(&mut Vec<(String, String)>)| {
            let name = format!("{name}_{}", header.to_lowercase().replace('-', "_"));
            let change = |vector: &mut Vector| change(&mut vector.headers);
            vectors.push(changed(&name, about, Reason::Unsigned, announcement(), change));
        };
        let again = |headers: &mut Vec<(String, String)>| headers.push(headers[place].clone());
        bad("missing", "A header is missing.", &|headers| {
            drop(headers.remove(place))
        });
        bad("doubled", "A header stands twice, with one value.", &again);
        bad("lower_case", "A header in another case.", &|headers| {
            headers[place].0.make_ascii_lowercase()
        });
        bad(
            "doubled_in_another_case",
            "A header stands twice, once in another case.",
            &|headers| {
                again(headers);
                headers[3].0.make_ascii_uppercase();
            },
        );
    }
    vectors.push(changed(
        "no_headers",
        "No headers at all.",
        Reason::Unsigned,
        announcement(),
        |vector| {
            vector.headers.clear();
        },
    ));
    vectors.push(changed(
        "doubled_and_version_2",
        "Headers first.",
        Reason::Unsigned,
        announcement(),
        |vector| {
            vector.headers[0].1 = "2".to_owned();
            vector.headers.push(vector.headers[2].clone());
        },
    ));
    vectors
}

fn versions() -> Vec<Vector> {
    let version = |name: &str, about: &str, version: &str| {
        changed(name, about, Reason::UnsupportedVersion, announcement(), |vector| {
            vector.headers[0].1 = version.to_owned();
        })
    };
    vec![
        version("version_2", "A later version.", "2"),
        version("version_0", "An earlier version.", "0"),
        version("version_empty", "No version.", ""),
        version("version_01", "A version is compared as text.", "01"),
        version("version_with_space", "A version is compared as text.", "1 "),
    ]
}

fn subjects_of_others() -> Vec<Vector> {
    let (me, other) = (actor("alpha"), actor("beta"));
    let wrong = |name: &str, about: &str, vector: Vector, change: &dyn Fn(&mut Vector)| {
        changed(name, about, Reason::WrongKey, vector, change)
    };
    let subject = |name: &str, about: &str, change: &dyn Fn(&str) -> String| {
        wrong(name, about, announcement(), &|vector| {
            vector.subject = change(&vector.subject)
        })
    };
    let (mine, others) = (me.key.to_string(), other.key.to_string());
    vec![
        wrong(
            "as_another",
            "Beta signs, on alpha's subject.",
            announcement(),
            &|vector| {
                *vector = vector.clone().signed_by(&other);
            },
        ),
        wrong(
            "anothers_reply_sent_on",
            "Alpha's reply, on beta's subject.",
            reply_with_sample(),
            &|vector| {
                vector.subject = replace(&vector.subject, &mine, &others);
            },
        ),
        wrong(
            "poll_by_a_provider",
            "Alpha polls in the gatherer's name.",
            poll_to_one(),
            &|vector| {
                *vector = vector.clone().signed_by(&me);
            },
        ),
        subject("another_prefix", "No subject under this prefix.", &|subject| {
            replace(subject, "stats.v1.", "stats.v2.")
        }),
        subject("no_signer", "A subject without signer.", &|subject| {
            replace(subject, &format!(".{mine}"), "")
        }),
        subject("token_too_many", "A subject with a token too many.", &|subject| {
            format!("{subject}.{mine}")
        }),
        subject("another_kind", "A subject of no kind.", &|subject| {
            replace(subject, ".announce.", ".announces.")
        }),
        subject("checksum", "A key whose checksum is wrong.", &|subject| {
            replace(subject, &mine, &spoilt(&mine))
        }),
        wrong("shard_0", "There is no shard 0.", poll_to_one(), &|vector| {
            vector.subject = replace(&vector.subject, &format!("one.{mine}"), "shard.0.8");
        }),
        wrong("shard_with_zero", "A number has one form.", poll_to_one(), &|vector| {
            vector.subject = replace(&vector.subject, &format!("one.{mine}"), "shard.01.8");
        }),
        wrong(
            "poll_id_in_capitals",
            "An id has one form.",
            reply_with_sample(),
            &|vector| {
                let id = id("poll_to_all").to_string();
                vector.subject = replace(&vector.subject, &id, &id.to_uppercase());
            },
        ),
    ]
}

/// `key` with another character at its end, where the checksum is.
fn spoilt(key: &str) -> String {
    let (head, last) = key.split_at(key.len() - 1);
    format!("{head}{}", if last == "A" { "B" } else { "A" })
}

fn keys() -> Vec<Vector> {
    let (stranger, other) = (actor("stranger"), actor("other_gatherer"));
    let unknown = "A provider that the receiver does not know.";
    let poll_of_another = {
        let poll: Poll = serde_json::from_str(&poll_to_one().body).unwrap();
        let topic = Topic::Poll {
            gatherer: other.key,
            to: To::All,
        };
        let poll = Poll {
            gatherer: other.key,
            to: To::All,
            ..poll
        };
        Vector::sealed("poll_of_another_gatherer", "A stranger's poll.", &other, &topic, &poll)
    };
    let announcement_to_another = {
        let mut vector = announcement();
        vector.subject = replace(&vector.subject, actor("gatherer").key.as_str(), other.key.as_str());
        vector.body = replace(&vector.body, actor("gatherer").key.as_str(), other.key.as_str());
        let about = "An announcement to another gatherer.";
        changed("announcement_to_another", about, Reason::OtherGatherer, vector, |_| {}).signed_by(&actor("alpha"))
    };
    vec![
        announcement_of("unknown_provider", unknown, &stranger, "alpha").rejected(Reason::UnknownProvider),
        announcement_of("revoked", "A revoked one.", &actor("revoked"), "alpha").rejected(Reason::Revoked),
        poll_of_another.rejected(Reason::OtherGatherer),
        announcement_to_another,
    ]
}

/// Goodbyes in the name of keys that no honest key pair has. Where a signature can be made that passes a check by the
/// bare equation, it is that one.
fn weak_keys() -> Vec<Vector> {
    let mut base_point = [0x66; 32];
    base_point[0] = 0x58;
    let mut one = [0; 32];
    one[0] = 1;
    // R = B and S = 1 fit SB = R + kA where kA is the neutral element: always with a key of order 1, and
    // with one of order 8 where k is a multiple of 8, as it is for this very body.
    let forged = BASE64.encode(&[base_point, one].concat());
    let weak = |name: &str, about: &str, key: &str, signature: &str| {
        changed(name, about, Reason::UnknownProvider, bye(), |vector| {
            vector.subject = replace(&vector.subject, actor("alpha").key.as_str(), key);
            vector.headers[1].1 = key.to_owned();
            vector.headers[2].1 = signature.to_owned();
        })
    };
    vec![
        weak(
            "key_of_order_1",
            "A key under which everybody can sign everything.",
            ORDER_1,
            &forged,
        ),
        weak(
            "key_of_order_8",
            "A key under which everybody can sign what he may vary.",
            ORDER_8,
            BY_ORDER_8,
        ),
        weak(
            "key_of_mixed_order",
            "An honest key with a point of small order added.",
            MIXED_ORDER,
            BY_MIXED_ORDER,
        ),
        weak(
            "key_that_is_no_point",
            "32 bytes that are no point of the curve.",
            NO_POINT,
            &forged,
        ),
    ]
}

/// Of the goodbye, with the honest part of the key; made by trying until k was a multiple of 8.
const BY_MIXED_ORDER: &str =
    "tLk3/KlbLx6T5B5i/Dx4gY/zimYJb61ueXPlyQAG0yFgn1ktVzR3ePKPZrndgOrASeYacxM1QhNo20KdYd17Cw==";

fn signatures() -> Vec<Vector> {
    let (me, reply) = (actor("alpha"), reply_with_sample());
    let bad = Reason::BadSignature;
    let number = |vector: &mut Vector| vector.body = replace(&vector.body, ":86400123,", ":86400124,");
    vec![
        changed("body_changed", "One digit of the body.", bad, reply.clone(), number),
        changed(
            "body_with_a_space",
            "The same JSON in other bytes.",
            bad,
            reply.clone(),
            |vector| vector.body += " ",
        ),
        changed(
            "of_another_body",
            "Alpha's signature of its announcement.",
            bad,
            bye(),
            |vector| {
                vector.headers[2].1 = announcement().headers[2].1.clone();
            },
        ),
        changed(
            "of_another_kind",
            "A reply's body, signed by alpha as a poll.",
            bad,
            reply,
            |vector| {
                vector.headers[2].1 = me.sign("poll", vector.body.as_bytes());
            },
        ),
        changed(
            "announcement_as_bye",
            "Alpha's announcement, sent on as its goodbye.",
            bad,
            announcement(),
            |vector| {
                vector.kind = "bye".to_owned();
                vector.subject = replace(&vector.subject, ".announce.", ".bye.");
            },
        ),
        changed("without_context", "Alpha signed the bare body.", bad, bye(), |vector| {
            vector.headers[2].1 = BASE64.encode(&me.pair.sign(vector.body.as_bytes()).unwrap());
        }),
        changed(
            "by_another",
            "Beta's signature under alpha's name.",
            bad,
            bye(),
            |vector| {
                vector.headers[2].1 = actor("beta").sign("bye", vector.body.as_bytes());
            },
        ),
        signature("malleable", "S + L fits the equation as S does.", |text| {
            BASE64.encode(&plus_order(text))
        }),
        signature("of_zeros", "R and S are 0.", |_| BASE64.encode(&[0; 64])),
    ]
}

/// The signature with the order of the group added to its S.
fn plus_order(text: &str) -> Vec<u8> {
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut bytes = BASE64.decode(text.as_bytes()).unwrap();
    let order = data_encoding::HEXLOWER.decode(ORDER.as_bytes()).unwrap();
    let mut carry = 0;
    for (byte, added) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(added) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(carry, 0);
    bytes
}

fn encodings() -> Vec<Vector> {
    let bytes = |text: &str| BASE64.decode(text.as_bytes()).unwrap();
    vec![
        signature("empty", "No signature.", |_| String::new()),
        signature("short", "63 bytes.", |text| BASE64.encode(&bytes(text)[..63])),
        signature("long", "65 bytes.", |text| {
            BASE64.encode(&[bytes(text), vec![0]].concat())
        }),
        signature("not_base64", "Another alphabet.", |text| {
            text.replacen(char::is_alphabetic, "!", 1)
        }),
        signature("hexadecimal", "Another encoding.", |text| {
            data_encoding::HEXLOWER.encode(&bytes(text))
        }),
        signature("base64_for_urls", "Another alphabet.", |text| {
            assert!(text.contains(['+', '/']), "it would be the same");
            BASE64URL.encode(&bytes(text))
        }),
        signature("without_padding", "Without its padding.", |text| {
            BASE64_NOPAD.encode(&bytes(text))
        }),
        signature("with_space", "With a space.", |text| format!("{text} ")),
        signature("spare_bits", "Bits that stand for nothing are not zero.", |text| {
            // Two characters before the padding hold 12 bits, of which 8 are the last byte.
            let last = text.as_bytes()[85];
            assert!(matches!(last, b'A' | b'Q' | b'g' | b'w'), "{text}");
            format!("{}{}==", &text[..85], char::from(last + 1))
        }),
    ]
}
