//! Why a call failed, as the provider gets to hear it: one line of text.
//!
//! The contract carries no more than a string. So a cause is not kept but written out, as `outer: inner`.

use std::fmt;

/// Why [`init`](crate::Producer::init) or [`get_stats`](crate::Producer::get_stats) failed.
///
/// Every error type turns into it, so `?` does; a message of one's own is made by [`Error::new`].
///
/// ```
/// use statsgrid_producer::Error;
///
/// fn queue_length(text: &str) -> Result<i64, Error> {
///     if text.is_empty() {
///         return Err(Error::new("the queue is not there"));
///     }
///     Ok(text.trim().parse()?)
/// }
///
/// assert_eq!(queue_length("").unwrap_err().to_string(), "the queue is not there");
/// assert_eq!(queue_length("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
//
// It does not implement `std::error::Error`: only so can every type that does be turned into it.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
}

impl Error {
    /// An error with this message: lower case, no full stop, naming the thing and the remedy.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// As `Display`, for this is what a test prints that returns the error.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self { message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Unreadable(std::num::ParseIntError);

    impl fmt::Display for Unreadable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot read the length")
        }
    }

    impl std::error::Error for Unreadable {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_are_written_out_once() {
        let cause = "x".parse::<i64>().unwrap_err();
        let error = Error::from(Unreadable(cause));
        assert_eq!(error.to_string(), "cannot read the length: invalid digit found in string");
    }
}
