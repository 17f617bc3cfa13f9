//! JSON that is made to trip its reader: deep, huge, twofold, beyond all numbers.

/// Variants of the honest `body`, none of which is a message, and none of which has more than `most` bytes. `integer` is
/// one of its fields of 64 bits.
pub fn hostile_bodies(body: &str, integer: &str, most: usize) -> Vec<Vec<u8>> {
    let inner = body.strip_prefix('{').expect("a body is an object");
    let first = inner.split(',').next().expect("an object has a field");
    let unknown = |value: &str| format!("{{\"later\":{value},{inner}");
    let room = most - body.len() - 32;
    let nested = |open: &str, close: &str| {
        let depth = room / (open.len() + close.len());
        unknown(&format!("{}0{}", open.repeat(depth), close.repeat(depth)))
    };
    let number = |digits: &str| {
        let start = body.find(&format!("\"{integer}\":")).expect("the body has this field") + integer.len() + 3;
        let end = start + body[start..].find([',', '}']).expect("a number ends");
        format!("{}{digits}{}", &body[..start], &body[end..])
    };
    let texts = vec![
        nested("[", "]"),
        nested("{\"a\":", "}"),
        // Open for ever.
        "[".repeat(most),
        "{\"a\":".repeat(most / 5),
        // Twice: a field that is known, one that is not, one deep within, and one that only looks different.
        format!("{{{first},{inner}"),
        unknown("1,\"later\":1"),
        unknown("[{\"a\":1,\"a\":1}]"),
        unknown("1,\"lat\\u0065r\":1"),
        // As many fields as fit, the last of which is the first again.
        unknown(&format!("{{{}\"0\":0}}", (0..room / 12).map(|index| format!("\"{index}\":0,")).collect::<String>())),
        // Numbers that no 64 bits hold, as a field and where nobody looks.
        number("18446744073709551616"),
        number("-1"),
        number("1e3"),
        number(&"9".repeat(room)),
        unknown("1e400"),
        unknown(&"9".repeat(room)),
        unknown("\"\\ud800\""),
    ];
    let mut bodies: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    // Text that is none.
    bodies.push([b"{\"later\":\"\xC3\",", inner.as_bytes()].concat());
    assert!(bodies.iter().all(|body| body.len() <= most), "each is small enough to be looked at");
    bodies
}
