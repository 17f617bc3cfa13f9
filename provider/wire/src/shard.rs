//! A shard: one of N parts of all providers, which each key belongs to by itself.
//!
//! By the key's hash modulo N, so that nobody keeps a list, and a shard parts evenly when N grows by a factor: those of
//! I of N are those of I, I + N, I + 2N... of kN, and of no other. Left out on purpose: weights and moves of single keys,
//! which would need a table that all agree on.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

use crate::PublicKey;

/// The `index`th of `count` parts of all keys, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("shard {0:?}: give I/N, the Ith of N parts, as `2/8`; I is 1 to N")]
pub struct ShardError(String);

impl Shard {
    /// Shard `index` of `count`, if there is one.
    pub fn new(index: u32, count: u32) -> Option<Self> {
        (1 <= index && index <= count).then_some(Self { index, count })
    }

    /// Whether `key` belongs to it: by the first 64 bits of the hash of its text, modulo `count`.
    pub fn holds(&self, key: &PublicKey) -> bool {
        let hash = crate::Hash::of(key.as_str().as_bytes());
        let number = hash.0.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        number % u64::from(self.count) == u64::from(self.index - 1)
    }

    /// Which one it is, and of how many.
    pub fn index_and_count(&self) -> (u32, u32) {
        (self.index, self.count)
    }

    /// Reads index and count, parted so. One form only: `+1` and `01`, which `parse` takes, would make two subjects of
    /// one shard.
    pub(crate) fn read(text: &str, separator: char) -> Option<Self> {
        let plain = |digits: &str| {
            let number: u32 = digits.parse().ok()?;
            (number.to_string() == digits).then_some(number)
        };
        let (index, count) = text.split_once(separator)?;
        Self::new(plain(index)?, plain(count)?)
    }
}

/// As people write it: `2/8`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        Self::read(text, '/').ok_or_else(|| ShardError(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Shard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    fn keys() -> Vec<PublicKey> {
        (0..100).map(|_| Identity::generate().unwrap().public_key()).collect()
    }

    #[test]
    fn each_key_belongs_to_one_shard() {
        for key in keys() {
            let holders = (1..=8).filter(|index| Shard::new(*index, 8).unwrap().holds(&key)).count();
            assert_eq!(holders, 1);
        }
    }

    #[test]
    fn a_shard_parts_into_its_own_when_their_number_grows_by_a_factor() {
        for key in keys() {
            for (count, factor) in [(1, 4), (4, 2), (4, 3), (5, 7)] {
                for index in 1..=count {
                    let parts = (0..factor).map(|part| Shard::new(index + part * count, factor * count).unwrap());
                    let holders = parts.filter(|part| part.holds(&key)).count();
                    let held = Shard::new(index, count).unwrap().holds(&key);
                    assert_eq!(holders, usize::from(held), "{index}/{count} into {factor}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for good in ["1/1", "2/8", "4294967295/4294967295"] {
            assert_eq!(good.parse::<Shard>().unwrap().to_string(), good);
        }
        for bad in ["", "4", "0/4", "5/4", "1/0", "a/b", "1-4", "01/4", "+1/4", "1/4/", "1/4294967296", "-1/4"] {
            let error = bad.parse::<Shard>().unwrap_err().to_string();
            assert_eq!(error, format!("shard {bad:?}: give I/N, the Ith of N parts, as `2/8`; I is 1 to N"));
        }
    }
}
