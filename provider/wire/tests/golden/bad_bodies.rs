//! Messages whose seal is good and whose body is not what its kind holds.

use std::fmt::Write;

use statsgrid_wire::limits::{DESCRIPTIONS_WANTED, NAME_BYTES, NICKNAME_BYTES, OUTCOME_MESSAGE_BYTES, PRODUCERS};
use statsgrid_wire::{Hash, Reason};

use crate::cast::{Actor, actor};
use crate::good::{announcement, bye, nest, poll_to_one, replace, small_reply};
use crate::vector::Vector;

pub fn all() -> Vec<Vector> {
    [
        json(),
        polls(),
        presence(),
        replies(),
        samples(),
        duplicates(),
        numbers(),
        names(),
    ]
    .concat()
}

/// A vector and who signs it, for variants with another body.
struct Base {
    vector: Vector,
    signer: Actor,
}

impl Base {
    fn of(vector: Vector) -> Self {
        let signer = actor(if vector.kind == "poll" { "gatherer" } else { "alpha" });
        Self { vector, signer }
    }

    fn body(&self, name: &str, about: &str, body: &str) -> Vector {
        self.vector
            .with_body(name, about, &self.signer, body)
            .rejected(Reason::Malformed)
    }

    /// The body with another `part`.
    fn part(&self, name: &str, about: &str, part: &str, by: &str) -> Vector {
        self.body(name, about, &replace(&self.vector.body, part, by))
    }
}

