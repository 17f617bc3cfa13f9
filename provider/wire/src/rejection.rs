//! Why a message was not taken: a closed list, which is also the label of a counter on both sides.

use std::fmt;

use crate::limits::DETAIL_BYTES;
use crate::text::one_line;

/// The reason, as it is counted and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A header of the seal is missing, doubled or in another case.
    Unsigned,
    /// The signature is not the key's over this body in this context.
    BadSignature,
    /// The key in the header is not the one that the subject names.
    WrongKey,
    /// The key is not known here and none may come unknown.
    UnknownProvider,
    /// The key was known and is no longer.
    Revoked,
    /// A reply to a poll that this gatherer does not hold open.
    WrongPoll,
    /// Meant for, or signed by, a gatherer that is not ours.
    OtherGatherer,
    /// Outside its time to live, or seen before.
    Stale,
    /// A second sample of one provider in one round.
    Duplicate,
    /// Not what a message of its kind holds.
    Malformed,
    /// More bytes than a message of its kind may have.
    TooLarge,
    /// A message version that is not spoken here.
    UnsupportedVersion,
}

impl Reason {
    /// All of them, in the order of their checks: for tables that show each, also at 0.
    pub const ALL: [Self; 12] = [
        Self::TooLarge,
        Self::Unsigned,
        Self::UnsupportedVersion,
        Self::WrongKey,
        Self::OtherGatherer,
        Self::UnknownProvider,
        Self::Revoked,
        Self::BadSignature,
        Self::Malformed,
        Self::WrongPoll,
        Self::Stale,
        Self::Duplicate,
    ];

    /// The name under which it is counted.
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::BadSignature => "bad_signature",
            Self::WrongKey => "wrong_key",
            Self::UnknownProvider => "unknown_provider",
            Self::Revoked => "revoked",
            Self::WrongPoll => "wrong_poll",
            Self::OtherGatherer => "other_gatherer",
            Self::Stale => "stale",
            Self::Duplicate => "duplicate",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::UnsupportedVersion => "unsupported_version",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A reason with what was wrong, for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Rejection {
    /// What is counted.
    pub reason: Reason,
    /// What is logged, rarely: it may quote the message, so it is made one line.
    pub detail: String,
}

impl Rejection {
    /// A rejection for `reason`, explained.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: one_line(&detail.into(), DETAIL_BYTES) }
    }
}
