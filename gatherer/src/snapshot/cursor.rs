//! A walk over JSON without white space, token by token, that stops at whatever it did not expect.
//!
//! Each step takes whole tokens, or fails where it cannot tell where a token ends: so as long as no step fails, the walk
//! knows on which level it stands. What it steps over is not checked to be JSON, and in a text that is none it may come
//! out anywhere.

use memchr::{memchr2, memchr3};
use serde::Deserialize;

use super::lines::Unlike;

/// What is still to be walked over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t>(pub(super) &'t [u8]);

impl<'t> Cursor<'t> {
    /// Whole tokens that stand there exactly so.
    #[inline]
    pub(super) fn literal<const N: usize>(&mut self, tokens: &[u8; N]) -> Result<(), Unlike> {
        if self.has(tokens) { Ok(()) } else { Err(Unlike) }
    }

    /// As [`Cursor::literal`], where they may be missing. That their length is fixed makes one comparison of them.
    #[inline]
    pub(super) fn has<const N: usize>(&mut self, tokens: &[u8; N]) -> bool {
        match self.0.split_first_chunk::<N>() {
            Some((start, rest)) if start == tokens => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A number, and white space if there is some behind it.
    #[inline]
    pub(super) fn number(&mut self) -> Result<&'t [u8], Unlike> {
        match self.0.first() {
            // What begins so has no comma in it.
            Some(b'-' | b'0'..=b'9') => self.take(memchr2(b',', b'}', self.0).ok_or(Unlike)?),
            _ => Err(Unlike),
        }
    }

    /// A string, with its quotes.
    pub(super) fn string(&mut self) -> Result<&'t [u8], Unlike> {
        let text = self.0;
        self.literal(b"\"")?;
        loop {
            self.take(memchr2(b'"', b'\\', self.0).ok_or(Unlike)?)?;
            if self.has(b"\"") {
                let length = text.len() - self.0.len();
                return text.get(..length).ok_or(Unlike);
            }
            // Of an escape that is longer than two bytes, the others are letters and digits.
            self.take(2)?;
        }
    }

    /// What a string says.
    pub(super) fn text(&mut self) -> Result<String, Unlike> {
        let mut walk = *self;
        match walk.plain_string() {
            Ok(plain) => {
                *self = walk;
                str::from_utf8(plain).map(str::to_owned).map_err(|_| Unlike)
            }
            Err(Unlike) => parsed(self.string()?),
        }
    }

    /// What stands between the quotes of a string in which nothing is escaped.
    pub(super) fn plain_string(&mut self) -> Result<&'t [u8], Unlike> {
        self.literal(b"\"")?;
        let text = self.take(memchr2(b'"', b'\\', self.0).ok_or(Unlike)?)?;
        self.literal(b"\"").map(|()| text)
    }

    /// The rest of an object whose start was taken, with its end: one that holds no other and in which nothing is
    /// escaped. The brace that is taken for its end may stand in a string; then neither a comma with a key behind it can
    /// follow nor the end of the text. So this is sound where one of these is asked for next.
    pub(super) fn flat(&mut self) -> Result<&'t [u8], Unlike> {
        let end = memchr3(b'}', b'{', b'\\', self.0).ok_or(Unlike)?;
        let object = self.take(end + 1)?;
        if object.ends_with(b"}") { Ok(object) } else { Err(Unlike) }
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'t [u8], Unlike> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Unlike)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// What a walk came over, and what it made of that: in a fleet most records say most things alike, and what was walked
/// over once need not be walked over again where it stands the same.
pub(super) struct Known<T>(Option<(Vec<u8>, T)>);

impl<T: Copy> Known<T> {
    pub(super) const NOTHING: Self = Self(None);

