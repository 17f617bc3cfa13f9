//! A stat's value: a 64-bit integer or a finite float, exact from the producer to the snapshot.
//!
//! JSON has one number type, so the text decides: `17` is an integer, `17.0` a float, and both are written back as
//! they were read. What fits neither (an integer beyond 64 bits, a float that is not finite) is refused.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A stat's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Exact, over the whole range of an `i64`.
    Integer(i64),
    /// Never NaN nor infinite: [`Number::float`] is the way to make one.
    Float(f64),
}

impl Number {
    /// A float, or nothing if it is not finite: JSON cannot hold it, and no graph can draw it.
    pub fn float(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Float(value))
    }

    /// The value as a float, for sums and graphs: integers beyond 2^53 are rounded.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
        }
    }
}

/// Read from the text itself, for serde_json hands over an integer beyond 64 bits as a float, rounded. So it is read
/// only from JSON that lies in memory.
impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Self::read(text).ok_or_else(|| D::Error::custom("not an integer of 64 bits with sign, nor a finite float"))
    }
}

impl Number {
    /// What a number's text in JSON says, if it fits. No integer has the sign of `-0`, so that is a float.
    pub fn read(text: &str) -> Option<Self> {
        if text.contains(['.', 'e', 'E']) || text == "-0" {
            text.parse().ok().and_then(Self::float)
        } else {
            text.parse().ok().map(Self::Integer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were_written() {
        for text in ["0", "-1", "9223372036854775807", "-9223372036854775808", "0.2", "-0.0", "5.0", "1e300", "5e-324"]
        {
            let number: Number = serde_json::from_str(text).unwrap();
            let again: Number = serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap();
            assert_eq!(number, again, "{text}");
        }
        assert_eq!(serde_json::from_str::<Number>("5").unwrap(), Number::Integer(5));
        assert_eq!(serde_json::from_str::<Number>("5.0").unwrap(), Number::Float(5.0));
        assert_eq!(serde_json::to_string(&Number::Float(5.0)).unwrap(), "5.0");
        let Number::Float(zero) = serde_json::from_str("-0").unwrap() else { panic!("-0 lost its sign") };
        assert!(zero.is_sign_negative());
    }

    #[test]
    fn what_no_number_can_hold_is_refused() {
        for text in [
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "100000000000000000000000",
            "1e400",
            "-1e400",
            "\"5\"",
            "\"5.0\"",
            "null",
            "true",
            "[]",
            "[5.0]",
            "{}",
        ] {
            assert!(serde_json::from_str::<Number>(text).is_err(), "{text}");
        }
        assert_eq!(Number::float(f64::NAN), None);
        assert_eq!(Number::float(f64::NEG_INFINITY), None);
    }
}
