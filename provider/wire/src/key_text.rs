//! Whether 56 characters are a user's nkey: a check without allocation, for readers of a hundred thousand of them.
//!
//! It says what nkeys says (a test compares them), several times as fast. Left out on purpose: what is wrong with a text
//! that is none, which is told by nkeys.

/// Characters of a public key: 8 for each 5 bytes.
pub(crate) const TEXT_BYTES: usize = 56;

/// The kind of key, a byte of 32, and two of checksum.
const BYTES: usize = 35;

/// The first byte of a user's: it makes the text begin with `U`.
const USER: u8 = 20 << 3;

/// Each byte's value as a character of base32, or [`NONE`].
const VALUES: [u8; 256] = values();
const NONE: u8 = 0xff;

/// What the CRC-16 (XMODEM) makes of each byte.
const CRC: [u16; 256] = crc_table();

/// Whether alphabet, kind and checksum are right.
pub(crate) fn is_user(text: &[u8; TEXT_BYTES]) -> bool {
    let Some(bytes) = decode(text) else { return false };
    let ([kind, ..], [.., low, high]) = (bytes, bytes);
    let crc = bytes.iter().take(BYTES - 2).fold(0, |crc, byte| step(crc, *byte));
    kind == USER && crc == u16::from_le_bytes([low, high])
}

fn decode(text: &[u8; TEXT_BYTES]) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let (mut bits, mut all) = (0_u64, 0);
    for (group, bytes) in text.chunks_exact(8).zip(bytes.chunks_exact_mut(5)) {
        for character in group {
            let value = value(*character);
            all |= value;
            bits = bits << 5 | u64::from(value);
        }
        let [_, _, _, taken @ ..] = bits.to_be_bytes();
        bytes.copy_from_slice(&taken);
    }
    // Only what is no character has the highest bit.
    (all & 0x80 == 0).then_some(bytes)
}

fn value(character: u8) -> u8 {
    VALUES.get(usize::from(character)).copied().unwrap_or(NONE)
}

fn step(crc: u16, byte: u8) -> u16 {
    let [high, _] = crc.to_be_bytes();
    crc << 8 ^ CRC.get(usize::from(high ^ byte)).copied().unwrap_or_default()
}

#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which would say so")]
const fn values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < alphabet.len() {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
}

#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which would say so")]
const fn crc_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use nkeys::{KeyPair, KeyPairType};

    fn check(text: &[u8; TEXT_BYTES]) {
        let text_of = str::from_utf8(text).unwrap_or_default();
        let is_nkey = nkeys::from_public_key(text_of).is_ok() && text_of.starts_with('U');
        assert_eq!(is_user(text), is_nkey, "{}", text.escape_ascii());
    }

    #[test]
    fn says_what_nkeys_says() {
        for kind in [KeyPairType::User, KeyPairType::Account, KeyPairType::Server, KeyPairType::Curve] {
            let key = KeyPair::new(kind.clone()).public_key();
            let text: [u8; TEXT_BYTES] = key.as_bytes().try_into().unwrap();
            assert_eq!(is_user(&text), matches!(kind, KeyPairType::User), "{key}");
            for place in 0..TEXT_BYTES {
                for byte in 0..=255 {
                    let mut changed = text;
                    changed[place] = byte;
                    check(&changed);
                }
            }
        }
    }
}