fn json() -> Vec<Vector> {
    let base = Base::of(announcement());
    let (body, field) = (&base.vector.body, r#"{"later":"#);
    let with = |value: &str| body.replacen('{', &format!("{field}{value},"), 1);
    vec![
        base.body("body_empty", "Nothing.", ""),
        base.body("body_truncated", "The beginning of a body.", &body[..body.len() - 1]),
        base.body("body_and_more", "Something follows the body.", &format!("{body}{{}}")),
        base.body("body_array", "An array.", "[]"),
        base.body("body_null", "Null.", "null"),
        base.body("byte_order_mark", "A mark before the body.", &format!("\u{feff}{body}")),
        base.body(
            "comma_too_many",
            "A comma before the end.",
            &format!("{},}}", &body[..body.len() - 1]),
        ),
        base.body("not_a_number", "JSON has no NaN.", &with("NaN")),
        base.body("infinity", "JSON has no infinity.", &with("-Infinity")),
        base.body("beyond_every_float", "No float is that large.", &with("1e400")),
        base.body("long_integer", "Nor is this one.", &with(&"9".repeat(400))),
        base.body("leading_zero", "No JSON number starts so.", &with("01")),
        base.body("lone_surrogate", "Half a character.", &with(r#""\ud800""#)),
        base.body("raw_control_character", "It must be escaped.", &with("\"\u{1}\"")),
        base.body(
            "nested_128_deep",
            "Deeper than 127, the body being 1.",
            &with(&nest(127)),
        ),
        base.body("nested_4000_deep", "Far deeper.", &with(&nest(3_999))),
    ]
}

fn polls() -> Vec<Vector> {
    let base = Base::of(poll_to_one());
    let (gatherer, alpha) = (actor("gatherer").key, actor("alpha").key);
    let (to, describe) = (
        format!("\"to\":\"one.{alpha}\""),
        format!("\"describe\":[\"{}\"", described(&base.vector)),
    );
    let more = (0..DESCRIPTIONS_WANTED).fold(describe.clone(), |mut list, number| {
        write!(list, ",\"{}\"", Hash::of(&[number as u8])).unwrap();
        list
    });
    let other = format!("\"gatherer\":\"{}\"", actor("other_gatherer").key);
    vec![
        base.part(
            "poll_to_all_sent_to_one",
            "It says to all, on the subject to one.",
            &to,
            "\"to\":\"all\"",
        ),
        base.part(
            "poll_sent_to_another",
            "For beta.",
            &to,
            &format!("\"to\":\"one.{}\"", actor("beta").key),
        ),
        base.part(
            "poll_in_anothers_name",
            "By another.",
            &format!("\"gatherer\":\"{gatherer}\""),
            &other,
        ),
        base.part("poll_to_some", "There is no such addressee.", &to, "\"to\":\"some\""),
        base.part("poll_without_to", "A field is missing.", &format!("{to},"), ""),
        base.part(
            "poll_long_lived",
            "Beyond 10 minutes.",
            "\"ttl_ms\":60000",
            "\"ttl_ms\":600001",
        ),
        base.part("poll_wants_65", "At most 64 descriptions.", &describe, &more),
        base.part("poll_wants_no_hash", "No hash.", &describe, "\"describe\":[\"abc\""),
        base.part(
            "poll_wants_null",
            "A list may be missing, but not be null.",
            &format!("{describe}]"),
            "\"describe\":null",
        ),
        base.part("poll_id_short", "An id has 32 digits.", "\"id\":\"", "\"id\":\"00"),
        base.part(
            "poll_round_float",
            "An integer without fraction.",
            "\"round\":1795420800000",
            "\"round\":1795420800000.0",
        ),
        base.part("poll_ttl_negative", "No time.", "\"ttl_ms\":60000", "\"ttl_ms\":-1"),
        base.part(
            "poll_ttl_text",
            "Not a number.",
            "\"ttl_ms\":60000",
            "\"ttl_ms\":\"60000\"",
        ),
        base.part(
            "poll_max_reply_33_bits",
            "32 bits.",
            "\"max_reply\":65536",
            "\"max_reply\":4294967296",
        ),
    ]
}

fn described(poll: &Vector) -> String {
    let body: serde_json::Value = serde_json::from_str(&poll.body).unwrap();
    body["describe"][0].as_str().unwrap().to_owned()
}

fn presence() -> Vec<Vector> {
    let (base, goodbye) = (Base::of(announcement()), Base::of(bye()));
    let (mine, other) = (actor("gatherer").key, actor("other_gatherer").key);
    let nickname = |name: &str, about: &str, nickname: &str| base.part(name, about, "\"alpha\"", nickname);
    vec![
        base.part(
            "announcement_for_another",
            "For another than its subject says.",
            mine.as_str(),
            other.as_str(),
        ),
        goodbye.part(
            "bye_for_another",
            "For another than its subject says.",
            mine.as_str(),
            other.as_str(),
        ),
        goodbye.part(
            "bye_without_time",
            "A field is missing.",
            ",\"issued_ms\":1795420830000",
            "",
        ),
        nickname("nickname_empty", "A nickname has a character.", "\"\""),
        nickname(
            "nickname_256_bytes",
            "Too long.",
            &format!("\"{}\"", "n".repeat(NICKNAME_BYTES + 1)),
        ),
        nickname("nickname_with_newline", "A control character.", r#""al\npha""#),
        nickname("nickname_with_c1_control", "A control character.", r#""al\u009bpha""#),
        nickname("nickname_null", "No text.", "null"),
    ]
}

fn replies() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let body = &base.vector.body;
    let (head, answer) = body.split_once("\"answer\":").unwrap();
    let (answer, head) = (&answer[..answer.len() - 1], format!("{head}\"answer\":"));
    let refusal = r#"{"refusal":{"reason":"clock","clock_ahead_ms":1}}"#;
    let answers = |name: &str, about: &str, answer: &str| base.body(name, about, &format!("{head}{answer}}}"));
    vec![
        answers("no_answer", "Neither sample nor refusal.", "{}"),
        answers("answer_null", "Neither sample nor refusal.", "null"),
        answers(
            "two_answers",
            "Both.",
            &format!("{},{}", &answer[..answer.len() - 1], &refusal[1..]),
        ),
        answers("answer_of_a_later_kind", "There are two.", r#"{"later":{}}"#),
        answers("answer_as_text", "A sample needs its fields.", "\"sample\""),
        answers(
            "refusal_without_clock",
            "A field is missing.",
            r#"{"refusal":{"reason":"clock"}}"#,
        ),
        answers(
            "refusal_in_fractions",
            "Whole milliseconds.",
            &refusal.replace(":1}", ":1.5}"),
        ),
        base.part(
            "reply_without_poll",
            "A field is missing.",
            &format!("\"poll\":\"{}\",", hash(body)),
            "",
        ),
        base.part(
            "poll_hash_in_capitals",
            "A hash has one form.",
            &hash(body),
            &hash(body).to_uppercase(),
        ),
    ]
}

/// Of the poll that the reply answers.
fn hash(reply: &str) -> String {
    let reply: serde_json::Value = serde_json::from_str(reply).unwrap();
    reply["poll"].as_str().unwrap().to_owned()
}

fn samples() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let producer =
        |name: &str, about: &str, producer: &str| base.part(name, about, "\"host\":", &format!("\"{producer}\":"));
    let message = |name: &str, about: &str, message: &str| base.part(name, about, "did not return within 3 s", message);
    let many = (0..PRODUCERS).fold(String::new(), |mut list, number| {
        write!(list, r#""p{number}":{{"outcome":"ok"}},"#).unwrap();
        list
    });
    vec![
        base.part(
            "sample_without_counters",
            "A field is missing.",
            "\"counters\":",
            "\"later\":",
        ),
        base.part(
            "sample_as_array",
            "An object.",
            "\"counters\":{",
            "\"counters\":[],\"later\":{",
        ),
        base.part(
            "sample_of_257_producers",
            "At most 256.",
            "\"producers\":{",
            &format!("\"producers\":{{{many}"),
        ),
        producer("producer_app", "A name that is taken.", "app"),
        producer("producer_statsgrid", "A name that is taken.", "statsgrid"),
        producer("producer_with_dot", "One level.", "host.a"),
        base.part("outcome_missing", "A field is missing.", "\"outcome\":\"wall\",", ""),
        base.part("outcome_null", "No text.", "\"outcome\":\"wall\"", "\"outcome\":null"),
        message(
            "message_301_bytes",
            "At most 300.",
            &"m".repeat(OUTCOME_MESSAGE_BYTES + 1),
        ),
        message("message_with_escape", "A control character.", r"\u001b[2J"),
    ]
}

/// One key twice: two parsers would see two messages.
fn duplicates() -> Vec<Vector> {
    let (poll, reply) = (Base::of(poll_to_one()), Base::of(small_reply()));
    let twice =
        |base: &Base, name: &str, about: &str, part: &str| base.part(name, about, part, &format!("{part}{part}"));
    let known = "\"issued_ms\":1795420800012,";
    vec![
        twice(&poll, "twice_known", "A known field, with one value.", known),
        poll.part(
            "twice_known_escaped",
            "The same, escaped.",
            known,
            &format!(r#"{known}"\u0069ssued_ms":0,"#),
        ),
        poll.part(
            "twice_unknown",
            "An unknown field.",
            known,
            &format!(r#""a":1,"a":2,{known}"#),
        ),
        poll.part(
            "twice_nested",
            "In an unknown field.",
            known,
            &format!(r#""a":[{{"b":{{"c":1,"c":2}}}}],{known}"#),
        ),
        twice(&reply, "twice_counter", "A counter.", "\"app.visits\":1,"),
        reply.part(
            "twice_stat_escaped",
            "A stat.",
            "\"host.load\":2",
            r#""host.load":2,"host.\u006coad":2"#,
        ),
        twice(
            &reply,
            "twice_in_report",
            "A producer's outcome.",
            "\"outcome\":\"wall\",",
        ),
        reply.part(
            "twice_producer",
            "A producer.",
            "\"host\":",
            r#""host":{"outcome":"ok"},"host":"#,
        ),
        twice(&reply, "twice_in_sample", "A sample's field.", "\"sequence\":17,"),
    ]
}

fn numbers() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let counter = |name: &str, about: &str, count: &str| {
        base.part(name, about, "\"app.visits\":1", &format!("\"app.visits\":{count}"))
    };
    let stat = |name: &str, about: &str, value: &str| {
        base.part(
            name,
            about,
            "\"host.load\":2",
            &format!("\"host.load\":{value}"),
        )
    };
    vec![
        counter("counter_negative", "A counter goes up from 0.", "-1"),
        counter("counter_float", "An integer without fraction.", "1.0"),
        counter("counter_exponent", "An integer without exponent.", "1e3"),
        counter("counter_65_bits", "Beyond 64 bits.", "18446744073709551616"),
        counter("counter_null", "No number.", "null"),
        stat("stat_2_to_63", "Beyond 64 bits with sign.", "9223372036854775808"),
        stat(
            "stat_2_to_64",
            "Beyond 64 bits, where parsers turn to floats.",
            "18446744073709551616",
        ),
        stat(
            "stat_below_64_bits",
            "Beyond 64 bits with sign.",
            "-9223372036854775809",
        ),
        stat("stat_1e400", "No float is that large.", "1e400"),
        stat("stat_text", "No number.", "\"1\""),
        stat("stat_true", "No number.", "true"),
        stat("stat_null", "No number.", "null"),
        stat("stat_nan", "JSON has no NaN.", "NaN"),
        base.part(
            "sequence_negative",
            "No number of a sample.",
            "\"sequence\":17",
            "\"sequence\":-17",
        ),
    ]
}

fn names() -> Vec<Vector> {
    let base = Base::of(small_reply());
    let stat =
        |name: &str, about: &str, stat: &str| base.part(name, about, "\"host.load\"", &format!("\"{stat}\""));
    vec![
        stat("name_empty", "A name has a level.", ""),
        stat(
            "name_with_empty_level",
            "Each level has a character.",
            "host..zero",
        ),
        stat(
            "name_that_ends_in_a_dot",
            "Each level has a character.",
            "host.",
        ),
        stat("name_with_space", "Not a character of names.", "load monitor.zero"),
        stat("name_with_newline", "Not a character of names.", r"host.load\n"),
        stat("name_with_nul", "Not a character of names.", r"host.load\u0000"),
        stat("name_not_ascii", "Not a character of names.", "host.größe"),
        stat("name_161_bytes", "At most 160.", &"n".repeat(NAME_BYTES + 1)),
    ]
}
