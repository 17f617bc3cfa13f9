//! Messages whose seal is good and whose body is not what its kind holds.

use statsgrid_wire::limits::{DESCRIPTIONS_WANTED, NAME_BYTES, NICKNAME_BYTES, OUTCOME_MESSAGE_BYTES, PRODUCERS};
use statsgrid_wire::{Hash, Reason};

use crate::cast::{Actor, actor};
use crate::good::{announcement, bye, nest, poll_to_one, poll_to_one_of_a_shard, replace, small_reply};
use crate::vector::Vector;

pub fn all() -> Vec<Vector> {
    [json(), polls(), scopes(), presence(), replies(), samples(), duplicates(), counters(), stats(), names()].concat()
}

/// A good vector and who signs it, for variants with another body.
struct Base {
    vector: Vector,
    signer: Actor,
}

impl Base {
    fn of(vector: Vector) -> Self {
        let signer = actor(if vector.kind == "poll" { "gatherer" } else { "alpha" });
        Self { vector, signer }
    }

    fn body(&self, name: &str, body: &str) -> Vector {
        self.vector.with_body(name, &self.signer, body).rejected(Reason::Malformed)
    }

    /// The body with another `part`.
    fn part(&self, name: &str, part: &str, by: &str) -> Vector {
        self.body(name, &replace(&self.vector.body, part, by))
    }

    /// What stands under a field of the body.
    fn text(&self, field: &str) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.vector.body).unwrap();
        body.pointer(field).unwrap().as_str().unwrap().to_owned()
    }
}

