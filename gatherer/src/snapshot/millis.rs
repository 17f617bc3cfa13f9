//! Times and paces as the snapshot holds them: milliseconds inside, seconds in the file.
//!
//! The original wrote float seconds, so these are written so too. Three decimals of seconds up to [`Millis::MAX`] have
//! at most 15 digits, and so many a float carries exactly: what was written is what is read.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// Milliseconds (since 1970, UTC, where it is a time), written as seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(u64);

impl Millis {
    /// The last that is written exactly: as a time, in the year 33658.
    pub const MAX: Self = Self(999_999_999_999_999);

    /// So many milliseconds; more than [`Millis::MAX`] are as many as that.
    pub const fn new(ms: u64) -> Self {
        if ms > Self::MAX.0 { Self::MAX } else { Self(ms) }
    }

    /// What was written here, read without a float: the same, and several times as fast. None: it is another's text.
    pub(super) fn written(text: &[u8]) -> Option<Self> {
        let digits = |text: &[u8]| {
            let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
            text.iter().try_fold(0, |number, byte| Some(10 * number + digit(byte)?))
        };
        let (seconds, decimals) = text.split_at_checked(text.iter().position(|byte| *byte == b'.')?)?;
        let (seconds, decimals) = match (seconds, decimals) {
            (seconds @ [_, ..], [_, decimals @ ..]) if seconds.len() <= 12 => (digits(seconds)?, decimals),
            _ => return None,
        };
        let decimals = match decimals {
            [_] => 100 * digits(decimals)?,
            [_, _] => 10 * digits(decimals)?,
            [_, _, _] => digits(decimals)?,
            _ => return None,
        };
        Some(Self(1000 * seconds + decimals))
    }

    /// The milliseconds.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ms = (f64::deserialize(deserializer)? * 1000.0).round();
        if (0.0..=Self::MAX.0 as f64).contains(&ms) {
            Ok(Self(ms as u64))
        } else {
            Err(D::Error::custom("a time or pace must be seconds from 0 up to the year 33658"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written as what `text` says, and read back as the same.
    fn check(ms: u64, text: &str) {
        assert_eq!(serde_json::to_string(&Millis::new(ms)).unwrap(), text);
        assert_eq!(serde_json::from_str::<Millis>(text).unwrap(), Millis::new(ms));
        assert_eq!(Millis::written(text.as_bytes()), Some(Millis::new(ms)));
    }

    #[test]
    fn written_as_seconds() {
        check(1_795_358_400_123, "1795358400.123");
        check(1_795_358_400_100, "1795358400.1");
        check(1_795_358_400_000, "1795358400.0");
        check(1, "0.001");
        check(0, "0.0");
        check(u64::MAX, "999999999999.999");
    }

    #[test]
    fn exact_over_the_whole_range() {
        // A property over a million times: strides that share no factor with the range reach all its parts, and the
        // text is checked without floats.
        let range = Millis::MAX.get() + 1;
        for step in 0..1_000_000u64 {
            let ms = step.wrapping_mul(618_033_988_749_895_939) % range;
            let (seconds, rest) = (ms / 1000, format!("{:03}", ms % 1000));
            let decimals = rest.trim_end_matches('0');
            check(ms, &format!("{seconds}.{}", if decimals.is_empty() { "0" } else { decimals }));
        }
    }

    #[test]
    fn other_writers_floats_are_taken_to_the_nearest_millisecond() {
        let read = |text| serde_json::from_str::<Millis>(text).map(Millis::get).ok();
        assert_eq!(read("1210000000.123456"), Some(1_210_000_000_123));
        assert_eq!(read("1210000000"), Some(1_210_000_000_000));
        for text in ["-1.0", "1e12", "1e300", "\"1\"", "null"] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["1210000000.123456", "1210000000", "1.", ".1", "-1.0", "1.5e3", "1.0 ", "1000000000000.0"] {
            assert_eq!(Millis::written(text.as_bytes()), None, "{text}");
        }
    }
}
