//! What may be the name of a stat or a counter, and the name of a producer.
//!
//! A name is made of levels parted by dots, each of ASCII letters, digits, `_` and `-`: every name of the original
//! (`storage_server.add-lease`, `cpu_monitor.1min_avg`) is one, and none can break out of a line of text, a munin
//! field, a label or a path.

use crate::limits::NAME_BYTES;

/// Why a name is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing between two dots.
    #[error("a name needs a letter or digit on each level between its dots")]
    EmptyLevel,
    /// Beyond [`NAME_BYTES`].
    #[error("a name has at most {NAME_BYTES} bytes")]
    TooLong,
    /// Anything but ASCII letters, digits, `_`, `-` and the dot between levels.
    #[error("a name has only ASCII letters, digits, `_`, `-` and dots between its levels")]
    Character,
    /// A producer's name is one level.
    #[error("a producer's name has no dot, for it is the first level of its stats' names")]
    Dot,
    /// `app` and `statsgrid` belong to the statsd socket and to the daemons.
    #[error("`app` (the statsd socket's prefix) and `statsgrid` (the daemons' own stats) are taken")]
    Reserved,
}

/// Checks the name of a stat or counter, with or without its producer's prefix.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.len() > NAME_BYTES {
        return Err(NameError::TooLong);
    }
    // One pass over the bytes, for it is done for each name of each reply.
    let mut at_level_start = true;
    for byte in name.bytes() {
        match byte {
            b'.' if at_level_start => return Err(NameError::EmptyLevel),
            b'.' => at_level_start = true,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => at_level_start = false,
            _ => return Err(NameError::Character),
        }
    }
    if at_level_start { Err(NameError::EmptyLevel) } else { Ok(()) }
}

/// Checks the name of a producer's section in provider.toml.
pub fn check_producer_name(name: &str) -> Result<(), NameError> {
    check_name(name)?;
    match name {
        "app" | "statsgrid" => Err(NameError::Reserved),
        _ if name.contains('.') => Err(NameError::Dot),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, expected| assert_eq!(check_name(name), expected, "{name:?}");
        check("load_monitor.avg_load", Ok(()));
        check("storage_server.latencies.add-lease.01_0_percentile", Ok(()));
        check("x", Ok(()));
        check("", Err(NameError::EmptyLevel));
        check(".x", Err(NameError::EmptyLevel));
        check("x..y", Err(NameError::EmptyLevel));
        check("x.", Err(NameError::EmptyLevel));
        check("a b", Err(NameError::Character));
        check("a\n", Err(NameError::Character));
        check("a\0", Err(NameError::Character));
        check("größe", Err(NameError::Character));
        check(&"x".repeat(NAME_BYTES), Ok(()));
        check(&"x".repeat(NAME_BYTES + 1), Err(NameError::TooLong));
    }

    #[test]
    fn producer_names() {
        let check = |name: &str, expected| assert_eq!(check_producer_name(name), expected, "{name:?}");
        check("load_monitor", Ok(()));
        check("load.monitor", Err(NameError::Dot));
        check("app", Err(NameError::Reserved));
        check("statsgrid", Err(NameError::Reserved));
        check("statsgrid2", Ok(()));
    }
}
