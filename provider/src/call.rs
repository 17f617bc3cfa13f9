//! What one call of a producer gives: stats that nobody has checked yet, or a fault.

use statsgrid_wire::limits::OUTCOME_MESSAGE_BYTES;
use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Number, one_line};

/// What went wrong, with its cause behind it.
pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// A stat as a producer said it.
#[derive(Clone, Debug, PartialEq)]
pub struct RawStat {
    /// Without prefix, and perhaps no name at all.
    pub name: String,
    /// None: a float that is not finite.
    pub value: Option<Number>,
}

/// A call that gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The cause, of a closed set.
    pub outcome: Outcome,
    /// One line for people.
    pub message: String,
    /// The engine broke the call off.
    broken_off: bool,
}

impl Fault {
    /// A fault of this cause, explained. A producer's own words are made one line that the wire takes.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: one_line(&message.into(), OUTCOME_MESSAGE_BYTES), broken_off: false }
    }

    /// The same, said of the call of this name.
    pub fn during(self, call: &str) -> Self {
        Self { message: one_line(&format!("{call}: {}", self.message), OUTCOME_MESSAGE_BYTES), ..self }
    }

    /// The same of a call that the engine broke off: its instance cannot be entered again.
    pub fn broken_off(self) -> Self {
        Self { broken_off: true, ..self }
    }

    /// Whether the instance is in doubt: an error that the producer returned leaves it as it was.
    pub fn poisons(&self) -> bool {
        self.broken_off || !matches!(self.outcome, Outcome::Error | Outcome::Invalid)
    }
}
