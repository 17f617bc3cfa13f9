//! A number of bytes as people write it: `65536`, `64MiB`, `1GiB`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// So many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// A text that is no number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("size {0:?}: write it as `64MiB`, `1GiB` or in bytes")]
pub struct ByteSizeError(String);

/// Units and their bytes, as powers of two; the largest first, as sizes are shown.
const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, ByteSizeError> {
        let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?.trim_end(), *bytes)));
        let (number, unit) = unit.unwrap_or((text, 1));
        let bytes = number.parse().ok().and_then(|number: u64| number.checked_mul(unit));
        bytes.map(Self).ok_or_else(|| ByteSizeError(text.to_owned()))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(_, bytes)| self.0 >= *bytes && self.0.is_multiple_of(*bytes));
        match unit {
            Some((unit, bytes)) => write!(f, "{}{unit}", self.0 / bytes),
            None => write!(f, "{}", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ByteSizeVisitor)
    }
}

struct ByteSizeVisitor;

impl Visitor<'_> for ByteSizeVisitor {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size as `64MiB` or in bytes")
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<ByteSize, E> {
        u64::try_from(bytes).map(ByteSize).map_err(|_| E::custom(ByteSizeError(bytes.to_string())))
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<ByteSize, E> {
        Ok(ByteSize(bytes))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ByteSize, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_with_units_or_without() {
        let check = |text: &str, bytes: u64, shown: &str| {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!((size, size.to_string().as_str()), (ByteSize(bytes), shown));
        };
        check("65536", 65_536, "64KiB");
        check("64MiB", 64 << 20, "64MiB");
        check("1 GiB", 1 << 30, "1GiB");
        check("1025", 1_025, "1025");
        check("2048GiB", 1 << 41, "2TiB");
        check("0", 0, "0");
        for text in ["", "MiB", "64MB", "64 mib", "-1", "1.5GiB", "20000000000TiB"] {
            assert_eq!(text.parse::<ByteSize>(), Err(ByteSizeError(text.to_owned())));
        }
    }
}