    /// Steps over what is known, or takes `steps` and knows that from then on. The last of them must take a token that
    /// shows its own end, as strings do and numbers do not: else what begins with the known text might be another.
    pub(super) fn step<'t>(
        &mut self,
        walk: &mut Cursor<'t>,
        steps: impl FnOnce(&mut Cursor<'t>) -> Result<T, Unlike>,
    ) -> Result<T, Unlike> {
        if let Some((text, meaning)) = &self.0
            && let Some(rest) = walk.0.strip_prefix(text.as_slice())
        {
            walk.0 = rest;
            return Ok(*meaning);
        }
        let before = walk.0;
        let meaning = steps(walk)?;
        let text = before.get(..before.len() - walk.0.len()).unwrap_or_default();
        self.0 = Some((text.to_owned(), meaning));
        Ok(meaning)
    }
}

/// A token as a value, by the parser that reads whole snapshots.
pub(super) fn parsed<'t, T: Deserialize<'t>>(token: &'t [u8]) -> Result<T, Unlike> {
    serde_json::from_slice(token).map_err(|_| Unlike)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `step` takes of `text`, and what is left of it.
    fn check<T: AsRef<[u8]>>(
        step: impl FnOnce(&mut Cursor<'static>) -> Result<T, Unlike>,
        text: &'static str,
        expected: Option<(&str, &str)>,
    ) {
        let mut walk = Cursor(text.as_bytes());
        let taken = step(&mut walk);
        let left = walk.0;
        let shown = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let taken = taken.ok().map(|taken| (shown(taken.as_ref()), shown(left)));
        assert_eq!(taken.as_ref().map(|(taken, left)| (taken.as_str(), left.as_str())), expected, "{text}");
    }

    #[test]
    fn numbers_end_before_what_must_follow_them() {
        check(Cursor::number, "17,", Some(("17", ",")));
        check(Cursor::number, "-1.5e+3}", Some(("-1.5e+3", "}")));
        check(Cursor::number, "0 ,", Some(("0 ", ",")));
        for text in ["", "17", "null,", "\"1\",", "[1],"] {
            check(Cursor::number, text, None);
        }
    }

    #[test]
    fn strings_end_at_their_own_quote() {
        check(Cursor::string, r#""a}b",1"#, Some((r#""a}b""#, ",1")));
        check(Cursor::string, r#""",1"#, Some((r#""""#, ",1")));
        check(Cursor::string, r#""\"","a""#, Some((r#""\"""#, r#","a""#)));
        check(Cursor::string, r#""\\","a""#, Some((r#""\\""#, r#","a""#)));
        check(Cursor::string, r#""\u0022\\\"x""#, Some((r#""\u0022\\\"x""#, "")));
        check(Cursor::plain_string, r#""a}b",1"#, Some(("a}b", ",1")));
        check(Cursor::plain_string, r#""a\"b",1"#, None);
        for text in ["", "a", "\"a", "\"a\\", "\"a\\\""] {
            check(Cursor::string, text, None);
            check(Cursor::plain_string, text, None);
        }
    }

    #[test]
    fn objects_are_flat() {
        check(Cursor::flat, r#""a":1,"b":2}},"c""#, Some((r#""a":1,"b":2}"#, r#"},"c""#)));
        check(Cursor::flat, "}", Some(("}", "")));
        for text in [r#""a":{}}"#, r#""a\u0062":1}"#, r#""a":1"#, ""] {
            check(Cursor::flat, text, None);
        }
    }

    #[test]
    fn what_is_known_is_stepped_over_where_it_stands_the_same() {
        let mut known = Known::NOTHING;
        let mut steps = 0;
        for (text, expected) in [(r#""a","b""#, 1), (r#""a","c""#, 1), (r#""a\"""#, 2), (r#""a""#, 3), ("1", 4)] {
            let mut walk = Cursor(text.as_bytes());
            let taken = known.step(&mut walk, |walk| {
                steps += 1;
                walk.string().map(<[u8]>::len)
            });
            let alone = Cursor(text.as_bytes()).string().map(<[u8]>::len);
            assert_eq!((taken, steps), (alone, expected), "{text}");
        }
    }
}
