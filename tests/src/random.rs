//! Numbers that look random and are the same in each run: a failure can be made again.

use std::time::Duration;

/// splitmix64, as in Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Evenly from 0 to 2^64-1.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `limit`, which is more than a millisecond.
    pub fn next_duration(&mut self, limit: Duration) -> Duration {
        Duration::from_millis(self.next_number() % limit.as_millis() as u64)
    }
}
