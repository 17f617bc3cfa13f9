//! The JSON text by which a producer describes its stats.

use statsgrid_wire::message::{Description, DescriptionError};

/// A description that is read is written as a text that is read as the same, unless writing its defaults makes it too
/// large.
pub fn description(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(description) = Description::from_text(text) else { return };
    match description.to_text() {
        Ok((text, _)) => assert_eq!(Description::from_text(&text).expect("it was written so"), description),
        Err(DescriptionError::TooLarge(_)) => {}
        Err(error) => panic!("it was read and cannot be written: {error}"),
    }
}
