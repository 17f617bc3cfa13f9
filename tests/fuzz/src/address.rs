//! The line that a provider takes as a gatherer's address.

use statsgrid_wire::Address;

/// An address that is read is written as a line that is read as the same.
pub fn address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(address) = text.parse::<Address>() else { return };
    let line = address.to_string();
    assert_eq!(line, text.trim(), "an address has one form");
    assert_eq!(line.parse(), Ok(address), "{line}");
}