fn json() -> Vec<Vector> {
    let base = Base::of(announcement());
    let body = &base.vector.body;
    let start = &body[..body.len() - 1];
    let unknown = |name: &str, value: &str| base.body(name, &body.replacen('{', &format!("{{\"later\":{value},"), 1));
    vec![
        base.body("body empty", ""),
        base.body("body truncated", start),
        base.body("body with something after it", &format!("{body}{{}}")),
        base.body("body with a comma too many", &format!("{start},}}")),
        base.body("body with a byte order mark", &format!("\u{feff}{body}")),
        base.body("body that is an array", "[]"),
        base.body("body that is null", "null"),
        unknown("NaN in an unknown field", "NaN"),
        unknown("infinity in an unknown field", "-Infinity"),
        unknown("1e400 in an unknown field", "1e400"),
        unknown("400 digits in an unknown field", &"9".repeat(400)),
        unknown("leading zero in an unknown field", "01"),
        unknown("half a surrogate pair in an unknown field", r#""\ud800""#),
        unknown("raw control character in an unknown field", "\"\u{1}\""),
        unknown("nested one too deep", &nest(127)),
        unknown("nested 4000 deep", &nest(3_999)),
    ]
}

fn scopes() -> Vec<Vector> {
    let base = Base::of(poll_to_one_of_a_shard());
    let scope = format!("\"{}\"", base.text("/scope"));
    let bad = |name: &str, by: &str| base.part(name, &scope, by);
    vec![
        bad("poll with scope null", "null"),
        bad("poll with an empty scope", "\"\""),
        bad("poll with the scope of shard 9 of 8", "\"9-8\""),
        bad("poll with a scope written as an addressee", "\"shard.1.8\""),
    ]
}

fn polls() -> Vec<Vector> {
    let base = Base::of(poll_to_one());
    let (gatherer, me) = (actor("gatherer").key, actor("alpha").key);
    let (other, beta) = (actor("other_gatherer").key, actor("beta").key);
    let to = format!("\"to\":\"one.{me}\"");
    let wanted = format!("[\"{}\"]", base.text("/describe/0"));
    let hashes: Vec<Hash> = (0..=DESCRIPTIONS_WANTED).map(|number| Hash::of(&[number as u8])).collect();
    let ttl = "\"ttl_ms\":60000";
    let scope = |name: &str, scope: &str| base.part(name, ttl, &format!("{ttl},\"scope\":{scope}"));
    vec![
        base.part("poll to all, sent on to one", &to, "\"to\":\"all\""),
        base.part("poll to beta, sent on to alpha", &to, &format!("\"to\":\"one.{beta}\"")),
        base.part("poll to nobody", &to, "\"to\":\"some\""),
        base.part("poll without `to`", &format!("{to},"), ""),
        base.part("poll in another gatherer's name", gatherer.as_str(), other.as_str()),
        base.part("poll with an id of 34 digits", "\"id\":\"", "\"id\":\"00"),
        base.part("poll with a round that is a float", ":1795420800000,", ":1795420800000.0,"),
        base.part("poll with a time to live of 600001 ms", ttl, "\"ttl_ms\":600001"),
        base.part("poll with a negative time to live", ttl, "\"ttl_ms\":-1"),
        base.part("poll with a time to live as text", ttl, "\"ttl_ms\":\"60000\""),
        base.part("poll with a largest reply of 33 bits", ":65536,", ":4294967296,"),
        scope("poll with the scope null", "null"),
        scope("poll with shard 0 as its scope", "\"0-8\""),
        scope("poll with a shard as in `to` as its scope", "\"shard.2.8\""),
        base.part("poll that wants 65 descriptions", &wanted, &serde_json::to_string(&hashes).unwrap()),
        base.part("poll that wants no hash", &wanted, "[\"avg_load\"]"),
        base.part("poll that wants null", &wanted, "null"),
    ]
}

fn presence() -> Vec<Vector> {
    let (base, goodbye) = (Base::of(announcement()), Base::of(bye()));
    let (ours, other) = (actor("gatherer").key, actor("other_gatherer").key);
    let nickname = |name: &str, nickname: &str| base.part(name, "\"alpha\"", nickname);
    let long = format!("\"{}\"", "n".repeat(NICKNAME_BYTES + 1));
    vec![
        base.part("announcement for another than its subject says", ours.as_str(), other.as_str()),
        goodbye.part("bye for another than its subject says", ours.as_str(), other.as_str()),
        goodbye.part("bye without time", ",\"issued_ms\":1795420830000", ""),
        nickname("nickname empty", "\"\""),
        nickname("nickname null", "null"),
        nickname("nickname of 256 bytes", &long),
        nickname("nickname with a newline", r#""al\npha""#),
        nickname("nickname with U+009B", r#""al\u009bpha""#),
    ]
}

fn replies() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let hash = base.text("/poll");
    let (head, answer) = base.vector.body.split_once("\"answer\":").unwrap();
    let sample = &answer[..answer.len() - 2];
    let refusal = r#""refusal":{"reason":"clock","clock_ahead_ms":1}"#;
    let answers = |name: &str, answer: &str| base.body(name, &format!("{head}\"answer\":{answer}}}"));
    vec![
        base.part("reply without poll", &format!("\"poll\":\"{hash}\","), ""),
        base.part("reply with a poll's hash in capitals", &hash, &hash.to_uppercase()),
        answers("answer empty", "{}"),
        answers("answer null", "null"),
        answers("answer without fields", "\"sample\""),
        answers("answer of both kinds", &format!("{sample},{refusal}}}")),
        answers("answer of a third kind", "{\"later\":{}}"),
        answers("refusal without clock", r#"{"refusal":{"reason":"clock"}}"#),
        answers("refusal in fractions", &format!("{{{}}}", refusal.replace(":1", ":1.5"))),
    ]
}

fn samples() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let (host, outcome) = ("\"host\":", "\"outcome\":\"wall\"");
    let message = |name: &str, message: &str| base.part(name, "did not return within 3 s", message);
    let more: String = (0..PRODUCERS).map(|number| format!("\"p{number}\":{{\"outcome\":\"ok\"}},")).collect();
    vec![
        base.part("sample without counters", "\"counters\":", "\"later\":"),
        base.part("counters that are an array", "{\"app.visits\":1}", "[]"),
        base.part("sequence negative", "\"sequence\":17", "\"sequence\":-17"),
        base.part("257 producers", host, &format!("{more}{host}")),
        base.part("producer called app", host, "\"app\":"),
        base.part("producer called statsgrid", host, "\"statsgrid\":"),
        base.part("producer with a dot", host, "\"host.a\":"),
        base.part("outcome missing", &format!("{outcome},"), ""),
        base.part("outcome null", outcome, "\"outcome\":null"),
        message("message of 301 bytes", &"m".repeat(OUTCOME_MESSAGE_BYTES + 1)),
        message("message with an escape", r"\u001b[2J"),
    ]
}

/// One key twice: two parsers would see two messages.
fn duplicates() -> Vec<Vector> {
    let (poll, reply) = (Base::of(poll_to_one()), Base::of(small_reply()));
    let before = |base: &Base, name: &str, part: &str, more: &str| base.part(name, part, &format!("{more},{part}"));
    let (issued, stat) = ("\"issued_ms\":1795420800012", "\"host.load\":2");
    vec![
        before(&poll, "known field twice", issued, issued),
        before(&poll, "known field twice, once escaped", issued, r#""\u0069ssued_ms":0"#),
        before(&poll, "unknown field twice", issued, r#""a":1,"a":2"#),
        before(&poll, "field twice inside an unknown one", issued, r#""a":[{"b":{"c":1,"c":2}}]"#),
        before(&reply, "field of a sample twice", "\"sequence\":17", "\"sequence\":17"),
        before(&reply, "counter twice", "\"app.visits\":1", "\"app.visits\":1"),
        before(&reply, "stat twice, once escaped", stat, r#""host.\u006coad":1"#),
        before(&reply, "producer twice", "\"host\":", r#""host":{"outcome":"ok"}"#),
        before(&reply, "outcome twice", "\"outcome\":\"wall\"", "\"outcome\":\"wall\""),
    ]
}

fn counters() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let counter = |name: &str, count: &str| base.part(name, "\"app.visits\":1", &format!("\"app.visits\":{count}"));
    vec![
        counter("counter negative", "-1"),
        counter("counter with a fraction", "1.0"),
        counter("counter with an exponent", "1e3"),
        counter("counter of minus zero", "-0"),
        counter("counter of 2^64", "18446744073709551616"),
        counter("counter null", "null"),
    ]
}

fn stats() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let stat = |name: &str, value: &str| base.part(name, "\"host.load\":2", &format!("\"host.load\":{value}"));
    vec![
        stat("stat of 2^63", "9223372036854775808"),
        stat("stat of 2^64", "18446744073709551616"),
        stat("stat of -2^63-1", "-9223372036854775809"),
        stat("stat of 1e400", "1e400"),
        stat("stat as text", "\"1\""),
        stat("stat true", "true"),
        stat("stat null", "null"),
        stat("stat NaN", "NaN"),
        stat("stat that is an array", "[1.0]"),
    ]
}

fn names() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let stat = |name: &str, stat: &str| base.part(name, "\"host.load\"", &format!("\"{stat}\""));
    vec![
        stat("name empty", ""),
        stat("name with an empty level", "host..load"),
        stat("name that ends in a dot", "host."),
        stat("name with a space", "host load"),
        stat("name with a newline", r"host.load\n"),
        stat("name with NUL", r"host.load\u0000"),
        stat("name that is not ASCII", "host.größe"),
        stat("name of 161 bytes", &"n".repeat(NAME_BYTES + 1)),
    ]
}
